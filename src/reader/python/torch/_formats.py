"""Dtypes, devices, gradients: what changes how a tensor is kept and not what it is."""

from . import _dispatch, _trace, _types
from ._memory import Storage


class Formats:
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
            elif getattr(arg, '_is_tensor', False):
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
            result._storage, result._seen = Storage(), 0
            return result
        if dtype.is_complex:
            from ._complex import as_complex
            return as_complex(self)
        result = _dispatch.call('torch.Tensor.to', (self,), {'dtype': dtype})
        result._dtype = dtype
        return result


def _to(name):
    return lambda self, memory_format=None: self._cast(_types.dtypes[name])


for _method, _name in {
    'float': 'float32', 'long': 'int64', 'bool': 'bool', 'double': 'float64', 'half': 'float16', 'bfloat16': 'bfloat16', 'int': 'int32', 'short': 'int16', 'char': 'int8',
    'byte': 'uint8', 'cfloat': 'complex64', 'cdouble': 'complex128',
}.items():
    setattr(Formats, _method, _to(_name))
