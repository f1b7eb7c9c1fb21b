"""Complex numbers as pairs of real tensors: the table, the graph and the engine know real ones only.

A complex tensor is made of its real and its imaginary part, and every operation of operations on those. A complex
parameter is one real tensor of the graph whose last dimension holds the two. What is not here is refused by name.
"""

from .. import _dispatch, _types
from .._bridge import Unsupported
from .._tensor import Tensor

KIND = 'complex64'


def is_complex(value):
    return getattr(value, '_is_tensor', False) and value._dtype.kind == KIND


def any_of(values):
    return any(
        any_of(value) if type(value) in (list, tuple) else isinstance(value, complex) or is_complex(value)
        for value in values
    )


class Complex(Tensor):
    def __init__(self, re, im):
        if re._shape != im._shape:
            re, im = _dispatch.call('torch.broadcast_tensors', (re, im), {})
        self._setup(re._shape, _types.dtypes[KIND])
        self._parts = re, im
        _dispatch.elsewhere = elsewhere

    @property
    def real(self):
        return self._parts[0]

    @property
    def imag(self):
        return self._parts[1]

    @property
    def data(self):
        return self

    @property
    def H(self):
        return self.transpose(-2, -1).conj()

    mH = H

    def is_complex(self):
        return True

    def to(self, *args, **kwargs):
        wanted = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, _types.dtype)]
        return self._cast(wanted[0]) if wanted else self

    def _cast(self, dtype):
        # A real number format takes the real part, as PyTorch warns.
        return self if dtype.kind == KIND else self.real._cast(dtype)

    def __getitem__(self, index):
        return Complex(*(part[index] for part in self._parts))

    def __setitem__(self, index, value):
        re, im = parts(value)
        self._parts[0][index] = re
        self._parts[1][index] = 0.0 if im is None else im

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        if operation(name) is None:
            raise _refusal(name)
        return lambda *args, **kwargs: call(name, (self, *args), kwargs)

    def __deepcopy__(self, memo):
        import copy
        made = Complex(*(copy.deepcopy(part, memo) for part in self._parts))
        return memo.setdefault(id(self), made)

    def _become(self, result):
        re, im = parts(result)
        self._parts[0]._become(re)
        self._parts[1]._become(im)


def _method(name):
    return lambda self, *args, **kwargs: call(name, (self, *args), kwargs)


def _in_place(name):
    def operate(self, other):
        self._become(call(name, (self, other), {}))
        return self

    return operate


for _name in ('clone', 'detach', 'abs', 'neg', 'unbind', 'sum'):
    setattr(Complex, _name, _method(_name))
for _name in ('add', 'sub', 'mul', 'truediv', 'pow', 'matmul', 'neg', 'abs'):
    setattr(Complex, f'__{_name}__', _method(_name))
for _name in ('add', 'sub', 'mul', 'truediv'):
    setattr(Complex, f'__r{_name}__', lambda self, other, _n=_name: call(_n, (other, self), {}))
    setattr(Complex, f'__i{_name}__', _in_place(_name))


def parts(value):
    """(real, imaginary); the latter is None for what is real. Numbers stay numbers."""
    if isinstance(value, Complex):
        return value._parts
    if isinstance(value, complex):
        return value.real, value.imag
    if is_complex(value):
        # A weight: the last dimension holds the two.
        return value._pair.unbind(-1)
    return value, None


def as_complex(value):
    if isinstance(value, Complex):
        return value
    re, im = parts(value)
    return Complex(re, re * 0.0 if im is None else im)


def operation(name):
    from . import fourier, operations
    return operations.OPERATIONS.get(name) or fourier.OPERATIONS.get(name)


def call(name, args, kwargs):
    found = operation(name)
    if found is None:
        raise _refusal(name)
    try:
        return found(*args, **kwargs)
    except TypeError as error:
        if 'unexpected keyword' not in str(error) and 'positional argument' not in str(error):
            raise
        raise Unsupported(f'`torch.{name}` of complex numbers with these arguments is not known to the reader yet.') from error


def _refusal(name):
    return Unsupported(f'`torch.{name}` of complex numbers is not known to the reader yet.')


def elsewhere(name, args, kwargs):
    """The table's call, made here where a complex tensor is among its arguments."""
    if not any_of((*args, *kwargs.values())):
        return NotImplemented
    last = name.rpartition('.')[2]
    reflected = {f'__r{word}__': word for word in ('add', 'sub', 'mul', 'truediv')}
    if last in reflected:
        return call(reflected[last], args[::-1], kwargs)
    bare = last.strip('_')
    if last.endswith('_') and not last.startswith('__'):
        args[0]._become(call(bare, args, kwargs))
        return args[0]
    return call(bare, args, kwargs)


def pair(value):
    """One real tensor, its last dimension real and imaginary."""
    return _dispatch.call('torch.stack', (list(parts(as_complex(value))), -1), {})


def created(make, op, shape, dtype):
    """zeros, ones, rand … of a complex dtype."""
    name = op.rpartition('.')[2].removesuffix('_like')
    if name not in ('zeros', 'ones', 'empty', 'rand', 'randn', 'full'):
        raise _refusal(name)
    real = _types.float32
    if name == 'ones':
        return Complex(make('torch.ones', {'size': shape}, shape, real), make('torch.zeros', {'size': shape}, shape, real))
    re, im = (make(f'torch.{name}', {'size': shape}, shape, real) for _ in range(2))
    # Each half of a number's variance.
    return Complex(re * 0.5 ** 0.5, im * 0.5 ** 0.5) if name == 'randn' else Complex(re, im)
