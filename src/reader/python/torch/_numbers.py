"""A tensor asked for its numbers: `.item()`, conditions, `int()`. Only constants have any while a model is read."""

from . import _dispatch, _trace
from ._bridge import DependsOnData


class Numbers:
    def _values(self):
        from . import _constants
        return _constants.values(self)

    def _first_value(self):
        """Of a buffer with one number that this call has not changed: what it starts with, as (name, number)."""
        trace = _trace.current()
        if trace is None or self._expression is None or self.numel() != 1 or self._owner.requires_grad:
            return None
        name, ref = trace.state(self), trace.refs.get(id(self))
        if name is None or ref is not None and trace.made(ref) != 'get_attr':
            return None
        [value] = self._values()
        _trace.report('model/state-value', f'What is done here follows the value of `{name}`; the graph has what it starts with, {value}.')
        return name, value

    def _known(self, what):
        first = self._first_value()
        if first is not None:
            return [first[1]]
        trace = _trace.current()
        if self._expression is None or (trace is not None and _dispatch.is_dynamic(trace, self)):
            raise DependsOnData(
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
        from ._calls import is_constant
        if not is_constant(self):
            return Deferred(self)
        import numpy
        return numpy.asarray(self.tolist() if self._shape else self.item()) if self.numel() else numpy.zeros(self._shape)

    def __array__(self, *args, **kwargs):
        return self.numpy()

    def __bool__(self):
        if self.numel() != 1:
            raise RuntimeError('Boolean value of Tensor with more than one value is ambiguous')
        from . import _branches
        from ._calls import is_constant
        if is_constant(self):
            return bool(self._values()[0])
        first = self._first_value()
        return _branches.taken('This condition') if first is None else bool(first[1])

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


class Deferred:
    """numpy's view of numbers that are only known when the model runs: it can become a tensor again, or lengths."""

    def __init__(self, tensor):
        self._deferred = tensor
        self.shape = tuple(tensor._shape)
        self.ndim, self.size = len(self.shape), tensor.numel()

    def __len__(self):
        return len(self._deferred)

    def astype(self, *args, **kwargs):
        return self

    copy = astype

    def refuse(self, *_, **__):
        self._deferred._known('.numpy()')

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        self.refuse()

    __iter__ = __getitem__ = __bool__ = __float__ = __int__ = __index__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = refuse
    __lt__ = __le__ = __gt__ = __ge__ = refuse
