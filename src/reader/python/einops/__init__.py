"""einops over the tracing torch: a pattern is a reshape, a permutation, a reduction or an expansion, a reshape."""

import functools
import math

import torch

__version__ = '0.8.0'
_DOTS = '…'
# An ellipsis outside of parentheses stands for dimensions of their own.
_OPEN = ('…', 'open')


class EinopsError(RuntimeError):
    pass


def rearrange(tensor, pattern, **sizes):
    return _transform(_one(tensor), pattern, None, sizes)


def repeat(tensor, pattern, **sizes):
    return _transform(_one(tensor), pattern, 'repeat', sizes)


def reduce(tensor, pattern, reduction, **sizes):
    return _transform(_one(tensor), pattern, reduction, sizes)


def parse_shape(x, pattern):
    names = pattern.split()
    if len(names) != len(x.shape):
        raise RuntimeError(f"Can't parse shape with different number of dimensions: {pattern} {tuple(x.shape)}")
    return {name: size for name, size in zip(names, x.shape) if name != '_'}


def einsum(*args):
    """Like torch.einsum, with names of any length and the pattern last."""
    *tensors, pattern = args
    letters = {}
    left, right = pattern.split('->')

    def letter(name):
        return letters.setdefault(name, chr(ord('a') + len(letters)))

    def side(text):
        return ''.join('...' if name == '...' else letter(name) for name in text.split())

    equation = ','.join(side(part) for part in left.split(',')) + '->' + side(right)
    return torch.einsum(equation, *tensors)


def pack(tensors, pattern):
    names = pattern.split()
    at = names.index('*')
    after = len(names) - at - 1
    shapes, flat = [], []
    for tensor in tensors:
        inner = tensor.shape[at:tensor.ndim - after]
        shapes.append(torch.Size(inner))
        flat.append(tensor.reshape(*tensor.shape[:at], inner.numel(), *tensor.shape[tensor.ndim - after:]))
    return torch.cat(flat, dim=at), shapes


def unpack(tensor, shapes, pattern):
    at = pattern.split().index('*')
    sizes = [math.prod(shape) for shape in shapes]
    parts = torch.split(tensor, sizes, dim=at)
    return [
        part.reshape(*part.shape[:at], *shape, *part.shape[at + 1:]) for part, shape in zip(parts, shapes)
    ]


def _one(tensor):
    return torch.stack(list(tensor), dim=0) if isinstance(tensor, (list, tuple)) else tensor


@functools.lru_cache(512)
def _parse(pattern):
    if pattern.count('->') != 1:
        raise EinopsError(f"The pattern '{pattern}' has no '->'.")
    left, right = pattern.split('->')
    return _groups(left), _groups(right)


def _groups(text):
    """One tuple of axis names for each dimension; a unit is an empty tuple."""
    groups, group = [], None
    for token in text.replace('...', f' {_DOTS} ').replace('(', ' ( ').replace(')', ' ) ').split():
        if token == '(':
            group = []
        elif token == ')':
            groups.append(tuple(group))
            group = None
        else:
            axes = () if token == '1' else (token,)
            if group is None:
                groups.append(_OPEN if token == _DOTS else axes)
            else:
                group.extend(axes)
    return tuple(groups)


def _transform(x, pattern, kind, sizes):
    left, right = _parse(pattern)
    left, right = _without_dots(left, right, x.ndim)
    if len(left) != x.ndim:
        raise EinopsError(f"The pattern '{pattern}' expects {len(left)} dimensions, and got {x.ndim}.")
    lengths = dict(sizes)
    for group, size in zip(left, x.shape):
        _infer(group, size, lengths, pattern)
    axes = [axis for group in left for axis in group]
    wanted = [axis for group in right for axis in group]
    if any(len(group) != 1 for group in left):
        x = x.reshape(*(lengths[axis] for axis in axes))
    x, axes = _reduced(x, axes, wanted, kind, pattern)
    order = [axes.index(axis) for axis in wanted if axis in axes]
    if order != list(range(len(order))):
        x = x.permute(*order)
    new = [axis for axis in wanted if axis not in axes]
    if new:
        if kind != 'repeat':
            raise EinopsError(f"The axis {new[0]} is on the right side of '{pattern}' only.")
        x = _repeated(x, wanted, new, lengths, pattern)
    if any(len(group) != 1 for group in right):
        x = x.reshape(*(math.prod(lengths[axis] for axis in group) for group in right))
    return x


def _without_dots(left, right, rank):
    if _OPEN not in left:
        return left, right
    names = tuple(f'{_DOTS}{i}' for i in range(rank - len(left) + 1))

    def spread(groups):
        found = []
        for group in groups:
            if group == _OPEN:
                found.extend((name,) for name in names)
            else:
                found.append(tuple(inner for axis in group for inner in (names if axis == _DOTS else (axis,))))
        return tuple(found)

    return spread(left), spread(right)


def _infer(group, size, lengths, pattern):
    known = 1
    unknown = None
    for axis in group:
        if axis.isdigit():
            lengths[axis] = int(axis)
        if axis in lengths:
            known *= lengths[axis]
        elif unknown is None:
            unknown = axis
        else:
            raise EinopsError(f"In '{pattern}' both {unknown} and {axis} are unknown.")
    if unknown is not None:
        if known == 0 or size % known:
            raise EinopsError(f"In '{pattern}' {size} is not a multiple of {known}.")
        lengths[unknown] = size // known
    elif known != size:
        raise EinopsError(f"In '{pattern}' a dimension of {known} is expected, and got {size}.")


def _reduced(x, axes, wanted, kind, pattern):
    gone = [i for i, axis in enumerate(axes) if axis not in wanted]
    if not gone:
        return x, axes
    if kind in (None, 'repeat'):
        raise EinopsError(f"The axis {axes[gone[0]]} is on the left side of '{pattern}' only.")
    kept = [axis for axis in axes if axis in wanted]
    if callable(kind):
        return kind(x, tuple(gone)), kept
    names = {'mean': 'mean', 'sum': 'sum', 'max': 'amax', 'min': 'amin', 'prod': 'prod', 'any': 'any', 'all': 'all'}
    if kind not in names:
        raise EinopsError(f'{kind!r} is not a reduction.')
    return getattr(x, names[kind])(dim=gone), kept


def _repeated(x, wanted, new, lengths, pattern):
    for axis in new:
        if axis.isdigit():
            lengths[axis] = int(axis)
        if axis not in lengths:
            raise EinopsError(f"The size of {axis} in '{pattern}' is missing.")
    for i, axis in enumerate(wanted):
        if axis in new:
            x = x.unsqueeze(i)
    return x.expand(*(lengths[axis] if axis in new else -1 for axis in wanted))
