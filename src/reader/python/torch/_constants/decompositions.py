"""Small dense linear algebra on rows of numbers, with the signs LAPACK gives: what models start their weights from."""

import math

from .array import Many


def rows_of(flat, columns):
    return [list(flat[i:i + columns]) for i in range(0, len(flat), columns)]


def product(a, b):
    across = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in across] for row in a]


def identity(n):
    return [[float(i == j) for j in range(n)] for i in range(n)]


def qr(rows, complete=False):
    """By Householder's reflections; R's diagonal has the sign they leave."""
    m, n = len(rows), len(rows[0])
    r, q = [list(map(float, row)) for row in rows], identity(m)
    for k in range(min(m - 1, n)):
        column = [r[i][k] for i in range(k, m)]
        size = math.sqrt(sum(x * x for x in column))
        if size == 0 or all(x == 0 for x in column[1:]):
            continue
        v = [column[0] + math.copysign(size, column[0])] + column[1:]
        scale = 2 / sum(x * x for x in v)
        for j in range(k, n):
            dot = scale * sum(v[i] * r[k + i][j] for i in range(m - k))
            for i in range(m - k):
                r[k + i][j] -= dot * v[i]
        for row in q:
            dot = scale * sum(row[k + i] * v[i] for i in range(m - k))
            for i in range(m - k):
                row[k + i] -= dot * v[i]
    if complete:
        return q, r
    kept = min(m, n)
    return [row[:kept] for row in q], [[0.0] * i + r[i][i:] for i in range(kept)]


def lu(rows):
    """(P, L, U) with rows exchanged for the largest pivot; P @ L @ U are the rows. Of square ones."""
    n = len(rows)
    u, lower, order = [list(map(float, row)) for row in rows], identity(n), list(range(n))
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(u[i][k]))
        for one in (u, order):
            one[k], one[best] = one[best], one[k]
        lower[k][:k], lower[best][:k] = lower[best][:k], lower[k][:k]
        for i in range(k + 1, n):
            factor = u[i][k] / u[k][k] if u[k][k] else 0.0
            lower[i][k] = factor
            u[i] = [a - factor * b for a, b in zip(u[i], u[k])]
            u[i][k] = 0.0
    exchanged = [[float(order[j] == i) for j in range(n)] for i in range(n)]
    return exchanged, lower, u


def determinant(rows):
    exchanged, _, u = lu(rows)
    order = [row.index(1.0) for row in exchanged]
    swaps = sum(a > b for i, a in enumerate(order) for b in order[i + 1:])
    return math.prod(u[i][i] for i in range(len(u))) * (-1) ** swaps


def inverse(rows):
    """By Gauss and Jordan."""
    n = len(rows)
    work = [list(map(float, row)) + unit for row, unit in zip(rows, identity(n))]
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(work[i][k]))
        work[k], work[best] = work[best], work[k]
        pivot = work[k][k]
        if pivot == 0:
            raise RuntimeError('The matrix is singular and has no inverse.')
        work[k] = [x / pivot for x in work[k]]
        for i in range(n):
            if i != k and work[i][k]:
                factor = work[i][k]
                work[i] = [a - factor * b for a, b in zip(work[i], work[k])]
    return [row[n:] for row in work]


def _flat(rows):
    return (len(rows), len(rows[0])), [x for row in rows for x in row]


def _matrix(input):
    if len(input.shape) != 2:
        raise TypeError('operation() knows one matrix at a time')
    return rows_of(input.flat, input.shape[1])


def _qr(out, input, some=True, mode='reduced'):
    return Many([_flat(one) for one in qr(_matrix(input), complete=not some or mode == 'complete')])


operations = {
    'qr': _qr,
    'inverse': lambda out, input: _flat(inverse(_matrix(input))), 'inv': lambda out, input: _flat(inverse(_matrix(input))),
    'det': lambda out, input: ((), [determinant(_matrix(input))]),
}
