"""Views and joins: the same numbers in another order or shape."""

import math

from .._bridge import Unsupported
from .array import Array, Many, broadcast, strided, strides_of


def _same(out, input, *_, **__):
    return tuple(out._shape) if out is not None else input.shape, input.flat


def _expand(out, input, *_, **__):
    return tuple(out._shape), broadcast(input, tuple(out._shape))


def _permuted(order):
    def operation(out, input, *args, **named):
        dims = [d % len(input.shape) for d in order(len(input.shape), *args, **named)]
        strides = strides_of(input.shape)
        shape = tuple(input.shape[d] for d in dims)
        return shape, strided(input.flat, shape, [strides[d] for d in dims])

    return operation


def _swap(rank, dim0, dim1):
    order = list(range(rank))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return order


def _select(out, input, dim, index):
    dim %= len(input.shape)
    strides = strides_of(input.shape)
    offset = (index % input.shape[dim]) * strides[dim]
    shape = input.shape[:dim] + input.shape[dim + 1:]
    return shape, strided(input.flat, shape, strides[:dim] + strides[dim + 1:], offset)


def piece(input, dim, start, length, step=1):
    dim %= len(input.shape)
    strides = strides_of(input.shape)
    shape = input.shape[:dim] + (length,) + input.shape[dim + 1:]
    offset = start * strides[dim]
    strides[dim] *= step
    return shape, strided(input.flat, shape, strides, offset)


def _narrow(out, input, dim, start, length):
    return piece(input, dim, start % max(input.shape[dim], 1) if start < 0 else start, length)


def _unbind(out, input, dim=0):
    return Many([_select(None, input, dim, i) for i in range(input.shape[dim])])


def _triangle(keep):
    def operation(out, input, diagonal=0):
        rows, columns = input.shape[-2:]
        zero = False if input.flat and isinstance(input.flat[0], bool) else 0
        return input.shape, [
            n if keep(i % columns - (i // columns) % rows, diagonal) else zero for i, n in enumerate(input.flat)
        ]

    return operation


def _moved(rank, source, destination):
    source = [d % rank for d in ([source] if isinstance(source, int) else source)]
    destination = [d % rank for d in ([destination] if isinstance(destination, int) else destination)]
    rest = iter(d for d in range(rank) if d not in source)
    return [source[destination.index(d)] if d in destination else next(rest) for d in range(rank)]


def _split(out, input, split_size_or_sections=None, dim=0, split_size=None, split_sizes=None):
    sizes = next(given for given in (split_size_or_sections, split_size, split_sizes) if given is not None)
    n = input.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, n - i) for i in range(0, n, sizes)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return Many([piece(input, dim, start, size) for start, size in zip(starts, sizes)])


def _chunk(out, input, chunks, dim=0):
    return _split(out, input, -(-input.shape[dim] // chunks), dim)


def _tensor_split(out, input, indices, dim=0, sections=None):
    n, where = input.shape[dim], sections if sections is not None else indices
    if isinstance(where, int):
        sizes = [n // where + (i < n % where) for i in range(where)]
        cuts = [sum(sizes[:i]) for i in range(1, where)]
    else:
        cuts = [min(max(cut + n if cut < 0 else cut, 0), n) for cut in where]
    starts, ends = [0, *cuts], [*cuts, n]
    return Many([piece(input, dim, start, max(end - start, 0)) for start, end in zip(starts, ends)])


def _diagonal(out, input, offset=0, dim1=0, dim2=1):
    rank = len(input.shape)
    dim1, dim2 = dim1 % rank, dim2 % rank
    strides = strides_of(input.shape)
    rows, columns = input.shape[dim1] + min(offset, 0), input.shape[dim2] - max(offset, 0)
    kept = [d for d in range(rank) if d not in (dim1, dim2)]
    shape = (*(input.shape[d] for d in kept), max(min(rows, columns), 0))
    start = max(offset, 0) * strides[dim2] + max(-offset, 0) * strides[dim1]
    return shape, strided(input.flat, shape, [*(strides[d] for d in kept), strides[dim1] + strides[dim2]], start)


def cat(out, tensors, dim=0):
    tensors = [array for array in tensors if array.shape != (0,)] or list(tensors)[:1]
    dim %= len(tensors[0].shape)
    before = math.prod(tensors[0].shape[:dim])
    numbers = []
    for i in range(before):
        for array in tensors:
            step = len(array.flat) // before
            numbers.extend(array.flat[i * step:(i + 1) * step])
    total = sum(array.shape[dim] for array in tensors)
    return tensors[0].shape[:dim] + (total,) + tensors[0].shape[dim + 1:], numbers


def _stack(out, tensors, dim=0):
    dim %= len(tensors[0].shape) + 1
    return cat(out, [Array(a.shape[:dim] + (1,) + a.shape[dim:], a.flat) for a in tensors], dim)


def _at_least(array, rank):
    return Array((1,) * (rank - len(array.shape)) + array.shape, array.flat)


def _hstack(out, tensors):
    tensors = [_at_least(array, 1) for array in tensors]
    return cat(out, tensors, 0 if len(tensors[0].shape) == 1 else 1)


def _vstack(out, tensors):
    return cat(out, [_at_least(array, 2) for array in tensors], 0)


def _block_diag(out, *tensors):
    tensors = [_at_least(array, 2) for array in tensors]
    columns, before, numbers = sum(array.shape[1] for array in tensors), 0, []
    for array in tensors:
        n = array.shape[1]
        for i in range(array.shape[0]):
            numbers += [0] * before + list(array.flat[i * n:(i + 1) * n]) + [0] * (columns - before - n)
        before += n
    return (sum(array.shape[0] for array in tensors), columns), numbers


def meshgrid(out, *tensors, indexing='ij', **named):
    arrays = list(named.get('tensors', tensors))
    if len(arrays) == 1 and isinstance(arrays[0], (list, tuple)):
        arrays = list(arrays[0])
    if indexing == 'xy' and len(arrays) > 1:
        swapped = meshgrid(out, arrays[1], arrays[0], *arrays[2:]).parts
        return Many([swapped[1], swapped[0], *swapped[2:]])
    shape = tuple(array.shape[0] if array.shape else 1 for array in arrays)
    parts = []
    for d, array in enumerate(arrays):
        own = Array((1,) * d + (shape[d],) + (1,) * (len(shape) - d - 1), array.flat)
        parts.append((shape, broadcast(own, shape)))
    return Many(parts)


def take(input, dim, positions):
    """The pieces at these positions of a dimension, joined."""
    n = input.shape[dim]
    if not positions:
        dim %= len(input.shape)
        return input.shape[:dim] + (0,) + input.shape[dim + 1:], []
    return cat(None, [Array(*piece(input, dim, i % n, 1)) for i in positions], dim)


def _repeat_interleave(out, input, repeats, dim=None, output_size=None):
    array = Array((len(input.flat),), input.flat) if dim is None else input
    dim = 0 if dim is None else dim
    n = array.shape[dim]
    counts = repeats.flat if isinstance(repeats, Array) else [repeats]
    counts = counts * n if len(counts) == 1 else counts
    return take(array, dim, [i for i, count in zip(range(n), counts) for _ in range(count)])


def _repeat(out, input, repeats=None, dims=None):
    sizes = repeats if repeats is not None else dims
    sizes = (1,) * (len(input.shape) - len(sizes)) + tuple(sizes)
    array = Array((1,) * (len(sizes) - len(input.shape)) + input.shape, input.flat)
    for dim, count in enumerate(sizes):
        array = Array(*take(array, dim, list(range(array.shape[dim])) * count))
    return array.shape, array.flat


def _flip(out, input, dims):
    array = input
    for dim in [dims] if isinstance(dims, int) else dims:
        array = Array(*take(array, dim, range(array.shape[dim] - 1, -1, -1)))
    return array.shape, array.flat


def _roll(out, input, shifts, dims=()):
    shifts = [shifts] if isinstance(shifts, int) else list(shifts)
    dims = [dims] if isinstance(dims, int) else list(dims or ())
    if not dims:
        shape, flat = _roll(out, Array((len(input.flat),), input.flat), shifts, [0])
        return input.shape, flat
    array = input
    for shift, dim in zip(shifts, dims):
        n = array.shape[dim]
        array = Array(*take(array, dim, [(i - shift) % n for i in range(n)]))
    return array.shape, array.flat


def _rot90(out, input, k=1, dims=(0, 1)):
    array = input
    rank = len(input.shape)
    for _ in range(k % 4):
        array = Array(*_flip(None, array, [dims[1]]))
        array = Array(*_permuted(_swap)(None, array, dims[0] % rank, dims[1] % rank))
    return array.shape, array.flat


def _unfold(out, input, dimension, size, step):
    dim = dimension % len(input.shape)
    starts = range(0, input.shape[dim] - size + 1, step)
    strides = strides_of(input.shape)
    shape = (*input.shape[:dim], len(starts), *input.shape[dim + 1:], size)
    return shape, strided(input.flat, shape, [*strides[:dim], strides[dim] * step, *strides[dim + 1:], strides[dim]])


def _pad(out, input, pad, mode='constant', value=None):
    if mode != 'constant':
        raise Unsupported(f'Padding a constant by `{mode}` is not known to the reader yet.')
    array = input
    for i in range(len(pad) // 2):
        dim = len(input.shape) - 1 - i
        for size, first in ((pad[2 * i], True), (pad[2 * i + 1], False)):
            if size < 0:
                array = Array(*piece(array, dim, -size if first else 0, array.shape[dim] + size))
            elif size > 0:
                shape = array.shape[:dim] + (size,) + array.shape[dim + 1:]
                filled = Array(shape, [0 if value is None else value] * math.prod(shape))
                array = Array(*cat(None, [filled, array] if first else [array, filled], dim))
    return array.shape, array.flat


def _cartesian(out, *tensors):
    from itertools import product
    rows = list(product(*(array.flat for array in tensors)))
    return (len(rows), len(tensors)) if len(tensors) > 1 else (len(rows),), [n for row in rows for n in row]


def _combinations(out, input, r=2, with_replacement=False):
    import itertools
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(input.flat, r))
    return (len(rows), r), [n for row in rows for n in row]


operations = {
    **{name: _same for name in (
        'reshape view flatten ravel unsqueeze squeeze to clone detach contiguous float double half bfloat16 long int '
        'short bool cpu cuda unflatten view_as reshape_as type_as atleast_1d atleast_2d atleast_3d'
    ).split()},
    'expand': _expand, 'expand_as': _expand, 'broadcast_to': _expand,
    'permute': _permuted(lambda rank, dims: dims),
    'transpose': _permuted(_swap),
    'swapaxes': _permuted(lambda rank, axis0, axis1: _swap(rank, axis0, axis1)),
    'movedim': _permuted(_moved),
    't': _permuted(lambda rank: list(reversed(range(rank)))),
    'select': _select, 'narrow': _narrow, 'unbind': _unbind, 'split': _split, 'split_with_sizes': _split,
    'chunk': _chunk, 'tensor_split': _tensor_split, 'diagonal': _diagonal, 'unfold': _unfold,
    'cat': cat, 'concat': cat, 'concatenate': cat, 'stack': _stack, 'hstack': _hstack, 'vstack': _vstack,
    'block_diag': _block_diag, 'meshgrid': meshgrid, 'cartesian_prod': _cartesian, 'combinations': _combinations,
    'tril': _triangle(lambda offset, diagonal: offset <= diagonal),
    'triu': _triangle(lambda offset, diagonal: offset >= diagonal),
    'repeat': _repeat, 'tile': _repeat, 'repeat_interleave': _repeat_interleave,
    'flip': _flip, 'roll': _roll, 'rot90': _rot90, 'pad': _pad,
}
