"""A tensor without numbers: shape, dtype, and where its value comes from.

Its value is a node of the running trace, the model's state, or a constant expression; never stored numbers.
"""

from . import _dispatch, _places, _trace, _types
from ._bridge import Unsupported, UnsupportedName
from ._types import Size

_operators = 'add sub mul truediv pow matmul floordiv mod and or xor'.split()
_reflected = 'add sub mul truediv pow'.split()
_comparisons = 'eq ne lt le gt ge'.split()
# Views in the same order of elements: a change of the view is a change of the whole.
_SAME_ORDER = frozenset('view reshape flatten squeeze unsqueeze detach view_as unflatten'.split())


class _Storage:
    __slots__ = ('version',)

    def __init__(self):
        self.version = 0


class _Meta(type):
    def __getattr__(cls, name):
        # torch.Tensor.add, as a function.
        if name.startswith('_'):
            raise AttributeError(name)
        return lambda *args, **kwargs: _method(name, args, kwargs)


class Tensor(metaclass=_Meta):
    _is_tensor = True
    _trace = None
    _expression = None
    _index = 0
    _alias = None
    _source = None
    _part = None
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

    @classmethod
    def _make(cls, shape, dtype):
        tensor = object.__new__(Tensor)
        tensor._setup(shape, dtype)
        return tensor

    def _setup(self, shape, dtype):
        self._shape = Size(shape)
        self._dtype = dtype
        self._storage = _Storage()
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

    @property
    def data(self):
        return self._view_of_all()

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
        return False

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

    # Sharing.

    @property
    def _owner(self):
        return self if self._alias is None else self._alias

    def _view_of_all(self):
        """The same memory under another name, as `.data` and `.detach()` outside of a trace."""
        other = Tensor._make(self._shape, self._dtype)
        other._alias = self._owner
        other._trace, other._expression, other._index = self._trace, self._expression, self._index
        other._storage, other._seen = self._storage, self._seen
        trace = _trace.current()
        if trace is not None:
            if self._is_state(trace) or id(self) in trace.refs:
                trace.remember(other, _dispatch.reference(trace, self))
                other._trace = trace
        return other

    def _share(self, base, kind, part):
        if self is not base:
            self._storage, self._seen = base._storage, base._seen
            self._source = base
            self._part = (kind, part)

    def _check_fresh(self):
        owner = self._owner
        if owner._seen != owner._storage.version:
            raise Unsupported('A tensor is used after another view of the same memory was changed in place.')

    def _is_state(self, trace):
        return trace.state(self) is not None

    def _frozen(self):
        """This constant as it is now."""
        if self._trace is not None:
            return self
        source = self._owner
        other = Tensor._make(source._shape, source._dtype)
        other._expression, other._index = source._expression, source._index
        other._frozen_from = source
        return other

    def _become(self, result):
        """Takes the value of `result`: what every in-place operation does. Other views of it go out of date."""
        owner = self._owner
        owner._storage.version += 1
        for tensor in {id(self): self, id(owner): owner}.values():
            tensor._storage = owner._storage
            tensor._take(result)
        owner._write_back()

    def _take(self, result):
        trace = _trace.current()
        self._seen = self._storage.version
        if trace is not None and id(result) in trace.refs:
            state = trace.state(self)
            if state is not None:
                _trace.report(
                    'model/state-update',
                    f'`{state}` is changed while the model runs; in the graph the change lasts for one call.',
                )
            else:
                self._trace = trace
            trace.remember(self, trace.refs[id(result)])
        else:
            self._expression, self._index = result._expression, result._index

    def _write_back(self):
        """The tensor this is a view of changes with it, where the view says which part it is."""
        source = self._source
        if source is None:
            return
        kind, part = self._part
        source._seen = source._storage.version
        if kind == '__getitem__':
            result = _dispatch.set_item(source, part, self)
        elif kind == 'select':
            index = (slice(None),) * (part['dim'] % source.ndim) + (part['index'],)
            result = _dispatch.set_item(source, list(index), self)
        elif kind in _SAME_ORDER:
            result = _dispatch.call('torch.reshape', (self, list(source._shape)), {})
        else:
            source._seen = -1
            return
        source._take(result)
        source._write_back()

    # Values.

    def _values(self):
        from . import _constants
        return _constants.values(self)

    def _known(self, what):
        trace = _trace.current()
        if self._expression is None or (trace is not None and _dispatch.is_dynamic(trace, self)):
            raise Unsupported(
                f'{what} needs the value of a tensor that depends on the input or the weights, '
                'and is only known when the model runs.'
            )
        return self._values()

    def item(self):
        if self.numel() != 1:
            raise ValueError(f'a Tensor with {self.numel()} elements cannot be converted to Scalar')
        return self._known('.item()')[0]

    def tolist(self):
        from . import _constants
        return _constants.nested(self._known('.tolist()'), self._shape)

    def numpy(self, *args, **kwargs):
        raise Unsupported('.numpy() needs the tensor\'s numbers, which are only known when the model runs.')

    def __bool__(self):
        if self.numel() != 1:
            raise RuntimeError('Boolean value of Tensor with more than one value is ambiguous')
        return bool(self._known('A condition')[0])

    def __float__(self):
        return float(self._known('float()')[0])

    def __int__(self):
        return int(self._known('int()')[0])

    def __index__(self):
        if self._dtype.kind == 'float32':
            raise TypeError('only integer tensors of a single element can be converted to an index')
        return int(self._known('An index')[0])

    def __contains__(self, value):
        return value in self._known('`in`')

    # Gradients, devices and formats: without effect on the graph.

    def requires_grad_(self, requires_grad=True):
        self.requires_grad = requires_grad
        return self

    def detach(self):
        trace = _trace.current()
        if trace is not None and _dispatch.is_dynamic(trace, self):
            return _dispatch.call('torch.detach', (self,), {})
        return self._view_of_all()

    def detach_(self):
        return self

    def retain_grad(self):
        return None

    def register_hook(self, hook):
        from .utils.hooks import RemovableHandle
        return RemovableHandle({})

    def backward(self, *args, **kwargs):
        return None

    def _same(self, *args, **kwargs):
        return self

    contiguous = cuda = cpu = pin_memory = share_memory_ = resolve_conj = resolve_neg = _same

    def to(self, *args, **kwargs):
        dtype = kwargs.get('dtype')
        for arg in args:
            if isinstance(arg, _types.dtype):
                dtype = arg
            elif isinstance(arg, Tensor):
                dtype = arg._dtype
        return self if dtype is None else self._cast(dtype)

    def type(self, dtype=None, **_):
        if dtype is None:
            return 'torch.FloatTensor' if self._dtype.kind == 'float32' else 'torch.LongTensor'
        if isinstance(dtype, str):
            return self._cast(_types.dtypes['int64' if 'Long' in dtype or 'Int' in dtype else 'float32'])
        return self._cast(dtype if isinstance(dtype, _types.dtype) else dtype._dtype_of)

    def type_as(self, other):
        return self._cast(other._dtype)

    def _cast(self, dtype):
        if dtype is self._dtype:
            return self
        if dtype.kind == self._dtype.kind:
            result = self._view_of_all()
            result._alias, result._dtype = None, dtype
            return result
        result = _dispatch.call('torch.Tensor.to', (self,), {'dtype': dtype})
        result._dtype = dtype
        return result

    # Operators.

    def __neg__(self):
        return _dispatch.call('torch.neg', (self,), {})

    def __pos__(self):
        return self

    def __abs__(self):
        return _dispatch.call('torch.abs', (self,), {})

    def __invert__(self):
        return _dispatch.call('torch.logical_not', (self,), {})

    def __getitem__(self, index):
        from . import _indexing
        return _indexing.get(self, index)

    def __setitem__(self, index, value):
        from . import _indexing
        _indexing.set(self, index, value)

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

    def clone(self, memory_format=None):
        trace = _trace.current()
        if trace is not None and _dispatch.is_dynamic(trace, self) and _dispatch.find('torch.clone') is not None:
            return _dispatch.call('torch.clone', (self,), {})
        other = self._view_of_all()
        other._alias, other._storage, other._seen = None, _Storage(), 0
        return other

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        other = object.__new__(type(self))
        memo[id(self)] = other
        other.__dict__.update(self.__dict__)
        other._storage, other._seen, other._alias = _Storage(), 0, None
        return other

    def copy_(self, source, non_blocking=False):
        from . import _inits
        if _inits.outside(self):
            return _inits.assign(self, source)
        return _dispatch.call('torch.Tensor.copy_', (self, source), {})

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        from . import _inits
        building = _trace.current() is None
        if name.endswith('_') and building and _inits.outside(self) and _inits.known(f'torch.Tensor.{name}'):
            return lambda *args, **kwargs: _inits.step(f'torch.Tensor.{name}', self, args, kwargs)
        for candidate in (f'torch.Tensor.{name}', f'torch.{name}'):
            if _dispatch.find(candidate) is not None:
                return lambda *args, **kwargs: _dispatch.call(candidate, (self, *args), kwargs)
        in_place = name.endswith('_') and any(
            _dispatch.find(f'{space}.{name[:-1]}') is not None for space in ('torch.Tensor', 'torch')
        )
        if in_place:
            return lambda *args, **kwargs: _dispatch.rebind(self, getattr(self, name[:-1])(*args, **kwargs))
        from . import _constants
        if self._expression is not None and _constants.knows(f'torch.{name}'):
            return lambda *args, **kwargs: _constants.compute(f'torch.{name}', (self, *args), kwargs)
        raise UnsupportedName(f'`torch.Tensor.{name}` is not known to the reader yet.')


def _method(name, args, kwargs):
    own = Tensor.__dict__.get(name)
    if own is not None and callable(own):
        return own(*args, **kwargs)
    for candidate in (f'torch.Tensor.{name}', f'torch.{name}'):
        if _dispatch.find(candidate) is not None:
            return _dispatch.call(candidate, args, kwargs)
    return args[0].__getattr__(name)(*args[1:], **kwargs)


def _promoted(tensor, other):
    """A Python float turns an integer tensor into a float tensor, as PyTorch's type promotion does."""
    if isinstance(other, float) and tensor._dtype.kind != 'float32':
        return tensor._cast(_types.get_default_dtype())
    return tensor


def _operand(value):
    return isinstance(value, (Tensor, int, float)) or (
        hasattr(value, '__float__') and not hasattr(value, '_is_opaque')
    )


def _add_operator(method):
    target = f'torch.Tensor.{method}'

    def operate(self, other):
        if not _operand(other):
            return NotImplemented
        return _dispatch.call(target, (_promoted(self, other), other), {})

    setattr(Tensor, method, operate)


def _add_in_place(name):
    def operate(self, other):
        if not _operand(other):
            return NotImplemented
        from . import _inits
        weight = _inits.is_weight(self) or self._source is not None and _inits.is_weight(self._source)
        if weight and _inits.outside(self) and _inits.known(f'torch.Tensor.{name}_'):
            return _inits.step(f'torch.Tensor.{name}_', self, (other,), {})
        return _dispatch.call(f'torch.Tensor.__i{name}__', (self, other), {})

    setattr(Tensor, f'__i{name}__', operate)


for _name in _operators:
    _add_operator(f'__{_name}__')
    if _name != 'matmul':
        _add_in_place(_name)
for _name in _reflected:
    _add_operator(f'__r{_name}__')
for _name in _comparisons:
    _add_operator(f'__{_name}__')


class Parameter(Tensor):
    """A tensor that is the model's to learn."""

    requires_grad = True

    def __init__(self, data=None, requires_grad=True):
        from . import _creation
        data = _creation.empty(0) if data is None else data
        if not isinstance(data, Tensor):
            raise TypeError(f'nn.Parameter expects a tensor, and got {type(data).__name__}.')
        self._setup(data._shape, data._dtype)
        self._expression, self._index = data._expression, data._index
        self._place = _places.here()
        self.requires_grad = bool(requires_grad)

    def __repr__(self):
        return f'Parameter containing: {super().__repr__()}'


class Buffer(Tensor):
    def __init__(self, data, persistent=True):
        self._setup(data._shape, data._dtype)
        self._expression, self._index = data._expression, data._index
        self.persistent = persistent
