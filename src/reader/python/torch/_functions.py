"""The functions of a namespace, found in the table when they are first named.

A name PyTorch has can be asked for, known to the reader or not; one it has not is no attribute, as `hasattr` sees it.
"""

import sys

from . import _calls, _dispatch
from ._bridge import UnsupportedName, ask


class Function:
    def __init__(self, name):
        self.full_name = name
        self.__name__ = self.__qualname__ = name.rpartition('.')[2]
        self.__module__ = name.rpartition('.')[0]
        self.__doc__ = None

    def __call__(self, *args, **kwargs):
        # torch.nn.functional.x and torch.x are the same function where PyTorch has both.
        return _calls.call((self.full_name, f'torch.{self.__name__}'), args, kwargs)

    def __repr__(self):
        return f'<function {self.full_name}>'

    def __get__(self, instance, owner=None):
        # As PyTorch's own, it binds to no object when it is a class's attribute.
        return self

    def __reduce__(self):
        return (function, (self.full_name,))

    def __deepcopy__(self, memo):
        return self


_functions = {}


def function(name):
    if name not in _functions:
        require(name)
        _functions[name] = Function(name)
    return _functions[name]


def require(full):
    """Raises what asking for an attribute raises where neither PyTorch nor the table has the name."""
    from . import _names
    space, _, name = full.rpartition('.')
    if not _names.has(space, name) and _dispatch.find(full) is None:
        raise UnsupportedName(f'PyTorch 2.6 has no `{full}`.')


def names(module, space):
    """What dir() gives of a namespace, as code asks `'silu' in dir(torch.nn.functional)`."""
    known = [name.removeprefix(f'{space}.') for name in ask('functions')]
    return sorted({*vars(sys.modules[module]), *(name for name in known if '.' not in name)})


def install(module, space):
    def __getattr__(name):
        if name.startswith('_'):
            raise AttributeError(name)
        return function(f'{space}.{name}')

    sys.modules[module].__getattr__ = __getattr__
    sys.modules[module].__dir__ = lambda: names(module, space)
