"""Indices into a constant: reading, writing, gathering, scattering."""

import math

from .._bridge import Unsupported
from .array import Array, as_array, broadcast, common, strides_of
from .views import take


def positions(shape, index):
    """The shape of a piece of a constant, and where its elements are in the whole."""
    parts = _spelled_out(list(index), shape)
    strides = strides_of(shape)
    arrays = [part for part in parts if isinstance(part, Array)]
    index_shape = common(*(array.shape for array in arrays)) if arrays else ()
    adjacent = _adjacent(parts)
    offsets = _offsets(parts, shape, index_shape)
    result, where, placed = [], [0], False
    # What is indexed by arrays comes where it stands, or first where something stands between.
    dims, dim = [], 0
    for part in parts:
        if part is None:
            dims.append((1, [0]))
            continue
        n, stride = shape[dim], strides[dim]
        dim += 1
        if isinstance(part, Array):
            if adjacent and not placed:
                dims.append((index_shape, offsets))
                placed = True
        elif isinstance(part, int):
            dims.append((None, [(part % n) * stride]))
        else:
            chosen = [i * stride for i in range(*part.indices(n))]
            dims.append((len(chosen), chosen))
    if arrays and not adjacent:
        dims.insert(0, (index_shape, offsets))
    for sizes, steps in dims:
        if sizes is not None:
            result.extend(sizes if isinstance(sizes, tuple) else (sizes,))
        where = [p + s for p in where for s in steps]
    return tuple(result), where


def _offsets(parts, shape, index_shape):
    """Where each element of the arrays' common shape leads, as far as the arrays say."""
    strides = strides_of(shape)
    offsets, dim = [0] * math.prod(index_shape), 0
    for part in parts:
        if isinstance(part, Array):
            moved = broadcast(part, index_shape)
            offsets = [o + (i % shape[dim]) * strides[dim] for o, i in zip(offsets, moved)]
        dim += part is not None
    return offsets


def _spelled_out(parts, shape):
    """Ellipsis, masks and lists as slices and arrays of integers; one part for each dimension and each None."""
    parts = [Array((len(part),), list(part)) if isinstance(part, list) else part for part in parts]
    used = sum(_dimensions(part) for part in parts)
    dots = [i for i, part in enumerate(parts) if part is Ellipsis]
    rest = [slice(None)] * (len(shape) - used)
    if dots:
        parts[dots[0]:dots[0] + 1] = rest
    else:
        parts += rest
    return [one for part in parts for one in _unmasked(part)]


def _is_mask(part):
    return isinstance(part, Array) and bool(part.flat) and isinstance(part.flat[0], bool)


def _dimensions(part):
    if part is None or part is Ellipsis:
        return 0
    return len(part.shape) if _is_mask(part) else 1


def _unmasked(part):
    if not _is_mask(part):
        return [part]
    strides = strides_of(part.shape)
    true = [i for i, flag in enumerate(part.flat) if flag]
    return [Array((len(true),), [i // stride % size for i in true]) for size, stride in zip(part.shape, strides)]


def _adjacent(parts):
    at = [i for i, part in enumerate(parts) if isinstance(part, Array)]
    return not at or at[-1] - at[0] == len(at) - 1


def _get(out, input, index):
    shape, where = positions(input.shape, index)
    return shape, [input.flat[p] for p in where]


def _set(out, input, index, value):
    numbers = list(input.flat)
    shape, where = positions(input.shape, index)
    value = as_array(value)
    while len(value.shape) > len(shape) and value.shape[0] == 1:
        value = Array(value.shape[1:], value.flat)
    for position, number in zip(where, broadcast(value, shape)):
        numbers[position] = number
    return input.shape, numbers


def _index_select(out, input, dim, index):
    return take(input, dim, index.flat)


def _along(shape, dim, index):
    """For each element of an index its place in a tensor of `shape`, where it stands along the others."""
    dim %= len(shape)
    own, strides = strides_of(index.shape), strides_of(shape)
    for flat, chosen in enumerate(index.flat):
        place = chosen % shape[dim] * strides[dim]
        for d, (size, step) in enumerate(zip(index.shape, own)):
            if d != dim:
                place += flat // step % size * strides[d]
        yield place


def _gather(out, input, dim, index, **_):
    return index.shape, [input.flat[place] for place in _along(input.shape, dim, index)]


def _take_along_dim(out, input, indices, dim=None):
    if dim is None:
        return (len(indices.flat),), [input.flat[i] for i in indices.flat]
    return _gather(out, input, dim, indices)


def _scattered(combine):
    def operation(out, input, dim, index, src=None, value=None, reduce=None, **_):
        given = src if src is not None else value
        numbers = list(input.flat)
        if isinstance(given, Array):
            source = [given.flat[place] for place in _rows(given.shape, index.shape)]
        else:
            source = [given] * len(index.flat)
        how = {'add': lambda a, b: a + b, 'multiply': lambda a, b: a * b, 'sum': lambda a, b: a + b, None: combine}[reduce]
        for place, number in zip(_along(input.shape, dim, index), source):
            numbers[place] = how(numbers[place], number)
        return input.shape, numbers

    return operation


def _rows(shape, part):
    """Where the elements of a corner of size `part` are in a tensor of `shape`."""
    return positions(shape, [slice(0, n) for n in part])[1]


def _by_rows(combine):
    """index_add, index_copy: pieces of a dimension changed by the pieces of `source`."""
    def operation(out, input, dim, index, source, alpha=1):
        dim %= len(input.shape)
        numbers = list(input.flat)
        for i, row in enumerate(index.flat):
            lead = [slice(None)] * dim
            _, to = positions(input.shape, [*lead, row])
            _, of = positions(source.shape, [*lead, i])
            for place, number in zip(to, of):
                numbers[place] = combine(numbers[place], alpha * source.flat[number])
        return input.shape, numbers

    return operation


def _index_fill(out, input, dim, index, value):
    value = value.flat[0] if isinstance(value, Array) else value
    lead = [slice(None)] * (dim % len(input.shape))
    return _set(out, input, [*lead, index], value)


def _where(out, condition, input=None, other=None):
    if input is None:
        return _nonzero_tuple(condition)
    arrays = [condition, as_array(input), as_array(other)]
    shape = common(*(array.shape for array in arrays))
    return shape, [a if c else b for c, a, b in zip(*(broadcast(array, shape) for array in arrays))]


def _masked_fill(out, input, mask, value):
    value = value.flat[0] if isinstance(value, Array) else value
    return _where(out, mask, value, input)


def _masked_select(out, input, mask):
    shape = common(input.shape, mask.shape)
    found = [n for n, flag in zip(broadcast(input, shape), broadcast(mask, shape)) if flag]
    return (len(found),), found


def _nonzero_tuple(input):
    from .array import Many
    strides = strides_of(input.shape)
    true = [i for i, n in enumerate(input.flat) if n]
    return Many([((len(true),), [i // stride % size for i in true]) for size, stride in zip(input.shape, strides)])


def _nonzero(out, input, as_tuple=False):
    found = _nonzero_tuple(input)
    if as_tuple:
        return found
    count = len(found.parts[0][1]) if found.parts else 0
    return (count, len(input.shape)), [part[1][i] for i in range(count) for part in found.parts]


def _diag(out, input, diagonal=0):
    if len(input.shape) == 2:
        from .views import operations as views
        return views['diagonal'](out, input, diagonal)
    return _diag_embed(out, input, diagonal)


def _diag_embed(out, input, offset=0, dim1=-2, dim2=-1):
    if (dim1, dim2) != (-2, -1):
        raise Unsupported('diag_embed of a constant into other dimensions than the last is not known to the reader yet.')
    n = input.shape[-1] + abs(offset)
    numbers = []
    for start in range(0, len(input.flat), input.shape[-1]):
        row = input.flat[start:start + input.shape[-1]]
        square = [0] * (n * n)
        for i, number in enumerate(row):
            square[(i + max(-offset, 0)) * n + i + max(offset, 0)] = number
        numbers += square
    return (*input.shape[:-1], n, n), numbers


def _unsupported_complex(*_, **__):
    raise Unsupported('Complex numbers are not known to the reader.')


operations = {
    '__getitem__': _get, '__setitem__': _set, 'index_select': _index_select,
    'gather': _gather, 'take_along_dim': _take_along_dim, 'take': lambda out, input, index: (
        index.shape, [input.flat[i] for i in index.flat]),
    'scatter': _scattered(lambda old, new: new), 'scatter_add': _scattered(lambda old, new: old + new),
    'index_add': _by_rows(lambda old, new: old + new), 'index_copy': _by_rows(lambda old, new: new),
    'index_fill': _index_fill, 'index_put': lambda out, input, indices, values: _set(out, input, list(indices), values),
    'where': _where, 'masked_fill': _masked_fill, 'masked_select': _masked_select,
    'nonzero': _nonzero, 'argwhere': _nonzero, 'diag': _diag, 'diag_embed': _diag_embed,
    'complex': _unsupported_complex, 'polar': _unsupported_complex,
}
