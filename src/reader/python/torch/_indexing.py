"""x[...]: reading and writing, for traced tensors and for constants."""

from . import _constants, _creation, _dispatch, _inits, _places
from ._bridge import DependsOnData, TableError, Unsupported
from ._calls import is_constant
from ._constants import Expression
from ._creation import tensor


def items(tensor, index):
    """One item for each comma, as the table knows them: integers, slices, None, `...`, tensors and lists of integers."""
    index = list(index) if isinstance(index, tuple) else [index]
    parts = []
    for item in index:
        part = _item(item)
        if getattr(part, '_is_tensor', False) and part._dtype.kind == 'bool' and is_constant(part):
            parts.extend(_places_of(part))
        else:
            parts.append(part)
    return parts


def _item(item):
    if isinstance(item, bool):
        if not item:
            raise Unsupported('False as an index is not known to the reader yet.')
        return None
    if hasattr(item, '_as_lists'):
        item = tensor(item) if item.shape else item.item()
    if item is None or item is Ellipsis or getattr(item, '_is_tensor', False):
        return _tensor_item(item)
    if isinstance(item, slice):
        return slice(*(None if part is None else part.__index__() for part in (item.start, item.stop, item.step)))
    if isinstance(item, (list, tuple, range)):
        plain = all(isinstance(entry, int) and not isinstance(entry, bool) for entry in item)
        return list(item) if plain else _tensor_item(tensor([_number(entry) for entry in item]))
    return item.__index__()


def _number(entry):
    whole = getattr(entry, '_is_tensor', False) and not entry._shape
    return entry.__index__() if whole else entry


def _tensor_item(item):
    """A constant of one element that has no dimension is a plain integer; bytes are masks, as they once were."""
    if not getattr(item, '_is_tensor', False):
        return item
    if item._dtype.name == 'uint8':
        return item.bool()
    if not item._shape and item._dtype.kind == 'int64' and is_constant(item):
        return item.item()
    return item


def _places_of(mask):
    """A mask that is known now says where, one tensor of positions for each of its dimensions."""
    places = _constants.compute('torch.nonzero', (mask,), {'as_tuple': True})
    return [list(place._values()) for place in places]


def get(source, index):
    parts = items(source, index)
    if len(parts) == 1 and isinstance(parts[0], int) and source._shape:
        size = source._shape[0]
        if not -size <= parts[0] < size:
            # Python's iteration protocol ends on it.
            raise IndexError(f'index {parts[0]} is out of bounds for dimension 0 with size {size}')
    if any(isinstance(part, slice) and part.step is not None and part.step < 1 for part in parts):
        raise ValueError('step must be greater than zero')
    if any(_is_mask(part) for part in parts):
        return _Selected(source, parts)
    return _dispatch.call('torch.Tensor.__getitem__', (source, parts), {})


def _is_mask(part):
    return getattr(part, '_is_tensor', False) and part._dtype.kind == 'bool'


class _Selected:
    """x[mask] for a mask that is computed from the input: it may only be assigned to y[mask] of the same mask."""

    def __init__(self, source, parts):
        self.__dict__.update(source=source, parts=parts, place=_places.here())

    def __getattr__(self, name):
        if name.startswith('_is_') or name in ('_as_lists', '_trace', '__index__', '__float__', '__dataclass_fields__'):
            raise AttributeError(name)
        self.refuse()

    def refuse(self, *_):
        error = DependsOnData(
            'Indexing with a mask that is computed from the input gives a shape that depends on the numbers; '
            'that cannot be a graph.'
        )
        error.place = self.place
        raise error

    __len__ = __iter__ = __getitem__ = __bool__ = __eq__ = __lt__ = __gt__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = refuse
    __hash__ = None


def set(tensor, index, value):
    parts = items(tensor, index)
    if hasattr(value, '_as_lists'):
        value = _creation.tensor(value)
    if getattr(value, '_is_tensor', False) and value._source is tensor and _same_part(value._part, parts):
        # `x[i] += 1`: the change of the view has already reached the whole.
        return
    if _inits.outside(tensor) and _inits.is_weight(tensor):
        _inits.part(tensor, parts, value)
        return
    if any(_is_mask(part) for part in parts):
        tensor._become(_masked(tensor, parts, value))
        return
    if isinstance(value, _Selected):
        value.refuse()
    try:
        tensor._become(_dispatch.set_item(tensor, parts, value))
    except TableError:
        if not _inits.outside(tensor) or tensor._expression is None:
            raise
        _set_constant(tensor, parts, value)


def _masked(tensor, parts, value):
    """x[mask] = value, where one value goes everywhere the mask is true."""
    parts, dim, mask = _completed(tensor, parts), 0, None
    for part in parts:
        if _is_mask(part) and mask is None:
            mask = part
            shape = [1] * dim + list(part._shape) + [1] * (tensor.ndim - dim - part.ndim)
        elif not (isinstance(part, slice) and part == slice(None)):
            raise Unsupported('A mask together with other indices is not known to the reader yet.')
        dim += part.ndim if _is_mask(part) else 1
    if isinstance(value, _Selected):
        same = len(value.parts) == 1 and value.parts[0] is mask and value.source._shape == tensor._shape
        if not same:
            value.refuse()
        value = value.source.to(tensor._dtype)
    elif getattr(value, '_is_tensor', False):
        if value.numel() != 1:
            raise DependsOnData(
                'An assignment by a mask that is computed from the input takes one number here; '
                'how many it takes otherwise depends on the numbers.'
            )
        value = value.reshape([]).to(tensor._dtype)
    return _dispatch.call('torch.where', (mask.reshape(shape), value, tensor), {}).to(tensor._dtype)


def _completed(tensor, parts):
    used = sum(part.ndim if _is_mask(part) else part is not Ellipsis for part in parts)
    rest = [slice(None)] * (tensor.ndim - used)
    if Ellipsis in [part for part in parts if not getattr(part, '_is_tensor', False)]:
        at = next(i for i, part in enumerate(parts) if part is Ellipsis)
        return [*parts[:at], *rest, *parts[at + 1:]]
    return [*parts, *rest]


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
