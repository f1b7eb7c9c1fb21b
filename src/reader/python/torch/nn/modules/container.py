"""Modules that hold modules or parameters."""

import operator
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice

from ..._parameter import Parameter
from ..._tensor import Tensor
from .module import Module


class _Indexed(Module):
    """Children named 0, 1, 2, … in order."""

    def _key(self, index):
        index = operator.index(index)
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f'index {index} is out of range')
        return str(index % size)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def _renumber(self, modules):
        self._modules = OrderedDict((str(i), module) for i, module in enumerate(modules))

    def insert(self, index, module):
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        for module in modules:
            self.append(module)
        return self

    def pop(self, key):
        module = self[key]
        del self[key]
        return module


class Sequential(_Indexed):
    def __init__(self, *args):
        super().__init__()
        if len(args) == 1 and isinstance(args[0], dict):
            for key, module in args[0].items():
                self.add_module(key, module)
        else:
            for index, module in enumerate(args):
                self.add_module(str(index), module)

    def forward(self, input):
        for module in self:
            input = module(input)
        return input

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return next(islice(self._modules.values(), int(self._key(index)), None))

    def __setitem__(self, index, module):
        setattr(self, list(self._modules)[int(self._key(index))], module)

    def __delitem__(self, index):
        names = list(self._modules)[index] if isinstance(index, slice) else [list(self._modules)[index]]
        for name in names:
            del self._modules[name]
        self._renumber(list(self._modules.values()))

    def __add__(self, other):
        return Sequential(*self, *other)


class ModuleList(_Indexed):
    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self._modules.values())[index])
        return self._modules[self._key(index)]

    def __setitem__(self, index, module):
        setattr(self, self._key(index), module)

    def __delitem__(self, index):
        modules = list(self._modules.values())
        del modules[index]
        self._renumber(modules)

    def __add__(self, other):
        return ModuleList([*self, *other])

    def __iadd__(self, modules):
        return self.extend(modules)


class ModuleDict(Module):
    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key):
        return self._modules[key]

    def __setitem__(self, key, module):
        self._modules.pop(key, None)
        self.add_module(key, module)

    def __delitem__(self, key):
        del self._modules[key]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, key):
        return key in self._modules

    def keys(self):
        return self._modules.keys()

    def items(self):
        return self._modules.items()

    def values(self):
        return self._modules.values()

    def clear(self):
        self._modules.clear()

    def get(self, key, default=None):
        return self._modules.get(key, default)

    def pop(self, key):
        return self._modules.pop(key)

    def update(self, modules):
        for key, module in modules.items() if hasattr(modules, 'items') else modules:
            self[key] = module


class ParameterList(Module):
    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self):
        return self._size

    def __iter__(self):
        return (getattr(self, str(i)) for i in range(self._size))

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        if not -self._size <= index < self._size:
            raise IndexError(f'index {index} is out of range')
        return getattr(self, str(index % self._size))

    def __setitem__(self, index, value):
        setattr(self, str(index % self._size), _parameter(value))

    def append(self, value):
        self._size += 1
        setattr(self, str(self._size - 1), _parameter(value))
        return self

    def extend(self, values):
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend


class ParameterDict(Module):
    def __init__(self, values=None):
        super().__init__()
        self._keys = {}
        if values is not None:
            self.update(values)

    def __getitem__(self, key):
        return getattr(self, str(key))

    def __setitem__(self, key, value):
        self._keys[key] = None
        setattr(self, str(key), _parameter(value))

    def __delitem__(self, key):
        del self._keys[key]
        delattr(self, str(key))

    def __len__(self):
        return len(self._keys)

    def __iter__(self):
        return iter(self._keys)

    def __contains__(self, key):
        return key in self._keys

    def keys(self):
        return self._keys.keys()

    def values(self):
        return [self[key] for key in self._keys]

    def items(self):
        return [(key, self[key]) for key in self._keys]

    def update(self, values):
        for key, value in values.items() if hasattr(values, 'items') else values:
            self[key] = value


def _parameter(value):
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def is_iterable(value):
    return isinstance(value, Iterable)
