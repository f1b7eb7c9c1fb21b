"""Constant expressions, and their numbers where Python asks for them: `.item()`, conditions, buffers.

Numbers are flat lists in row order, made on demand and kept.
"""

import math
import random

from ._bridge import Unsupported

LIMIT = 1 << 22


class Expression:
    __slots__ = ('op', 'args', 'tree', 'place', 'numbers')

    def __init__(self, op, args):
        self.op = op
        self.args = args
        # The types of the outputs when the table knows the call; it can then become a node.
        self.tree = None
        self.place = None
        self.numbers = None


def values(tensor):
    expression = tensor._expression
    if expression is None:
        raise Unsupported('The numbers of a tensor are asked for that are only known when the model runs.')
    if expression.numbers is None:
        if tensor.numel() > LIMIT:
            raise Unsupported(f'A constant of more than {LIMIT} numbers is computed while the model is built.')
        expression.numbers = _evaluate(expression, tensor)
    numbers = expression.numbers
    if isinstance(numbers, _Many):
        numbers = numbers.parts[tensor._index][1]
    return numbers


class _Many:
    """Several results of one call: (shape, numbers) each."""

    def __init__(self, parts):
        self.parts = parts


def knows(op):
    return op.rpartition('.')[2] in _operations


def compute(op, args, kwargs):
    """A call the table does not know, on constants only: its numbers are computed at once."""
    from ._creation import make
    from . import _types
    known = _operations[op.rpartition('.')[2]]
    for value in (*args, *kwargs.values()):
        if getattr(value, '_is_tensor', False):
            value._known(f'`{op}`')
    result = known(None, *[_argument(arg) for arg in args], **{key: _argument(value) for key, value in kwargs.items()})

    def build(shape, numbers):
        kind = 'float32' if any(isinstance(n, float) for n in numbers) else 'int64'
        if numbers and all(isinstance(n, bool) for n in numbers):
            kind = 'bool'
        tensor = make('torch.tensor', {'data': nested(numbers, shape)}, list(shape), _types.dtypes[kind])
        tensor._expression.numbers = numbers
        return tensor

    if isinstance(result, _Many):
        return tuple(build(shape, numbers) for shape, numbers in result.parts)
    return build(*result)


def literal(trace, tensor):
    """Writes a constant's numbers into the trace."""
    from . import _dispatch
    if _dispatch.find('torch.tensor') is None:
        raise Unsupported(f'A constant made by `{tensor._expression.op}` cannot be part of the graph yet.')
    data = nested(values(tensor), tensor._shape)
    outputs = [[list(tensor._shape), tensor._dtype.kind]]
    from ._signature import plain
    return trace.add('call_function', 'torch.tensor', {'data': plain(data, None), 'dtype': str(tensor._dtype)}, outputs, 'tensor')


def nested(flat, shape):
    if not shape:
        return flat[0]
    if len(shape) == 1:
        return list(flat)
    step = len(flat) // shape[0] if shape[0] else 0
    return [nested(flat[i * step:(i + 1) * step], shape[1:]) for i in range(shape[0])]


def _argument(value):
    """A tensor as (shape, numbers); everything else as it is."""
    if getattr(value, '_is_tensor', False):
        return _Array(value._shape, values(value))
    if isinstance(value, (list, tuple)) and any(getattr(item, '_is_tensor', False) for item in value):
        return [_argument(item) for item in value]
    return value


class _Array:
    __slots__ = ('shape', 'flat')

    def __init__(self, shape, flat):
        self.shape, self.flat = tuple(shape), flat


def _evaluate(expression, tensor):
    operation = _operations.get(expression.op.rpartition('.')[2])
    if operation is None:
        raise Unsupported(f'The numbers of `{expression.op}` are needed while the model is built; that is not known yet.')
    args = {key: _argument(value) for key, value in expression.args.items() if key not in ('dtype', 'device')}
    result = operation(tensor, **args)
    if isinstance(result, _Many):
        return result
    numbers = result[1]
    kind = tensor._dtype.kind
    if kind == 'float32':
        return [float(n) for n in numbers]
    return [bool(n) for n in numbers] if kind == 'bool' else [int(n) for n in numbers]


def _as_array(value):
    return value if isinstance(value, _Array) else _Array((), [value])


def strided(flat, shape, strides, offset=0):
    positions = [offset]
    for size, stride in zip(shape, strides):
        positions = [p + i * stride for p in positions for i in range(size)]
    return [flat[p] for p in positions]


def strides_of(shape):
    strides = []
    step = 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return strides


def broadcast(array, shape):
    if array.shape == tuple(shape):
        return array.flat
    if len(array.flat) == 1:
        return array.flat * math.prod(shape)
    own = (1,) * (len(shape) - len(array.shape)) + array.shape
    strides = [0 if size == 1 else stride for size, stride in zip(own, strides_of(own))]
    return strided(array.flat, shape, strides)


def common(*shapes):
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    return tuple(next((n for n in sizes if n != 1), 1) for sizes in zip(*padded))


def _elementwise(function):
    def operation(out, input, *others, **named):
        arrays = [_as_array(input), *map(_as_array, others)]
        arrays += [_as_array(named[key]) for key in ('other', 'exponent') if key in named]
        shape = common(*(array.shape for array in arrays))
        numbers = list(map(function, *(broadcast(array, shape) for array in arrays)))
        alpha = named.get('alpha', 1)
        if alpha != 1:
            raise Unsupported('`alpha` of a constant expression is not known yet.')
        return shape, numbers

    return operation


def _safe(function):
    def guarded(*args):
        try:
            return function(*args)
        except (ValueError, ZeroDivisionError, OverflowError):
            return math.nan

    return guarded


def _divide(a, b):
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a)
    return a / b


def _clamp(out, input, min=None, max=None):
    low, high = (-math.inf if min is None else min), (math.inf if max is None else max)
    return input.shape, [low if n < low else high if n > high else n for n in input.flat]


def _reduction(function):
    def operation(out, input, dim=None, keepdim=False, **_):
        dims = range(len(input.shape)) if dim is None or dim == [] else [dim] if isinstance(dim, int) else dim
        dims = [d % len(input.shape) for d in dims] if input.shape else []
        kept = [d for d in range(len(input.shape)) if d not in dims]
        strides = strides_of(input.shape)
        inner_shape = [input.shape[d] for d in dims]
        starts = strided(range(len(input.flat)), [input.shape[d] for d in kept], [strides[d] for d in kept])
        numbers = [function(strided(input.flat, inner_shape, [strides[d] for d in dims], s)) for s in starts]
        shape = [1 if d in dims else n for d, n in enumerate(input.shape)] if keepdim else [input.shape[d] for d in kept]
        return tuple(shape), numbers

    return operation


def _cumulative(out, input, dim):
    dim %= len(input.shape)
    numbers, step = list(input.flat), strides_of(input.shape)[dim]
    size = input.shape[dim]
    for i in range(len(numbers)):
        if (i // step) % size:
            numbers[i] += numbers[i - step]
    return input.shape, numbers


def _same(out, input, *_, **__):
    return tuple(out._shape) if out is not None else input.shape, input.flat


def _expand(out, input, *_, **__):
    return tuple(out._shape), broadcast(input, tuple(out._shape))


def _permuted(order):
    def operation(out, input, *args, **named):
        dims = [d % len(input.shape) for d in order(len(input.shape), *args, **named)]
        strides = strides_of(input.shape)
        shape = tuple(input.shape[d] for d in dims)
        return shape, strided(input.flat, shape, [strides[d] for d in dims])

    return operation


def _swap(rank, dim0, dim1):
    order = list(range(rank))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return order


def _select(out, input, dim, index):
    dim %= len(input.shape)
    strides = strides_of(input.shape)
    offset = (index % input.shape[dim]) * strides[dim]
    shape = input.shape[:dim] + input.shape[dim + 1:]
    return shape, strided(input.flat, shape, strides[:dim] + strides[dim + 1:], offset)


def piece(input, dim, start, length, step=1):
    dim %= len(input.shape)
    strides = strides_of(input.shape)
    shape = input.shape[:dim] + (length,) + input.shape[dim + 1:]
    offset = start * strides[dim]
    strides[dim] *= step
    return shape, strided(input.flat, shape, strides, offset)


def _narrow(out, input, dim, start, length):
    return piece(input, dim, start % max(input.shape[dim], 1) if start < 0 else start, length)


def _unbind(out, input, dim=0):
    return _Many([_select(None, input, dim, i) for i in range(input.shape[dim])])


def _split(out, input, split_size_or_sections=None, dim=0, **named):
    sizes = split_size_or_sections if split_size_or_sections is not None else next(iter(named.values()))
    n = input.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, n - i) for i in range(0, n, sizes)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return _Many([piece(input, dim, start, size) for start, size in zip(starts, sizes)])


def _chunk(out, input, chunks, dim=0):
    return _split(out, input, -(-input.shape[dim] // chunks), dim)


def _cat(out, tensors, dim=0):
    dim %= len(tensors[0].shape)
    before = math.prod(tensors[0].shape[:dim])
    numbers = []
    for i in range(before):
        for array in tensors:
            step = len(array.flat) // before
            numbers.extend(array.flat[i * step:(i + 1) * step])
    total = sum(array.shape[dim] for array in tensors)
    return tensors[0].shape[:dim] + (total,) + tensors[0].shape[dim + 1:], numbers


def _stack(out, tensors, dim=0):
    rank = len(tensors[0].shape) + 1
    dim %= rank
    return _cat(out, [_Array(a.shape[:dim] + (1,) + a.shape[dim:], a.flat) for a in tensors], dim)


def _triangle(keep):
    def operation(out, input, diagonal=0):
        rows, columns = input.shape[-2:]
        zero = False if input.flat and isinstance(input.flat[0], bool) else 0
        return input.shape, [
            n if keep(i % columns - (i // columns) % rows, diagonal) else zero for i, n in enumerate(input.flat)
        ]

    return operation


def _meshgrid(out, *tensors, indexing='ij', **named):
    arrays = list(named.get('tensors', tensors))
    if len(arrays) == 1 and isinstance(arrays[0], (list, tuple)):
        arrays = list(arrays[0])
    if indexing == 'xy' and len(arrays) > 1:
        swapped = _meshgrid(out, arrays[1], arrays[0], *arrays[2:]).parts
        return _Many([swapped[1], swapped[0], *swapped[2:]])
    shape = tuple(array.shape[0] if array.shape else 1 for array in arrays)
    parts = []
    for d, array in enumerate(arrays):
        own = _Array((1,) * d + (shape[d],) + (1,) * (len(shape) - d - 1), array.flat)
        parts.append((shape, broadcast(own, shape)))
    return _Many(parts)


def _matmul(out, input, other):
    if len(input.shape) > 2 or len(other.shape) > 2:
        raise Unsupported('A product of constants of more than 2 dimensions is not known yet.')
    a = input.shape if len(input.shape) == 2 else (1, *input.shape)
    b = other.shape if len(other.shape) == 2 else (*other.shape, 1)
    columns = [other.flat[j::b[1]] for j in range(b[1])]
    numbers = []
    for i in range(a[0]):
        row = input.flat[i * a[1]:(i + 1) * a[1]]
        numbers.extend(sum(x * y for x, y in zip(row, column)) for column in columns)
    shape = (() if len(input.shape) == 1 else (a[0],)) + (() if len(other.shape) == 1 else (b[1],))
    return shape, numbers


def _outer(out, input, vec2=None, other=None):
    second = vec2 if vec2 is not None else other
    return (len(input.flat), len(second.flat)), [a * b for a in input.flat for b in second.flat]


def _where(out, condition, input, other):
    arrays = [condition, _as_array(input), _as_array(other)]
    shape = common(*(array.shape for array in arrays))
    return shape, [a if c else b for c, a, b in zip(*(broadcast(array, shape) for array in arrays))]


def _masked_fill(out, input, mask, value):
    value = value.flat[0] if isinstance(value, _Array) else value
    return _where(out, mask, value, input)


def _repeat_interleave(out, input, repeats, dim=None):
    if dim is None:
        return (len(input.flat) * repeats,), [n for n in input.flat for _ in range(repeats)]
    index = [i for i in range(input.shape[dim]) for _ in range(repeats)]
    return _index_select(out, input, dim, _Array((len(index),), index))


def _index_select(out, input, dim, index):
    return _cat(out, [_Array(*piece(input, dim, i % input.shape[dim], 1)) for i in index.flat], dim)


def _repeat(out, input, *sizes, **named):
    sizes = next(iter(named.values())) if named else sizes[0] if isinstance(sizes[0], (list, tuple)) else sizes
    array = _Array((1,) * (len(sizes) - len(input.shape)) + input.shape, input.flat)
    for dim, count in enumerate(sizes):
        array = _Array(*_cat(out, [array] * count, dim))
    return array.shape, array.flat


def _flip(out, input, dims, *more):
    array = input
    for dim in ([dims, *more] if isinstance(dims, int) else dims):
        n = array.shape[dim]
        array = _Array(*_index_select(out, array, dim, _Array((n,), list(range(n - 1, -1, -1)))))
    return array.shape, array.flat


def _random(draw):
    def operation(out, **named):
        from . import _trace
        _trace.report(
            'model/random-value',
            'The model\'s structure depends on random numbers; the graph shows one outcome of them.',
        )
        return tuple(out._shape), [draw(named) for _ in range(out.numel())]

    return operation


_chance = random.Random(0)


def reseed():
    """Every trace of a model sees the same chance."""
    _chance.seed(0)


def _pad(out, input, pad, mode='constant', value=None):
    if mode != 'constant':
        raise Unsupported(f'Padding a constant by `{mode}` is not known to the reader yet.')
    array = input
    for i in range(len(pad) // 2):
        dim = len(input.shape) - 1 - i
        for size, first in ((pad[2 * i], True), (pad[2 * i + 1], False)):
            if size < 0:
                array = _Array(*piece(array, dim, -size if first else 0, array.shape[dim] + size))
            elif size > 0:
                shape = array.shape[:dim] + (size,) + array.shape[dim + 1:]
                filled = _Array(shape, [0 if value is None else value] * math.prod(shape))
                array = _Array(*_cat(None, [filled, array] if first else [array, filled], dim))
    return array.shape, array.flat


def _drawn(draw):
    sample = _random(draw)
    return lambda out, input, **named: sample(out, **named)


_FILLS = {
    'zeros_': 0, 'zero_': 0, 'ones_': 1, 'constant_': 'val', 'fill_': 'value',
}


def _init(out, prior, call):
    """A step of an initialization, where its numbers are asked for."""
    name = call['target'].rpartition('.')[2]
    args = call['args']
    if name in _FILLS:
        value = _FILLS[name]
        return tuple(out._shape), [args[value] if isinstance(value, str) else value] * out.numel()
    if name in ('uniform_', 'normal_', 'bernoulli_'):
        return _operations[name](out, prior, **{('low' if key == 'from' else key): v for key, v in args.items()})
    if name[:-1] in _operations and prior is not None:
        return _operations[name[:-1]](out, prior, **args)
    return _state(out)


def _set(out, input, index, value):
    from ._indexing import positions
    numbers = list(input.flat)
    shape, where = positions(input.shape, index)
    for position, number in zip(where, broadcast(_as_array(value), shape)):
        numbers[position] = number
    return input.shape, numbers


def _get(out, input, index):
    from ._indexing import positions
    shape, where = positions(input.shape, index)
    return shape, [input.flat[p] for p in where]


def _state(out, **_):
    raise Unsupported('The numbers of a weight are needed while the model is built; they are only known when it runs.')


def _compare_dim(choose, index_only=False):
    reduce_all = _reduction(lambda numbers: numbers.index(choose(numbers)) if index_only else choose(numbers))
    positions = _reduction(lambda numbers: numbers.index(choose(numbers)))

    def operation(out, input, dim=None, keepdim=False, other=None):
        if other is not None:
            return _elementwise(lambda a, b: choose((a, b)))(out, input, other=other)
        if dim is None or index_only:
            return reduce_all(out, input, dim, keepdim)
        return _Many([reduce_all(out, input, dim, keepdim), positions(out, input, dim, keepdim)])

    return operation


def _number(function):
    return lambda out, **named: (tuple(out._shape), function(out, named))


_operations = {
    'zeros': _number(lambda out, a: [0] * out.numel()),
    'empty': _number(lambda out, a: [0] * out.numel()),
    'ones': _number(lambda out, a: [1] * out.numel()),
    'full': _number(lambda out, a: [a['fill_value']] * out.numel()),
    'arange': _number(lambda out, a: [a['start'] + i * a['step'] for i in range(out.numel())]),
    'linspace': _number(lambda out, a: [
        a['start'] + (a['end'] - a['start']) * i / max(out.numel() - 1, 1) for i in range(out.numel())
    ]),
    'eye': _number(lambda out, a: [int(i // a['m'] == i % a['m']) for i in range(out.numel())]),
    'tensor': lambda out, data: (tuple(out._shape), _flat(data)),
    'rand': _random(lambda a: _chance.random()),
    'randn': _random(lambda a: _chance.gauss(0, 1)),
    'randint': _random(lambda a: _chance.randrange(a['low'], a['high'])),
    'state': _state,
    'init': _init,
    'uniform_': _drawn(lambda a: a.get('low', a.get('from', 0)) + (a.get('to', 1) - a.get('low', a.get('from', 0))) * _chance.random()),
    'normal_': _drawn(lambda a: _chance.gauss(a.get('mean', 0), a.get('std', 1))),
    'bernoulli_': _drawn(lambda a: float(_chance.random() < a.get('p', 0.5))),
    'rand_like': _drawn(lambda a: _chance.random()),
    'randn_like': _drawn(lambda a: _chance.gauss(0, 1)),
    '__setitem__': _set,
    '__getitem__': _get,
    'rsub': _elementwise(lambda a, b: b - a),
    '__rtruediv__': _elementwise(lambda a, b: _divide(b, a)),
    '__rpow__': _elementwise(_safe(lambda a, b: b ** a)),
    'true_divide': _elementwise(_divide),
    'copy_': lambda out, input, src: (input.shape, broadcast(src, input.shape)),
    'zero_': lambda out, input: (input.shape, [0] * len(input.flat)),
    'fill_': lambda out, input, value: (input.shape, [value] * len(input.flat)),
    'add': _elementwise(lambda a, b: a + b),
    'sub': _elementwise(lambda a, b: a - b),
    'mul': _elementwise(lambda a, b: a * b),
    'div': _elementwise(_divide),
    'pow': _elementwise(_safe(lambda a, b: a ** b)),
    'floor_divide': _elementwise(_safe(lambda a, b: a // b)),
    'remainder': _elementwise(_safe(lambda a, b: a % b)),
    'maximum': _elementwise(max),
    'minimum': _elementwise(min),
    'neg': _elementwise(lambda a: -a),
    'abs': _elementwise(abs),
    'exp': _elementwise(_safe(math.exp)),
    'log': _elementwise(_safe(math.log)),
    'sin': _elementwise(math.sin),
    'cos': _elementwise(math.cos),
    'tanh': _elementwise(math.tanh),
    'sqrt': _elementwise(_safe(math.sqrt)),
    'rsqrt': _elementwise(_safe(lambda a: 1 / math.sqrt(a))),
    'square': _elementwise(lambda a: a * a),
    'reciprocal': _elementwise(lambda a: _divide(1, a)),
    'floor': _elementwise(math.floor),
    'ceil': _elementwise(math.ceil),
    'round': _elementwise(round),
    'eq': _elementwise(lambda a, b: a == b),
    'ne': _elementwise(lambda a, b: a != b),
    'lt': _elementwise(lambda a, b: a < b),
    'le': _elementwise(lambda a, b: a <= b),
    'gt': _elementwise(lambda a, b: a > b),
    'ge': _elementwise(lambda a, b: a >= b),
    'logical_not': _elementwise(lambda a: not a),
    'bitwise_not': _elementwise(lambda a: not a if isinstance(a, bool) else ~a),
    'bitwise_and': _elementwise(lambda a, b: a & b),
    'bitwise_or': _elementwise(lambda a, b: a | b),
    'logical_and': _elementwise(lambda a, b: bool(a and b)),
    'logical_or': _elementwise(lambda a, b: bool(a or b)),
    'clamp': _clamp,
    'pad': _pad,
    'sum': _reduction(sum),
    'mean': _reduction(lambda numbers: sum(numbers) / len(numbers)),
    'prod': _reduction(math.prod),
    'amax': _reduction(max),
    'amin': _reduction(min),
    'any': _reduction(any),
    'all': _reduction(all),
    'max': _compare_dim(max),
    'min': _compare_dim(min),
    'argmax': _compare_dim(max, True),
    'argmin': _compare_dim(min, True),
    'cumsum': _cumulative,
    'reshape': _same, 'view': _same, 'flatten': _same, 'unsqueeze': _same, 'squeeze': _same, 'to': _same,
    'clone': _same, 'detach': _same, 'contiguous': _same, 'float': _same, 'long': _same, 'int': _same, 'bool': _same,
    'unflatten': _same, 'view_as': _same, 'type_as': _same,
    'expand': _expand, 'expand_as': _expand, 'broadcast_to': _expand,
    'permute': _permuted(lambda rank, dims: dims),
    'transpose': _permuted(_swap),
    'swapaxes': _permuted(lambda rank, axis0, axis1: _swap(rank, axis0, axis1)),
    't': _permuted(lambda rank: list(reversed(range(rank)))),
    'select': _select, 'narrow': _narrow, 'unbind': _unbind, 'split': _split, 'chunk': _chunk,
    'cat': _cat, 'concat': _cat, 'stack': _stack,
    'tril': _triangle(lambda offset, diagonal: offset <= diagonal),
    'triu': _triangle(lambda offset, diagonal: offset >= diagonal),
    'meshgrid': _meshgrid, 'matmul': _matmul, 'mm': _matmul, 'outer': _outer, 'ger': _outer,
    'where': _where, 'masked_fill': _masked_fill, 'index_select': _index_select,
    'repeat': _repeat, 'repeat_interleave': _repeat_interleave, 'flip': _flip,
}


def _flat(data):
    if not isinstance(data, (list, tuple)):
        return [data]
    return [number for item in data for number in _flat(item)]
