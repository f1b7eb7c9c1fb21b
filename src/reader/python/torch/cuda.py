from ._inert import Inert

# A package in PyTorch: what lies below it and is not here is inert.
__path__ = []


def is_available():
    return False


def device_count():
    return 0


def is_bf16_supported():
    return False


def current_device():
    return 0


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name == 'amp':
        import importlib
        return importlib.import_module('torch.amp')
    return Inert._named(f'torch.cuda.{name}')
