"""Constant expressions, and their numbers where Python asks for them: `.item()`, conditions, buffers.

Numbers are flat lists in row order, made on demand and kept. Each family of operations is a file of its own.
"""

from array import array as _packed

from .._bridge import DependsOnData, Unsupported
from . import creation, decompositions, elementwise, pieces, products, reduction, sorting, views
from .array import Array, Many, common, nested
from .creation import reseed

LIMIT = 1 << 22
MANY = 1 << 16

operations = {
    **creation.operations, **elementwise.operations, **views.operations, **pieces.operations, **products.operations,
    **reduction.operations, **sorting.operations, **decompositions.operations,
}


class Expression:
    __slots__ = ('op', 'args', 'tree', 'place', 'numbers')

    def __init__(self, op, args):
        self.op = op
        self.args = args
        # The types of the outputs when the table knows the call; it can then become a node.
        self.tree = None
        self.place = None
        self.numbers = None


# By chance, or of a weight: two of them are not one.
_OWN = frozenset(
    'rand randn rand_like randn_like randint randperm bernoulli uniform_ normal_ bernoulli_ state init'.split()
)
_known = {}


def expression(op, args, place):
    """The expression for a call; the same call in the same line of the same constants is computed once."""
    key = None
    if op.rpartition('.')[2] not in _OWN:
        try:
            key = (op, place, *((name, _key(value)) for name, value in args.items()))
            if key in _known:
                return _known[key]
        except TypeError:
            key = None
    made = Expression(op, args)
    made.place = place
    if key is not None:
        _known[key] = made
    return made


def _key(value):
    if getattr(value, '_is_tensor', False):
        # The expression lives as long as the one it is an argument of.
        return id(value._expression), value._index, value._dtype.name, tuple(value._shape)
    if isinstance(value, (list, tuple)):
        if len(value) > 64:
            raise TypeError('too much to compare')
        return tuple(_key(item) for item in value)
    return type(value), value


def forget():
    _known.clear()


def values(tensor):
    expression = tensor._expression
    if expression is None:
        raise DependsOnData('The numbers of a tensor are asked for that are only known when the model runs.')
    if expression.numbers is None:
        if tensor.numel() > LIMIT:
            raise Unsupported(f'A constant of more than {LIMIT} numbers is computed while the model is built.')
        expression.numbers = _kept(_evaluate(expression, tensor), tensor._dtype)
    numbers = expression.numbers
    if isinstance(numbers, _packed):
        return numbers.tolist()
    if isinstance(numbers, Many):
        numbers = numbers.parts[tensor._index][1]
    return numbers


def _kept(numbers, dtype):
    """Many numbers are kept packed: as objects of their own they take ten times the memory."""
    if isinstance(numbers, Many) or len(numbers) < MANY or dtype.kind == 'bool':
        return numbers
    return _packed('q' if dtype.kind == 'int64' else 'f' if dtype.bits <= 32 else 'd', numbers)


def _evaluate(expression, tensor):
    operation = operations.get(expression.op.rpartition('.')[2])
    if operation is None:
        raise Unsupported(f'The numbers of `{expression.op}` are needed while the model is built; that is not known yet.')
    args = {key: argument(value) for key, value in expression.args.items() if key not in ('dtype', 'device')}
    if 'input' not in args and 'tensor' in args:
        args['input'] = args.pop('tensor')
    result = operation(tensor, **args)
    return result if isinstance(result, Many) else _in_format(result[1], tensor._dtype)


def _in_format(numbers, dtype):
    if dtype.kind == 'float32':
        numbers = [float(n) for n in numbers]
        return numbers if dtype.bits > 32 else _packed('f', numbers).tolist()
    return [bool(n) for n in numbers] if dtype.kind == 'bool' else [int(n) for n in numbers]


def knows(op):
    return op.rpartition('.')[2] in operations


def compute(op, args, kwargs):
    """A call the table does not know, on constants only: its numbers are computed at once."""
    from .. import _types
    from .._creation import make
    known = operations[op.rpartition('.')[2]]
    tensors = [value for value in (*args, *kwargs.values()) if getattr(value, '_is_tensor', False)]
    for tensor in tensors:
        tensor._known(f'`{op}`')
    kwargs = {{'axis': 'dim', 'keepdims': 'keepdim'}.get(key, key): value for key, value in kwargs.items()}
    kwargs = {key: value for key, value in kwargs.items() if key not in ('dtype', 'device', 'out')}
    try:
        result = known(None, *[argument(arg) for arg in args], **{key: argument(value) for key, value in kwargs.items()})
    except TypeError as error:
        if 'operation()' in str(error) or 'argument' in str(error):
            raise Unsupported(f'`{op}` with these arguments is not known to the reader yet.') from error
        raise

    def build(shape, numbers):
        kind = 'float32' if any(isinstance(n, float) for n in numbers) else 'int64'
        if numbers and all(isinstance(n, bool) for n in numbers):
            kind = 'bool'
        like = [tensor._dtype for tensor in tensors if tensor._dtype.kind == kind]
        dtype = like[0] if like else _types.dtypes[kind]
        data = nested(numbers, shape) if numbers else []
        tensor = make('torch.tensor', {'data': data}, list(shape), dtype)
        tensor._expression.numbers = numbers
        return tensor

    if isinstance(result, Many):
        return tuple(build(shape, numbers) for shape, numbers in result.parts)
    return build(*result)


def literal(trace, tensor):
    """Writes a constant's numbers into the trace."""
    from .. import _dispatch
    from .._signature import plain
    if _dispatch.find('torch.tensor') is None:
        raise Unsupported(f'A constant made by `{tensor._expression.op}` cannot be part of the graph yet.')
    data = nested(values(tensor), tensor._shape)
    outputs = [[list(tensor._shape), tensor._dtype.kind]]
    args = {'data': plain(data, None), 'dtype': str(tensor._dtype)}
    return trace.add('call_function', 'torch.tensor', args, outputs, 'tensor')


def argument(value):
    """A tensor as (shape, numbers); everything else as it is."""
    if getattr(value, '_is_tensor', False):
        return Array(value._shape, values(value))
    if isinstance(value, (list, tuple)) and any(getattr(item, '_is_tensor', False) for item in value):
        return [argument(item) for item in value]
    return value
