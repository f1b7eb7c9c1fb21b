"""A tensor without numbers: shape, dtype, and where its value comes from.

Its value is a node of the running trace, the model's state, or a constant expression; never stored numbers.
"""

from . import _calls, _dispatch, _functions, _types
from ._formats import Formats
from ._memory import Memory, Storage
from ._numbers import Numbers
from ._operators import Operators
from ._trace import current
from ._types import Size


class _Meta(type):
    def __getattr__(cls, name):
        # torch.Tensor.add, as a function.
        if name.startswith('_'):
            raise AttributeError(name)
        _functions.require(f'torch.Tensor.{name}')
        return lambda *args, **kwargs: _method(name, args, kwargs)


class Tensor(Memory, Numbers, Formats, Operators, metaclass=_Meta):
    _is_tensor = True
    _trace = None
    _expression = None
    _index = 0
    requires_grad = False
    grad = None
    grad_fn = None
    names = ()
    is_cuda = is_sparse = is_quantized = is_meta = is_mps = False
    layout = _types.Constant('torch.strided')

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        from . import _creation
        made = _creation.legacy(args, _types.get_default_dtype())
        self._setup(made._shape, made._dtype)
        self._expression = made._expression

    @staticmethod
    def _make(shape, dtype):
        tensor = object.__new__(Tensor)
        tensor._setup(shape, dtype)
        return tensor

    def _setup(self, shape, dtype):
        self._shape = shape if type(shape) is Size else Size(shape)
        self._dtype = dtype
        self._storage = Storage()
        self._seen = 0

    # What a tensor is.

    @property
    def shape(self):
        return self._shape

    @property
    def dtype(self):
        return self._dtype

    @property
    def device(self):
        return _types.device('cpu')

    @property
    def ndim(self):
        return len(self._shape)

    @property
    def is_leaf(self):
        return self._trace is None

    @property
    def T(self):
        return self.permute(*reversed(range(self.ndim)))

    @property
    def mT(self):
        return self.transpose(-2, -1)

    H = mH = mT

    @property
    def real(self):
        return _calls.call(('torch.real',), (self,), {}) if self.is_complex() else self

    @property
    def imag(self):
        return _calls.call(('torch.imag',), (self,), {})

    def storage(self):
        return self

    untyped_storage = storage

    def data_ptr(self):
        return id(self._storage)

    @property
    def data(self):
        return self.detach()

    @data.setter
    def data(self, value):
        self._shape, self._dtype = value._shape, value._dtype
        self._become(value)

    @property
    def itemsize(self):
        return self._dtype.itemsize

    @property
    def nbytes(self):
        return self._dtype.itemsize * self.numel()

    def size(self, dim=None):
        return self._shape if dim is None else self._shape[dim]

    def dim(self):
        return len(self._shape)

    ndimension = dim

    def numel(self):
        return self._shape.numel()

    nelement = numel

    def element_size(self):
        return self._dtype.itemsize

    def stride(self, dim=None):
        strides = [1]
        for size in reversed(self._shape[1:]):
            strides.insert(0, strides[0] * max(size, 1))
        strides = tuple(strides[: self.ndim])
        return strides if dim is None else strides[dim]

    def is_contiguous(self, memory_format=None):
        return True

    def is_floating_point(self):
        return self._dtype.is_floating_point

    def is_complex(self):
        return self._dtype.is_complex

    def get_device(self):
        return -1

    def __len__(self):
        if not self._shape:
            raise TypeError('len() of a 0-d tensor')
        return self._shape[0]

    def __iter__(self):
        return iter(self.unbind(0))

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return f'tensor(..., size={tuple(self._shape)}, dtype={self._dtype})'

    def __format__(self, spec):
        return repr(self) if self._expression is None or self.numel() != 1 else format(self.item(), spec)

    # Others of its kind.

    def new(self, *args, **kwargs):
        from . import _creation
        return _creation.legacy(args, self._dtype)

    def resize_(self, *sizes, memory_format=None):
        from . import _creation
        made = _creation.empty(*sizes, dtype=self._dtype)
        if made.numel() > self.numel() > 0 or self.numel() > 0 and made._shape != self._shape:
            raise _calls.refusal('torch.Tensor.resize_')
        self._shape = made._shape
        self._become(made)
        return self

    def resize_as_(self, other, memory_format=None):
        return self.resize_(*other._shape)

    def new_zeros(self, *size, **kwargs):
        from . import _creation
        return _creation.zeros(*size, **{'dtype': self._dtype, **kwargs})

    def new_ones(self, *size, **kwargs):
        from . import _creation
        return _creation.ones(*size, **{'dtype': self._dtype, **kwargs})

    def new_empty(self, *size, **kwargs):
        from . import _creation
        return _creation.empty(*size, **{'dtype': self._dtype, **kwargs})

    def new_full(self, size, fill_value, **kwargs):
        from . import _creation
        return _creation.full(size, fill_value, **{'dtype': self._dtype, **kwargs})

    def new_tensor(self, data, **kwargs):
        from . import _creation
        return _creation.tensor(data, **{'dtype': self._dtype, **kwargs})

    # Every other name.

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        from . import _inits
        building = current() is None
        if name.endswith('_') and building and _inits.outside(self) and _inits.known(f'torch.Tensor.{name}'):
            return lambda *args, **kwargs: _inits.step(f'torch.Tensor.{name}', self, args, kwargs)
        names = (f'torch.Tensor.{name}', f'torch.{name}')
        if any(_dispatch.find(candidate) is not None for candidate in names):
            return lambda *args, **kwargs: _calls.call(names, (self, *args), kwargs)
        if name.endswith('_') and self._knows(name[:-1]):
            return lambda *args, **kwargs: _dispatch.rebind(self, getattr(self, name[:-1])(*args, **kwargs))
        if self._knows(name) or name in _calls.BY_DATA:
            return lambda *args, **kwargs: _calls.call(names, (self, *args), kwargs)
        _functions.require(f'torch.Tensor.{name}')
        return _Refused(f'torch.Tensor.{name}')

    def _knows(self, name):
        table = any(_dispatch.find(f'{space}.{name}') is not None for space in ('torch.Tensor', 'torch'))
        return table or name in _calls._SPECIAL or name in _calls._COMPLEX or _calls.knows(name, (self,), {})


class _Refused:
    """What PyTorch's tensors have and the reader's have not: it is there, and any use of it says so."""

    def __init__(self, name):
        self._name = name

    def refuse(self, *_, **__):
        raise _calls.refusal(self._name)

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        self.refuse()

    __call__ = __bool__ = __iter__ = __len__ = __getitem__ = refuse


def _method(name, args, kwargs):
    own = getattr(args[0], name, None) if args else None
    if own is None:
        raise _calls.refusal(f'torch.Tensor.{name}')
    return own(*args[1:], **kwargs)
