"""The functions of the namespace."""

import math

from torch._constants import operations
from torch._constants.array import Array, common

from . import _types
from ._array import asarray, binary, ndarray, scalar, unary


def _elementwise(name):
    return lambda x, out=None, dtype=None: unary(name, x)


def _pairwise(name):
    return lambda a, b, out=None: scalar(binary(name, a, b))


def _method(name):
    return lambda a, *args, **kwargs: getattr(asarray(a), name)(*args, **{k: v for k, v in kwargs.items() if k != 'out'})


def array(data, dtype=None, copy=True, ndmin=0, **_):
    made = asarray(data, dtype)
    made = made.copy() if made is data else made
    return made.reshape((1,) * (ndmin - made.ndim) + made.shape) if made.ndim < ndmin else made


def full(shape, fill_value, dtype=None, **_):
    shape = (int(shape),) if isinstance(shape, int) else tuple(int(n) for n in shape)
    return ndarray(shape, [fill_value] * math.prod(shape), dtype)


def zeros(shape, dtype=float, **_):
    return full(shape, 0, dtype)


def ones(shape, dtype=float, **_):
    return full(shape, 1, dtype)


def _like(create):
    return lambda a, dtype=None, **_: create(asarray(a).shape, dtype=dtype or asarray(a).dtype)


def full_like(a, fill_value, dtype=None, **_):
    return full(asarray(a).shape, fill_value, dtype or asarray(a).dtype)


def eye(n, m=None, k=0, dtype=float):
    m = n if m is None else m
    return ndarray((n, m), [float(j - i == k) for i in range(n) for j in range(m)], dtype)


def arange(start, stop=None, step=1, dtype=None):
    start, stop = (0, start) if stop is None else (start, stop)
    count = max(math.ceil((stop - start) / step), 0)
    flat = [start + i * step for i in range(count)]
    whole = all(isinstance(n, int) for n in (start, stop, step))
    return ndarray((count,), flat, dtype or (int if whole else float))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    step = (stop - start) / max(num - 1 if endpoint else num, 1)
    flat = [start + step * i for i in range(num)]
    if endpoint and num > 1:
        flat[-1] = stop
    made = ndarray((num,), flat, dtype or float)
    return (made, step) if retstep else made


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    return ndarray((num,), [base ** n for n in linspace(start, stop, num, endpoint)], dtype or float)


def geomspace(start, stop, num=50):
    return logspace(math.log10(start), math.log10(stop), num)


def meshgrid(*arrays, indexing='xy', sparse=False, copy=True):
    arrays = [asarray(a) for a in arrays]
    parts = operations['meshgrid'](None, *[Array(a.shape, a._flat) for a in arrays], indexing=indexing).parts
    return [ndarray(shape, flat, a.dtype) for (shape, flat), a in zip(parts, arrays)]


class _Grid:
    """np.mgrid[0:3, 0:4]"""

    def __getitem__(self, index):
        slices = index if isinstance(index, tuple) else (index,)
        axes = [
            linspace(s.start or 0, s.stop, int(abs(s.step))) if isinstance(s.step, complex)
            else arange(s.start or 0, s.stop, s.step or 1)
            for s in slices
        ]
        return stack(meshgrid(*axes, indexing='ij')) if len(axes) > 1 else axes[0]


mgrid = _Grid()


def _joined(name):
    def join(arrays, axis=0, **_):
        arrays = [asarray(a) for a in arrays]
        if axis is None:
            arrays, axis = [a.ravel() for a in arrays], 0
        given = [Array(a.shape, a._flat) for a in arrays]
        shape, flat = operations[name](None, given, *(() if name in ('hstack', 'vstack') else (axis,)))
        return ndarray(shape, flat, _types.promoted(*(a.dtype for a in arrays)))

    return join


concatenate, stack, hstack, vstack = _joined('cat'), _joined('stack'), _joined('hstack'), _joined('vstack')


def append(a, values, axis=None):
    return concatenate([a, asarray(values)], axis)


def split(a, sections, axis=0):
    a = asarray(a)
    n = a.shape[axis]
    cuts = [n // sections * i for i in range(1, sections)] if isinstance(sections, int) else list(sections)
    lead = (slice(None),) * axis
    return [a[(*lead, slice(start, end))] for start, end in zip([0, *cuts], [*cuts, n])]


array_split = split


def tile(a, reps):
    a = asarray(a)
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    return a._do('repeat', (1,) * (a.ndim - len(reps)) + reps)


def expand_dims(a, axis):
    a = asarray(a)
    at = axis % (a.ndim + 1)
    return a.reshape(a.shape[:at] + (1,) + a.shape[at:])


def broadcast_to(a, shape):
    a = asarray(a)
    return (a + zeros(shape, a.dtype)).astype(a.dtype)


def where(condition, x=None, y=None):
    if x is None:
        return asarray(condition).nonzero()
    c, x, y = asarray(condition), asarray(x), asarray(y)
    shape, flat = operations['where'](None, *(Array(a.shape, a._flat) for a in (c, x, y)))
    return ndarray(shape, flat, _types.promoted(x.dtype, y.dtype))


def unique(a, **_):
    return asarray(sorted(set(asarray(a)._flat)))


def sort(a, axis=-1, **_):
    made = asarray(a).copy()
    made.sort(axis)
    return made


def flip(a, axis=None):
    a = asarray(a)
    return a._do('flip', list(range(a.ndim)) if axis is None else axis)


def roll(a, shift, axis=None):
    return asarray(a)._do('roll', shift, () if axis is None else axis)


def _triangle(name):
    return lambda a, k=0: asarray(a)._do(name, k)


def diag(a, k=0):
    return asarray(a)._do('diag', k)


def diff(a, n=1, axis=-1):
    return asarray(a)._do('diff', n, axis)


def cumprod(a, axis=None):
    a = asarray(a).ravel() if axis is None else asarray(a)
    return a._do('cumprod', axis or 0)


def outer(a, b):
    return asarray(a).ravel().reshape(-1, 1) * asarray(b).ravel().reshape(1, -1)


def einsum(equation, *arrays):
    arrays = [asarray(a) for a in arrays]
    shape, flat = operations['einsum'](None, equation, [Array(a.shape, a._flat) for a in arrays])
    return scalar(ndarray(shape, flat, _types.promoted(*(a.dtype for a in arrays))))


def allclose(a, b, rtol=1e-5, atol=1e-8, **_):
    a, b = asarray(a), asarray(b)
    common(a.shape, b.shape)
    return bool((abs(a - b) <= atol + rtol * abs(b)).all() if a.size * b.size > 1 else abs(a - b) <= atol + rtol * abs(b))


def array_equal(a, b):
    a, b = asarray(a), asarray(b)
    return a.shape == b.shape and a._flat == b._flat


def isscalar(value):
    return isinstance(value, (int, float, str, bool))


def around(a, decimals=0):
    result = asarray(a).round(decimals)
    return result if isinstance(a, ndarray) else scalar(result)


def transpose(a, axes=None):
    return asarray(a).transpose(axes)


def ndindex(*shape):
    from itertools import product
    return product(*(range(n) for n in (shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)))


class poly1d:
    def __init__(self, coefficients):
        self.c = self.coeffs = list(coefficients)

    def __call__(self, x):
        total = 0
        for coefficient in self.c:
            total = total * x + coefficient
        return total


def polyval(coefficients, x):
    return poly1d(coefficients)(x)


def _window(weight):
    return lambda n: ndarray((n,), [float(weight(i / max(n - 1, 1))) for i in range(n)])


NAMES = {
    **{name: _elementwise(name) for name in (
        'sqrt exp log log2 log10 log1p expm1 exp2 sin cos tan tanh sinh cosh square floor ceil trunc sign isnan isinf isfinite'
    ).split()},
    'abs': _elementwise('abs'), 'absolute': _elementwise('abs'), 'fabs': _elementwise('abs'), 'negative': _elementwise('neg'),
    'arctan': _elementwise('atan'), 'arcsin': _elementwise('asin'), 'arccos': _elementwise('acos'),
    'deg2rad': lambda x: asarray(x) * (math.pi / 180), 'radians': lambda x: asarray(x) * (math.pi / 180),
    'power': _pairwise('pow'), 'float_power': _pairwise('pow'), 'add': _pairwise('add'), 'subtract': _pairwise('sub'),
    'multiply': _pairwise('mul'), 'divide': _pairwise('true_divide'), 'true_divide': _pairwise('true_divide'),
    'floor_divide': _pairwise('floor_divide'), 'mod': _pairwise('remainder'), 'remainder': _pairwise('remainder'),
    'maximum': _pairwise('maximum'), 'minimum': _pairwise('minimum'), 'arctan2': _pairwise('atan2'),
    'hypot': _pairwise('hypot'), 'equal': _pairwise('eq'), 'not_equal': _pairwise('ne'), 'less': _pairwise('lt'),
    'greater': _pairwise('gt'), 'less_equal': _pairwise('le'), 'greater_equal': _pairwise('ge'),
    'logical_and': _pairwise('logical_and'), 'logical_or': _pairwise('logical_or'),
    'logical_not': _elementwise('logical_not'), 'dot': _pairwise('matmul'), 'matmul': _pairwise('matmul'),
    **{name: _method(name) for name in (
        'sum prod mean std var max min any all argmax argmin cumsum argsort reshape ravel squeeze swapaxes repeat clip '
        'nonzero take copy'
    ).split()},
    'amax': _method('max'), 'amin': _method('min'), 'product': _method('prod'), 'average': _method('mean'),
    'round': around, 'round_': around, 'rint': around, 'zeros_like': _like(zeros), 'ones_like': _like(ones),
    'empty': zeros, 'empty_like': _like(zeros), 'identity': eye, 'triu': _triangle('triu'), 'tril': _triangle('tril'),
    'ascontiguousarray': asarray, 'asanyarray': asarray, 'atleast_1d': lambda a: array(a, ndmin=1),
    'size': lambda a, axis=None: asarray(a).size if axis is None else asarray(a).shape[axis],
    'shape': lambda a: asarray(a).shape, 'ndim': lambda a: asarray(a).ndim,
    'hanning': _window(lambda x: 0.5 - 0.5 * math.cos(2 * math.pi * x)),
    'hamming': _window(lambda x: 0.54 - 0.46 * math.cos(2 * math.pi * x)),
    'iterable': lambda value: hasattr(value, '__iter__'),
}
