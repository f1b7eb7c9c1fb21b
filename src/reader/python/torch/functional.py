from ._functions import install

install(__name__, 'torch')
