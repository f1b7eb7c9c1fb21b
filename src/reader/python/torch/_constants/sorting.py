"""Order: sort, topk, unique, buckets, and what is found in the middle."""

import bisect

from .._bridge import Unsupported
from .array import Array, Many, as_array, lines


def _order(row, descending):
    return sorted(range(len(row)), key=lambda i: -row[i] if descending else row[i])


def _sort(out, input, dim=-1, descending=False, stable=False):
    return _picked(input, dim, lambda row: _order(row, descending))


def _picked(input, dim, choose):
    """Values and positions that `choose` names of each line."""
    rows, joined = lines(input, dim)
    places = [choose(row) for row in rows]
    return Many([joined([[row[i] for i in at] for row, at in zip(rows, places)]), joined(places)])


def _topk(out, input, k, dim=-1, largest=True, sorted=True):
    return _picked(input, dim, lambda row: _order(row, largest)[:k])


def _argsort(out, input, dim=-1, descending=False, stable=False):
    return _sort(out, input, dim, descending).parts[1]


def _chosen(place):
    """One element of each line in order, as median and kthvalue give it."""
    def operation(out, input, dim=None, keepdim=False, k=None, **_):
        if dim is None:
            row = sorted(input.flat)
            return (), [row[place(len(row), k)]]
        many = _picked(input, dim, lambda row: [_order(row, False)[place(len(row), k)]])
        if keepdim:
            return many
        at = dim % len(input.shape)
        return Many([(shape[:at] + shape[at + 1:], flat) for shape, flat in many.parts])

    return operation


def _unique(out, input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    if dim is not None:
        raise Unsupported('`torch.unique` along a dimension is not known to the reader yet.')
    found = list(dict.fromkeys(_sorted(input.flat)))
    parts = [((len(found),), found)]
    if return_inverse:
        where = {number: i for i, number in enumerate(found)}
        parts.append((input.shape, [where[number] for number in input.flat]))
    if return_counts:
        parts.append(((len(found),), [input.flat.count(number) for number in found]))
    return Many(parts) if len(parts) > 1 else parts[0]


_sorted = sorted


def _unique_consecutive(out, input, return_inverse=False, return_counts=False, dim=None):
    found, counts = [], []
    for number in input.flat:
        if found and found[-1] == number:
            counts[-1] += 1
        else:
            found.append(number)
            counts.append(1)
    if return_inverse or dim is not None:
        raise Unsupported('`torch.unique_consecutive` with an inverse or a dimension is not known to the reader yet.')
    first = ((len(found),), found)
    return Many([first, ((len(found),), counts)]) if return_counts else first


def _buckets(values, boundaries, right):
    values, find = as_array(values), bisect.bisect_right if right else bisect.bisect_left
    return values.shape, [find(boundaries.flat, number) for number in values.flat]


def _bincount(out, input, weights=None, minlength=0):
    counts = [0] * max([minlength, *(n + 1 for n in input.flat)])
    for i, n in enumerate(input.flat):
        counts[n] += 1 if weights is None else weights.flat[i]
    return (len(counts),), counts


operations = {
    'sort': _sort, 'msort': lambda out, input: _sort(out, input, 0).parts[0], 'topk': _topk, 'argsort': _argsort,
    'median': _chosen(lambda n, k: (n - 1) // 2), 'kthvalue': lambda out, input, k, dim=-1, keepdim=False:
        _chosen(lambda n, k: k - 1)(out, input, dim, keepdim, k),
    'unique': _unique, 'unique_consecutive': _unique_consecutive, 'bincount': _bincount,
    'bucketize': lambda out, input, boundaries, right=False, **_: _buckets(input, boundaries, right),
    'searchsorted': lambda out, sorted_sequence, input, right=False, side=None, **_:
        _buckets(input, sorted_sequence, right or side == 'right'),
}
