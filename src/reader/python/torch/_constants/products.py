"""Products of constants: matrices, vectors, einsum."""

import math

from .._bridge import Unsupported
from .array import Array, broadcast, common, strides_of


def _matmul(out, input, other=None, mat2=None, vec=None, tensor=None):
    other = next(value for value in (other, mat2, vec, tensor) if value is not None)
    a = Array((1, *input.shape), input.flat) if len(input.shape) == 1 else input
    b = Array((*other.shape, 1), other.flat) if len(other.shape) == 1 else other
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    if inner != b.shape[-2]:
        raise RuntimeError(f'mat1 and mat2 shapes cannot be multiplied ({list(input.shape)} and {list(other.shape)})')
    batch = common(a.shape[:-2], b.shape[:-2])
    left, right = broadcast(a, (*batch, rows, inner)), broadcast(b, (*batch, inner, columns))
    numbers = []
    for i in range(math.prod(batch)):
        second = right[i * inner * columns:(i + 1) * inner * columns]
        lines = [second[j::columns] for j in range(columns)]
        for r in range(rows):
            start = (i * rows + r) * inner
            row = left[start:start + inner]
            numbers.extend(sum(map(lambda x, y: x * y, row, line)) for line in lines)
    shape = (*batch, *((rows,) if len(input.shape) > 1 else ()), *((columns,) if len(other.shape) > 1 else ()))
    return shape, numbers


def _outer(out, input, vec2=None, other=None):
    second = vec2 if vec2 is not None else other
    return (len(input.flat), len(second.flat)), [a * b for a in input.flat for b in second.flat]


def _einsum(out, equation, operands):
    """By going through every combination of letters: constants are small."""
    equation = equation.replace(' ', '')
    left, arrow, right = equation.partition('->')
    if '.' in equation:
        raise Unsupported('An einsum of constants with an ellipsis is not known to the reader yet.')
    inputs = left.split(',')
    letters = {letter: size for word, array in zip(inputs, operands) for letter, size in zip(word, array.shape)}
    if not arrow:
        right = ''.join(sorted(letter for letter in letters if left.count(letter) == 1))
    order = [*right, *(letter for letter in letters if letter not in right)]
    shape = [letters[letter] for letter in order]
    strides = [
        [sum(stride for one, stride in zip(word, strides_of(array.shape)) if one == letter) for letter in order]
        for word, array in zip(inputs, operands)
    ]
    places = [[0] for _ in operands]
    for d, size in enumerate(shape):
        places = [[p + i * steps[d] for p in found for i in range(size)] for found, steps in zip(places, strides)]
    products = [math.prod(array.flat[p] for array, p in zip(operands, at)) for at in zip(*places)]
    group = math.prod(shape[len(right):])
    numbers = [sum(products[i:i + group]) for i in range(0, len(products), group)]
    return tuple(shape[:len(right)]), numbers


operations = {
    **{name: _matmul for name in ('matmul', 'mm', 'bmm', 'mv', 'dot')},
    '__rmatmul__': lambda out, input, other: _matmul(out, other, input),
    'outer': _outer, 'ger': _outer, 'einsum': _einsum,
}
