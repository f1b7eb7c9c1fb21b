"""Tensors out of nothing: zeros, arange, randn, tensor. Each is a constant expression with its arguments."""

import math

from . import _constants, _dispatch, _places, _types
from ._bridge import Unsupported
from ._tensor import Tensor


def make(op, args, shape, dtype, requires_grad=False):
    for size in shape:
        if not isinstance(size, int):
            raise TypeError(f'{op} expects integers as sizes, and got {type(size).__name__}.')
        if size < 0:
            raise RuntimeError(f'Trying to create tensor with negative dimension {size}: {list(shape)}')
    if dtype.is_complex:
        from . import _complex
        return _complex.created(make, op, list(shape), dtype)
    tensor = Tensor._make(shape, dtype)
    description = _dispatch.find(op)
    expression = _constants.expression(op, {**args, 'dtype': dtype}, _places.here())
    if description is not None:
        names = {param['name'] for param in description['args']}
        expression.tree = [[list(tensor._shape), dtype.kind]] if set(expression.args) <= names else None
    tensor._expression = expression
    tensor.requires_grad = requires_grad
    return tensor


def _sizes(size):
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    return [_integer(n) for n in size]


def _integer(n):
    return n if isinstance(n, int) else n.__index__() if hasattr(n, '__index__') else n


def _dtype(dtype):
    if dtype is None:
        return _types.get_default_dtype()
    if isinstance(dtype, type):
        return _types.dtypes[{'bool': 'bool', 'int': 'int64', 'float': 'float32'}[dtype.__name__]]
    return dtype


def _filled(name):
    def create(*size, dtype=None, device=None, requires_grad=False, out=None, layout=None, pin_memory=False,
               memory_format=None, generator=None, **named):
        if not size:
            size = (named.pop('size'),)
        if named:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(named))}'")
        shape = _sizes(size)
        return make(f'torch.{name}', {'size': shape}, shape, _dtype(dtype), requires_grad)

    create.__name__ = name
    return create


zeros, ones, empty, rand, randn = (_filled(name) for name in ('zeros', 'ones', 'empty', 'rand', 'randn'))


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False, out=None, layout=None):
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()
    if dtype is None:
        kind = 'bool' if isinstance(fill_value, bool) else 'int64' if isinstance(fill_value, int) else 'float32'
        dtype = _types.dtypes[kind]
    shape = _sizes((size,))
    return make('torch.full', {'size': shape, 'fill_value': fill_value}, shape, dtype, requires_grad)


def arange(*bounds, start=None, end=None, step=None, dtype=None, device=None, requires_grad=False, out=None, layout=None):
    bounds = [_number(bound) for bound in bounds]
    if len(bounds) == 1:
        end = bounds[0] if end is None else end
        start = start if start is not None or len(bounds) == 1 and end is bounds[0] else bounds[0]
    elif len(bounds) >= 2:
        start, end = bounds[:2]
        step = bounds[2] if len(bounds) > 2 else step
    start, step = 0 if start is None else start, 1 if step is None else step
    if dtype is None:
        whole = all(isinstance(value, int) for value in (start, end, step))
        dtype = _types.int64 if whole else _types.get_default_dtype()
    n = max(math.ceil((end - start) / step), 0)
    return make('torch.arange', {'start': start, 'end': end, 'step': step}, [n], _dtype(dtype), requires_grad)


def _number(value):
    return value.item() if isinstance(value, Tensor) else value


def linspace(start, end, steps=100, *, dtype=None, device=None, requires_grad=False, out=None, layout=None):
    args = {'start': _number(start), 'end': _number(end), 'steps': int(steps)}
    return make('torch.linspace', args, [int(steps)], _dtype(dtype), requires_grad)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False, out=None, layout=None):
    m = n if m is None else m
    return make('torch.eye', {'n': n, 'm': m}, [n, m], _dtype(dtype), requires_grad)


def randint(low, high=None, size=None, *, dtype=None, device=None, requires_grad=False, generator=None, **_):
    if size is None:
        low, high, size = 0, low, high
    shape = _sizes((size,))
    return make('torch.randint', {'low': low, 'high': high, 'size': shape}, shape, dtype or _types.int64)


def randperm(n, *, dtype=None, device=None, **_):
    return make('torch.randperm', {'n': n}, [n], dtype or _types.int64)


def normal(mean=0.0, std=1.0, size=None, **_):
    if size is None or isinstance(mean, Tensor) or isinstance(std, Tensor):
        raise Unsupported('`torch.normal` of tensors is not known to the reader yet.')
    return randn(size) * std + mean


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    data = getattr(data, '_deferred', data)
    if isinstance(data, Tensor):
        result = data.clone()
        return result if dtype is None else result.to(dtype)
    if hasattr(data, '_as_lists'):
        dtype = _types.dtypes[data.dtype.name] if dtype is None else dtype
        data = data._as_lists()
    shape, flat = [], data
    while isinstance(flat, (list, tuple)) or hasattr(flat, '_as_lists'):
        shape.append(len(flat))
        flat = flat[0] if flat else None
    numbers = [_number(value) for value in _flatten(data)]
    if len(numbers) != math.prod(shape):
        raise ValueError('expected sequences of equal length')
    if dtype is None:
        if any(isinstance(value, float) for value in numbers) or not numbers:
            dtype = _types.get_default_dtype()
        else:
            dtype = _types.bool_ if all(isinstance(value, bool) for value in numbers) else _types.int64
    for value in numbers:
        if not isinstance(value, (int, float)):
            raise TypeError(f'torch.tensor() expects numbers, and got {type(value).__name__}.')
    return make('torch.tensor', {'data': _nest(numbers, shape)}, shape, _dtype(dtype), requires_grad)


def _flatten(data):
    if not isinstance(data, (list, tuple)):
        return [data]
    flat = []
    for item in data:
        if isinstance(item, Tensor):
            flat.extend(item._known('torch.tensor()'))
        elif hasattr(item, '_as_lists'):
            flat.extend(_flatten(item._as_lists()))
        else:
            flat.extend(_flatten(item))
    return flat


def _nest(flat, shape):
    return _constants.nested(flat, shape)


def from_numpy(array):
    return tensor(array)


def as_tensor(data, dtype=None, device=None):
    data = getattr(data, '_deferred', data)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


def legacy(args, dtype):
    """torch.Tensor(2, 3) is uninitialized; torch.Tensor([1, 2]) holds numbers."""
    if len(args) == 1 and hasattr(args[0], '_as_lists'):
        return tensor(args[0], dtype=dtype)
    if len(args) == 1 and isinstance(args[0], (list, tuple)) and not isinstance(args[0], _types.Size):
        return tensor(list(args[0]), dtype=dtype)
    if len(args) == 1 and isinstance(args[0], Tensor):
        return args[0]
    return empty(*args, dtype=dtype) if args else empty(0, dtype=dtype)


def _like(name, create):
    def like(input, *args, dtype=None, device=None, requires_grad=False, layout=None, memory_format=None, **kwargs):
        dtype = input._dtype if dtype is None else _dtype(dtype)
        return create(list(input._shape), *args, dtype=dtype, requires_grad=requires_grad, **kwargs)

    like.__name__ = name
    return like


zeros_like, ones_like, empty_like, rand_like, randn_like, full_like = (
    _like(name + '_like', create)
    for name, create in (
        ('zeros', zeros), ('ones', ones), ('empty', empty), ('rand', rand), ('randn', randn), ('full', full),
    )
)


def _typed(name, dtype):
    class Typed(Tensor):
        _dtype_of = dtype

        def __new__(cls, *args, **_):
            return legacy(args, dtype)

        def __init__(self, *args, **_):
            pass

    Typed.__name__ = Typed.__qualname__ = name
    return Typed


FloatTensor, DoubleTensor, HalfTensor, LongTensor, IntTensor, BoolTensor, ByteTensor = (
    _typed(name, _types.dtypes[kind])
    for name, kind in [
        ('FloatTensor', 'float32'), ('DoubleTensor', 'float64'), ('HalfTensor', 'float16'), ('LongTensor', 'int64'),
        ('IntTensor', 'int32'), ('BoolTensor', 'bool'), ('ByteTensor', 'uint8'),
    ]
)
