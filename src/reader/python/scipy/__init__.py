"""scipy is compiled and not here; what models start their weights with is in linalg. All else is inert."""

from torch._inert import Inert as _Inert

__version__ = '1.11.0'


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name == 'linalg':
        import importlib
        return importlib.import_module('scipy.linalg')
    return _Inert._named(f'scipy.{name}')
