"""The functions of a namespace, found in the table when they are first named."""

import sys

from . import _constants, _dispatch
from ._bridge import Unsupported


class Function:
    def __init__(self, name):
        self.full_name = name
        self.__name__ = self.__qualname__ = name.rpartition('.')[2]
        self.__module__ = name.rpartition('.')[0]
        self.__doc__ = None

    def __call__(self, *args, **kwargs):
        name = self.full_name
        if _dispatch.find(name) is None:
            # torch.nn.functional.x and torch.x are the same function where PyTorch has both.
            other = f'torch.{self.__name__}'
            if _dispatch.find(other) is not None:
                name = other
            elif _constants.knows(other) and _all_constant(args, kwargs):
                return _constants.compute(other, args, kwargs)
            else:
                raise Unsupported(f'`{name}` is not known to the reader yet.')
        return _dispatch.call(name, args, kwargs)

    def __repr__(self):
        return f'<function {self.full_name}>'

    def __get__(self, instance, owner=None):
        # As PyTorch's own, it binds to no object when it is a class's attribute.
        return self

    def __reduce__(self):
        return (function, (self.full_name,))

    def __deepcopy__(self, memo):
        return self


def _all_constant(args, kwargs):
    flat = [*args, *kwargs.values()]
    tensors = [value for value in flat if getattr(value, '_is_tensor', False)]
    for value in flat:
        if isinstance(value, (list, tuple)):
            tensors += [item for item in value if getattr(item, '_is_tensor', False)]
    return bool(tensors) and all(tensor._expression is not None for tensor in tensors)


_functions = {}


def function(name):
    if name not in _functions:
        _functions[name] = Function(name)
    return _functions[name]


def install(module, space):
    def __getattr__(name):
        if name.startswith('_'):
            raise AttributeError(name)
        return function(f'{space}.{name}')

    sys.modules[module].__getattr__ = __getattr__
