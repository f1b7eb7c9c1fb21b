"""ndarray: numbers that are there, as models use them to work out sizes and constants while they are built."""

import math

from torch._bridge import Unsupported
from torch._constants import operations
from torch._constants.array import Array, common, flattened, nested
from torch._inert import Inert

from . import _types


class ndarray:
    __array_priority__ = 1

    def __init__(self, shape, flat=None, dtype=None):
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        flat = [0] * math.prod(self.shape) if flat is None else flat
        self.dtype = _types.of_numbers(flat) if dtype is None else _types.of(dtype)
        self._flat = [_plain(self.dtype, n) for n in flat]

    # What it is.

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        return len(self._flat)

    @property
    def T(self):
        return self.transpose()

    @property
    def flat(self):
        return iter(self.ravel())

    def _as_lists(self):
        return nested(self._flat, self.shape) if self._flat else []

    tolist = _as_lists

    def item(self, *index):
        return self._flat[0] if not index else self.ravel()[index[0]].item()

    def __len__(self):
        if not self.shape:
            raise TypeError('len() of unsized object')
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        return f'array({self._as_lists()})'

    def __bool__(self):
        if self.size != 1:
            raise ValueError('The truth value of an array with more than one element is ambiguous.')
        return bool(self._flat[0])

    def __float__(self):
        return float(self._one())

    def __int__(self):
        return int(self._one())

    def __index__(self):
        if _types.is_float(self.dtype) or self.size != 1:
            raise TypeError('only integer scalar arrays can be converted to a scalar index')
        return int(self._flat[0])

    def _one(self):
        if self.size != 1:
            raise TypeError('only length-1 arrays can be converted to Python scalars')
        return self._flat[0]

    def __contains__(self, number):
        return number in self._flat

    def __hash__(self):
        raise TypeError("unhashable type: 'numpy.ndarray'")

    # Formats and shapes.

    def astype(self, dtype, copy=True):
        return ndarray(self.shape, self._flat, dtype)

    def copy(self):
        return ndarray(self.shape, list(self._flat), self.dtype)

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self.copy()

    def reshape(self, *shape, order='C'):
        shape = list(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else list(shape)
        if -1 in shape:
            shape[shape.index(-1)] = self.size // max(math.prod(n for n in shape if n != -1), 1)
        if math.prod(shape) != self.size:
            raise ValueError(f'cannot reshape array of size {self.size} into shape {tuple(shape)}')
        return ndarray(shape, self._flat, self.dtype)

    def ravel(self, order='C'):
        return ndarray((self.size,), self._flat, self.dtype)

    flatten = ravel

    def squeeze(self, axis=None):
        axes = range(self.ndim) if axis is None else [axis % self.ndim]
        return ndarray([n for d, n in enumerate(self.shape) if n != 1 or d not in axes], self._flat, self.dtype)

    def transpose(self, *axes):
        axes = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        order = list(axes) if axes and axes[0] is not None else list(range(self.ndim))[::-1]
        return self._do('permute', order)

    def swapaxes(self, a, b):
        return self._do('transpose', a, b)

    def repeat(self, repeats, axis=None):
        counts = _operand(repeats) if isinstance(repeats, (ndarray, list)) else repeats
        return self._do('repeat_interleave', counts, axis)

    def fill(self, number):
        self._flat[:] = [_plain(self.dtype, number)] * self.size

    # Arithmetic.

    def _do(self, name, *args, dtype=None, **kwargs):
        shape, flat = operations[name](None, Array(self.shape, self._flat), *args, **kwargs)
        return ndarray(shape, flat, self.dtype if dtype is None else dtype)

    def _over(self, name, axis, keepdims, dtype, **more):
        result = self._do(name, axis if not isinstance(axis, tuple) else list(axis), keepdims, dtype=dtype, **more)
        return scalar(result)

    def sum(self, axis=None, dtype=None, keepdims=False):
        return self._over('sum', axis, keepdims, dtype or (_types.int64 if self.dtype is _types.bool_ else None))

    def prod(self, axis=None, keepdims=False):
        return self._over('prod', axis, keepdims, _types.int64 if self.dtype is _types.bool_ else None)

    def mean(self, axis=None, keepdims=False):
        return self._over('mean', axis, keepdims, _float_of(self.dtype))

    def std(self, axis=None, ddof=0, keepdims=False):
        return self._over('std', axis, keepdims, _float_of(self.dtype), correction=ddof)

    def var(self, axis=None, ddof=0, keepdims=False):
        return self._over('var', axis, keepdims, _float_of(self.dtype), correction=ddof)

    def max(self, axis=None, keepdims=False):
        return self._over('amax', axis, keepdims, None)

    def min(self, axis=None, keepdims=False):
        return self._over('amin', axis, keepdims, None)

    def any(self, axis=None, keepdims=False):
        return self._over('any', axis, keepdims, _types.bool_)

    def all(self, axis=None, keepdims=False):
        return self._over('all', axis, keepdims, _types.bool_)

    def argmax(self, axis=None):
        return self._over('argmax', axis, False, _types.int64)

    def argmin(self, axis=None):
        return self._over('argmin', axis, False, _types.int64)

    def cumsum(self, axis=None):
        return (self.ravel() if axis is None else self)._do('cumsum', axis or 0)

    def argsort(self, axis=-1, **_):
        return self._do('argsort', axis, dtype=_types.int64)

    def sort(self, axis=-1, **_):
        self._flat = operations['sort'](None, Array(self.shape, self._flat), axis).parts[0][1]

    def nonzero(self):
        return tuple(ndarray(*part) for part in operations['nonzero'](None, Array(self.shape, self._flat), True).parts)

    def clip(self, low=None, high=None):
        return self._do('clamp', low, high)

    def round(self, decimals=0):
        return self._do('round', decimals)

    def dot(self, other):
        return scalar(binary('matmul', self, other))

    def take(self, indices, axis=None):
        return self.ravel()[indices] if axis is None else self[(slice(None),) * axis + (indices,)]

    # Indices.

    def __getitem__(self, index):
        shape, flat = operations['__getitem__'](None, Array(self.shape, self._flat), _items(index, self))
        return scalar(ndarray(shape, flat, self.dtype))

    def __setitem__(self, index, value):
        _, flat = operations['__setitem__'](None, Array(self.shape, self._flat), _items(index, self), _operand(value))
        self._flat[:] = [_plain(self.dtype, n) for n in flat]


def _plain(dtype, n):
    if dtype is _types.bool_:
        return bool(n)
    return float(n) if _types.is_float(dtype) else int(n)


def _float_of(dtype):
    return dtype if _types.is_float(dtype) else _types.float64


def scalar(array):
    """A single number without dimensions is a number of its own kind."""
    return array if array.shape else array.dtype(array._flat[0])


def _items(index, array):
    parts = []
    for item in index if isinstance(index, tuple) else (index,):
        if isinstance(item, (list, ndarray)):
            item = asarray(item)
            parts.append(Array(item.shape, item._flat))
        elif item is None or item is Ellipsis or isinstance(item, slice):
            parts.append(_forward(item, array, len(parts)) if isinstance(item, slice) else item)
        else:
            parts.append(int(item))
    return parts


def _forward(item, array, dim):
    """A slice that goes backwards as a list of places."""
    if item.step is None or item.step > 0:
        return item
    places = list(range(*item.indices(array.shape[dim])))
    return Array((len(places),), places)


def asarray(data, dtype=None, **_):
    if isinstance(data, ndarray):
        return data if dtype is None or _types.of(dtype) is data.dtype else data.astype(dtype)
    if getattr(data, '_is_tensor', False):
        data = data.tolist()
    if isinstance(data, Inert):
        raise Unsupported(f'An array is made of `{data._full_name}`, which the reader does not know.')
    if isinstance(data, range):
        data = list(data)
    shape, inner = [], data
    while isinstance(inner, (list, tuple, ndarray)):
        shape.append(len(inner))
        inner = inner[0] if len(inner) else None
    flat = flattened(_lists(data))
    if len(flat) != math.prod(shape):
        raise ValueError('setting an array element with a sequence. The requested array has an inhomogeneous shape.')
    known = getattr(inner, 'dtype', None) if dtype is None else dtype
    return ndarray(shape, flat, known if isinstance(known, type) else dtype)


def _lists(data):
    if isinstance(data, ndarray):
        return data._as_lists()
    if getattr(data, '_is_tensor', False):
        return data.tolist()
    return [_lists(item) for item in data] if isinstance(data, (list, tuple)) else data


def _operand(value):
    if isinstance(value, (ndarray, list, tuple)):
        value = asarray(value)
        return Array(value.shape, value._flat)
    return value


_COMPARED = frozenset('eq ne lt le gt ge logical_and logical_or logical_not isnan isclose'.split())
_DIVIDED = frozenset('div true_divide sqrt exp log log2 log10 sin cos tan tanh'.split())


def binary(name, a, b):
    first, second = asarray(a), asarray(b)
    if isinstance(a, (int, float)) and not isinstance(a, _types.generic):
        dtype = _weak(second.dtype, a)
    elif isinstance(b, (int, float)) and not isinstance(b, _types.generic):
        dtype = _weak(first.dtype, b)
    else:
        dtype = _types.promoted(first.dtype, second.dtype)
    if name in _COMPARED:
        dtype = _types.bool_
    elif name in _DIVIDED:
        dtype = _float_of(dtype)
    common(first.shape, second.shape) if name != 'matmul' else None
    shape, flat = operations[name](None, Array(first.shape, first._flat), Array(second.shape, second._flat))
    return ndarray(shape, flat, dtype)


def _weak(dtype, number):
    """A plain number of Python takes the array's format, where it fits."""
    if isinstance(number, float):
        return _float_of(dtype)
    return _types.int64 if dtype is _types.bool_ and not isinstance(number, bool) else dtype


def unary(name, x, dtype=None):
    array = asarray(x)
    kind = dtype or (_float_of(array.dtype) if name not in ('abs', 'neg', 'square', 'sign') else array.dtype)
    result = array._do(name, dtype=_types.bool_ if name in _COMPARED else kind)
    return result if isinstance(x, ndarray) else scalar(result)


def _operator(name, reflected=False):
    def operate(self, other):
        if getattr(other, '_is_tensor', False):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        return scalar(binary(name, a, b))

    return operate


for _word, _name in {
    'add': 'add', 'sub': 'sub', 'mul': 'mul', 'truediv': 'true_divide', 'floordiv': 'floor_divide', 'mod': 'remainder',
    'pow': 'pow', 'matmul': 'matmul', 'and': 'bitwise_and', 'or': 'bitwise_or', 'xor': 'bitwise_xor',
}.items():
    setattr(ndarray, f'__{_word}__', _operator(_name))
    setattr(ndarray, f'__r{_word}__', _operator(_name, True))
for _word in ('eq', 'ne', 'lt', 'le', 'gt', 'ge'):
    setattr(ndarray, f'__{_word}__', _operator(_word))
ndarray.__neg__ = lambda self: self._do('neg')
ndarray.__pos__ = lambda self: self
ndarray.__abs__ = lambda self: self._do('abs')
ndarray.__invert__ = lambda self: self._do('bitwise_not')
