"""Puts back what a file has changed of the packages it shares with the next one."""

import sys
import types

from torch import _constants
from torch.nn.modules import layer

_SHARED = ('torch', 'einops', 'numpy', 'reading')
_ALSO = ('builtins', 'math', 'random', 'functools', 'itertools', 'os', 'os.path', 'json', 'copy')
_before = []


def remember():
    """Once, before the first file."""
    seen = set()
    for name, module in list(sys.modules.items()):
        if name.partition('.')[0] not in _SHARED and name not in _ALSO:
            continue
        _keep(module, seen)
        for value in list(vars(module).values()):
            if isinstance(value, type) and name not in _ALSO and value.__module__.partition('.')[0] in _SHARED:
                _keep(value, seen)


def _keep(owner, seen):
    if id(owner) not in seen:
        seen.add(id(owner))
        _before.append((owner, dict(vars(owner))))


def restore():
    layer.forget()
    _constants.forget()
    for owner, names in _before:
        now = vars(owner)
        if isinstance(owner, types.ModuleType):
            changed = [name for name, value in names.items() if now.get(name) is not value]
            added = [name for name in now if name not in names and not isinstance(now[name], types.ModuleType)]
        else:
            changed = [name for name, value in names.items() if now.get(name) is not value and name[:2] != '__']
            added = [name for name in now if name not in names and name[:2] != '__']
            changed += [name for name in names if name in _OPERATORS and now.get(name) is not names[name]]
        for name in changed:
            setattr(owner, name, names[name])
        for name in added:
            delattr(owner, name)


_OPERATORS = frozenset(
    '__call__ __init__ __new__ __setattr__ __getattr__ __getitem__ __setitem__ __add__ __mul__ __matmul__ __repr__'.split()
)
