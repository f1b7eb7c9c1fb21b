from torch._refused import install

__getattr__ = install(__name__)
