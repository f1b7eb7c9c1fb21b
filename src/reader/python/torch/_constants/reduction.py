"""Sums, extremes and running totals, over some or all dimensions."""

import math

from .array import Array, Many, as_array, lines, strided, strides_of
from .elementwise import elementwise


def reduction(function):
    def operation(out, input, dim=None, keepdim=False, **_):
        dims = range(len(input.shape)) if dim is None or dim == [] else [dim] if isinstance(dim, int) else dim
        dims = [d % len(input.shape) for d in dims] if input.shape else []
        kept = [d for d in range(len(input.shape)) if d not in dims]
        strides = strides_of(input.shape)
        inner_shape = [input.shape[d] for d in dims]
        starts = strided(range(len(input.flat)), [input.shape[d] for d in kept], [strides[d] for d in kept])
        numbers = [function(strided(input.flat, inner_shape, [strides[d] for d in dims], s)) for s in starts]
        shape = [1 if d in dims else n for d, n in enumerate(input.shape)] if keepdim else [input.shape[d] for d in kept]
        return tuple(shape), numbers

    return operation


def _running(step):
    def operation(out, input, dim=0, **_):
        def totals(row):
            found = []
            for number in row:
                found.append(number if not found else step(found[-1], number))
            return found

        rows, joined = lines(input, dim)
        shape, flat = joined([totals(row) for row in rows])
        return input.shape if not flat else shape, flat

    return operation


def _compare_dim(choose, index_only=False):
    positions = reduction(lambda numbers: numbers.index(choose(numbers)))
    reduce_all = positions if index_only else reduction(choose)

    def operation(out, input, dim=None, keepdim=False, other=None):
        if isinstance(dim, Array):
            other, dim = dim, None
        if other is not None:
            return elementwise(lambda a, b: choose((a, b)))(out, input, other)
        if dim is None or index_only:
            return reduce_all(out, input, dim, keepdim)
        return Many([reduce_all(out, input, dim, keepdim), positions(out, input, dim, keepdim)])

    return operation


def _spread(finish):
    def operation(out, input, dim=None, unbiased=True, keepdim=False, correction=None, **_):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        less = (1 if unbiased else 0) if correction is None else correction

        def variance(numbers):
            middle = math.fsum(numbers) / len(numbers)
            total = math.fsum((n - middle) ** 2 for n in numbers)
            return finish(total / (len(numbers) - less)) if len(numbers) > less else math.nan

        return reduction(variance)(out, input, dim, keepdim)

    return operation


def _norm(out, input, p=2, dim=None, keepdim=False, ord=None, **_):
    power = p if ord is None else ord
    power = 2 if power in ('fro', None) else float(power)

    def length(numbers):
        sizes = [abs(n) for n in numbers]
        if math.isinf(power):
            return max(sizes) if power > 0 else min(sizes)
        return float(sum(1 for n in sizes if n)) if power == 0 else math.fsum(n ** power for n in sizes) ** (1 / power)

    return reduction(length)(out, input, dim, keepdim)


def _softmax(out, input, dim, **_):
    def shares(row):
        weights = [math.exp(n - max(row)) for n in row]
        return [weight / sum(weights) for weight in weights]

    rows, joined = lines(input, dim)
    return joined([shares(row) for row in rows])


def _diff(out, input, n=1, dim=-1, **_):
    array = input
    for _ in range(n):
        rows, joined = lines(array, dim)
        array = Array(*joined([[b - a for a, b in zip(row, row[1:])] for row in rows]))
    return array.shape, array.flat


def _equal(out, input, other):
    same = as_array(input).shape == as_array(other).shape and input.flat == other.flat
    return (), [same]


operations = {
    'sum': reduction(sum),
    'mean': reduction(lambda numbers: math.fsum(numbers) / len(numbers) if numbers else math.nan),
    'prod': reduction(math.prod),
    'amax': reduction(max),
    'amin': reduction(min),
    'any': reduction(any),
    'all': reduction(all),
    'count_nonzero': reduction(lambda numbers: sum(1 for n in numbers if n)),
    'var': _spread(lambda variance: variance),
    'std': _spread(math.sqrt),
    'norm': _norm,
    'vector_norm': _norm,
    'logsumexp': reduction(lambda numbers: max(numbers) + math.log(sum(math.exp(n - max(numbers)) for n in numbers))),
    'max': _compare_dim(max),
    'min': _compare_dim(min),
    'argmax': _compare_dim(max, True),
    'argmin': _compare_dim(min, True),
    'cumsum': _running(lambda total, n: total + n),
    'cumprod': _running(lambda total, n: total * n),
    'softmax': _softmax,
    'diff': _diff,
    'equal': _equal,
}
