"""Tensors that are the model's state: parameters to learn, and buffers."""

from . import _places
from ._tensor import Tensor


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
        if data._dtype.is_complex:
            from ._complex import pair
            self._pair = Parameter(pair(data), requires_grad)

    @staticmethod
    def _of_layer(shape, dtype, place):
        """One whose beginning is still to be said."""
        parameter = object.__new__(Parameter)
        parameter._setup(shape, dtype)
        parameter._place = place
        return parameter

    def __repr__(self):
        return f'Parameter containing: {super().__repr__()}'


class Buffer(Tensor):
    def __init__(self, data, persistent=True):
        self._setup(data._shape, data._dtype)
        self._expression, self._index = data._expression, data._index
        self.persistent = persistent
