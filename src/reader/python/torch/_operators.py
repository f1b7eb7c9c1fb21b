"""Python's operators on tensors: each is a call of the method of that name."""

from . import _dispatch, _types

_BINARY = 'add sub mul truediv pow matmul floordiv mod and or xor'.split()
_REFLECTED = 'add sub mul truediv pow'.split()
_COMPARISONS = 'eq ne lt le gt ge'.split()


class Operators:
    def __neg__(self):
        return _dispatch.call('torch.neg', (self,), {})

    def __pos__(self):
        return self

    def __abs__(self):
        return _dispatch.call('torch.abs', (self,), {})

    def __invert__(self):
        return _dispatch.call('torch.logical_not', (self,), {})

    def __lshift__(self, other):
        return self * 2 ** other

    def __rshift__(self, other):
        return self // 2 ** other

    def __getitem__(self, index):
        from . import _indexing
        return _indexing.get(self, index)

    def __setitem__(self, index, value):
        from . import _indexing
        _indexing.set(self, index, value)


def _promoted(tensor, other):
    """A Python float turns an integer tensor into a float tensor, as PyTorch's type promotion does."""
    if isinstance(other, float) and tensor._dtype.kind != 'float32':
        return tensor._cast(_types.get_default_dtype())
    return tensor


def _operand(value):
    return isinstance(value, (int, float)) or getattr(value, '_is_tensor', False) or (
        hasattr(value, '__float__') and not hasattr(value, '_is_opaque')
    )


def _binary(method):
    target = f'torch.Tensor.{method}'

    def operate(self, other):
        if hasattr(other, '_as_lists'):
            from ._creation import tensor
            other = tensor(other)
        if isinstance(other, complex):
            from . import _complex
            return _complex.elsewhere(target, (self, other), {})
        if not _operand(other):
            return NotImplemented
        return _dispatch.call(target, (_promoted(self, other), other), {})

    return operate


def _in_place(name):
    def operate(self, other):
        if not _operand(other):
            return NotImplemented
        from . import _inits
        if _inits.weight_of(self) is not None and _inits.outside(self) and _inits.known(f'torch.Tensor.{name}_'):
            return _inits.step(f'torch.Tensor.{name}_', self, (other,), {})
        return _dispatch.call(f'torch.Tensor.__i{name}__', (self, other), {})

    return operate


for _name in _BINARY:
    setattr(Operators, f'__{_name}__', _binary(f'__{_name}__'))
    if _name != 'matmul':
        setattr(Operators, f'__i{_name}__', _in_place(_name))
for _name in _REFLECTED:
    setattr(Operators, f'__r{_name}__', _binary(f'__r{_name}__'))
for _name in _COMPARISONS:
    setattr(Operators, f'__{_name}__', _binary(f'__{_name}__'))
