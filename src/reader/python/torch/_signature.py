"""Binds a call as Python binds it, by the table's description of the callee's parameters."""

from ._bridge import Unsupported
from ._types import Constant, Size, device, dtype

SPELLINGS = {'axis': 'dim', 'keepdims': 'keepdim', 'x': 'input', 'self': 'input', 'size': 'shape', 'shape': 'size'}


class _Compiled:
    """What binding asks of one list of parameters, worked out once."""

    __slots__ = ('params', 'names', 'positional', 'by_position', 'required', 'anything')

    def __init__(self, params):
        # Kept with it, so that the list's identity stays its own.
        self.params = params
        self.names = {param['name'] for param in params}
        self.positional = [param for param in params if not param['keywordOnly']]
        plain_ones = not any(param['varargs'] for param in self.positional)
        self.by_position = [param['name'] for param in self.positional] if plain_ones else None
        self.required = [param['name'] for param in params if param['required']]
        self.anything = any(param['varkeywords'] for param in params)


_compiled = {}


def _compile(params):
    known = _compiled[id(params)] = _Compiled(params)
    return known


def bind(callee, params, args, kwargs):
    """The arguments given, by name, as Python passes them. Errors are Python's own."""
    known = _compiled.get(id(params)) or _compile(params)
    names = known.by_position
    if names is not None and len(args) <= len(names):
        bound = dict(zip(names, args))
    else:
        bound = _by_position(callee, known.positional, args)
    for name, value in kwargs.items():
        spelled = name if name in known.names else SPELLINGS.get(name)
        if spelled not in known.names:
            if known.anything:
                continue
            raise TypeError(f"{callee}() got an unexpected keyword argument '{name}'")
        if spelled in bound:
            raise TypeError(f"{callee}() got multiple values for argument '{name}'")
        bound[spelled] = value
    for name in known.required:
        if name not in bound:
            raise TypeError(f"{callee}() missing required argument '{name}'")
    return bound


def _by_position(callee, positional, args):
    bound = {}
    position = 0
    for index, param in enumerate(positional):
        if position >= len(args):
            break
        if param['varargs']:
            rest = args[position:]
            single = len(rest) == 1 and isinstance(rest[0], (list, tuple))
            takes = 1 if single else _run_length(rest, param['tensor'])
            if takes == 0:
                takes, single = 1, True
            bound[param['name']] = rest[0] if single else list(rest[:takes])
            position += takes
            continue
        bound[param['name']] = args[position]
        position += 1
    if position < len(args):
        raise TypeError(f'{callee}() takes at most {len(positional)} arguments but {len(args)} were given')
    return bound


def _run_length(values, tensors):
    """How many leading positional values belong to a variadic parameter."""
    n = 0
    for value in values:
        if tensors != hasattr(value, '_is_tensor') and not isinstance(value, (list, tuple)):
            break
        n += 1
    return n


_AS_THEY_ARE = frozenset([type(None), bool, str, int])
_IN_SEQUENCE = frozenset([*_AS_THEY_ARE, float])


def key(value):
    """What tells a value apart from others in a table, or a TypeError; no two things that are not one are equal."""
    kind = type(value)
    if kind in _IN_SEQUENCE:
        return kind, value
    if kind is tuple or kind is Size:
        return kind, *map(key, value)
    raise TypeError


def plain(value, tensor):
    """A value as JSON has it; `tensor` turns tensors into references."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is list or kind is tuple or kind is Size:
        return [plain(item, tensor) for item in value]
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if value != value:
            return 'nan'
        if value in (float('inf'), float('-inf')):
            return 'inf' if value > 0 else '-inf'
        return int(value) if value.is_integer() and abs(value) < 2 ** 53 else float(value)
    if hasattr(value, '_is_tensor'):
        return tensor(value)
    if isinstance(value, (list, tuple)):
        return [plain(item, tensor) for item in value]
    if isinstance(value, (dtype, device, Constant)):
        return str(value)
    if isinstance(value, type) and value in (bool, int, float):
        return {'bool': 'bool', 'int': 'int64', 'float': 'float32'}[value.__name__]
    if isinstance(value, dict):
        return {str(key): plain(item, tensor) for key, item in value.items()}
    if isinstance(value, slice):
        return {'slice': [plain(part, tensor) for part in (value.start, value.stop, value.step)]}
    if value is Ellipsis:
        return {'ellipsis': True}
    if hasattr(value, '_is_opaque'):
        raise Unsupported(f'An argument here is `{value._full_name}`, whose value is not known to the reader.')
    if hasattr(value, '__index__'):
        return int(value.__index__())
    if hasattr(value, '__float__'):
        return plain(float(value), tensor)
    if hasattr(type(value), 'refuse'):
        value.refuse()
    raise TypeError(f'A {type(value).__name__} cannot be an argument here.')
