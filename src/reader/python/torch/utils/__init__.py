from . import checkpoint, hooks


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    import importlib
    return importlib.import_module(f'torch.utils.{name}')
