"""A tensor asked for its numbers: `.item()`, conditions, `int()`. Only constants have any while a model is read."""

from . import _dispatch, _trace
from ._bridge import DependsOnData


class Numbers:
    def _values(self):
        from . import _constants
        return _constants.values(self)

    def _known(self, what):
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
        import numpy
        return numpy.asarray(self.tolist() if self._shape else self.item()) if self.numel() else numpy.zeros(self._shape)

    def __array__(self, *args, **kwargs):
        return self.numpy()

    def __bool__(self):
        if self.numel() != 1:
            raise RuntimeError('Boolean value of Tensor with more than one value is ambiguous')
        from . import _branches
        from ._calls import is_constant
        return bool(self._values()[0]) if is_constant(self) else _branches.taken('This condition')

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
