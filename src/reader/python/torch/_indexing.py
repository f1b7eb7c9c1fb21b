"""x[...]: reading and writing, for traced tensors and for constants."""

from . import _dispatch, _inits
from ._bridge import DependsOnData, TableError, Unsupported
from ._constants import Expression


def items(index):
    """One item for each comma. True and False add a dimension as PyTorch has it; only `...` style use is known."""
    index = index if isinstance(index, tuple) else (index,)
    return [_item(item) for item in index]


def _item(item):
    if isinstance(item, bool):
        raise Unsupported('True or False as an index is not known to the reader yet.')
    if item is None or item is Ellipsis or getattr(item, '_is_tensor', False):
        return _constant_index(item)
    if isinstance(item, slice):
        return slice(*(None if part is None else part.__index__() for part in (item.start, item.stop, item.step)))
    if isinstance(item, (list, tuple, range)):
        return [entry.__index__() for entry in item]
    return item.__index__()


def _constant_index(item):
    """A constant of one element that has no dimension is a plain integer."""
    if getattr(item, '_is_tensor', False) and not item._shape and item._expression is not None:
        from ._trace import current
        trace = current()
        if item._dtype.kind == 'int64' and (trace is None or not _dispatch.is_dynamic(trace, item)):
            return item.item()
    return item


def get(tensor, index):
    parts = items(index)
    if len(parts) == 1 and isinstance(parts[0], int) and tensor._shape:
        size = tensor._shape[0]
        if not -size <= parts[0] < size:
            # Python's iteration protocol ends on it.
            raise IndexError(f'index {parts[0]} is out of bounds for dimension 0 with size {size}')
    _refuse_masks(parts)
    return _dispatch.call('torch.Tensor.__getitem__', (tensor, parts), {})


def _refuse_masks(parts):
    for part in parts:
        if getattr(part, '_is_tensor', False) and part._dtype.kind == 'bool':
            raise DependsOnData('Indexing with a mask gives a shape that depends on the values; that cannot be a graph.')


def set(tensor, index, value):
    parts = items(index)
    if getattr(value, '_is_tensor', False) and value._source is tensor and _same_part(value._part, parts):
        # `x[i] += 1`: the change of the view has already reached the whole.
        return
    if _inits.outside(tensor) and _inits.is_weight(tensor):
        _inits.part(tensor, parts, value)
        return
    masks = [part for part in parts if getattr(part, '_is_tensor', False) and part._dtype.kind == 'bool']
    if masks and len(parts) == 1 and masks[0]._shape == tensor._shape and not getattr(value, '_is_tensor', False):
        tensor._become(_dispatch.call('torch.Tensor.masked_fill', (tensor, masks[0], value), {}))
        return
    _refuse_masks(parts)
    try:
        tensor._become(_dispatch.set_item(tensor, parts, value))
    except TableError:
        if not _inits.outside(tensor) or tensor._expression is None:
            raise
        _set_constant(tensor, parts, value)


def _same_part(part, parts):
    kind, index = part
    if kind != '__getitem__' or len(index) != len(parts):
        return False
    return all(
        a is b or not (hasattr(a, '_is_tensor') or hasattr(b, '_is_tensor')) and a == b for a, b in zip(index, parts)
    )


def _set_constant(tensor, parts, value):
    """As numbers, where the table cannot say it as one call."""
    made = tensor._frozen()
    made._expression = Expression('torch.Tensor.__setitem__', {
        'input': tensor._frozen(), 'index': parts, 'value': _dispatch._snapshot(value),
    })
    made._index = 0
    tensor._become(made)
