"""Arrays of a constant's numbers: a shape, and a flat list in row order."""

import math
from itertools import chain


class Array:
    __slots__ = ('shape', 'flat')

    def __init__(self, shape, flat):
        self.shape, self.flat = tuple(shape), flat


class Many:
    """Several results of one call: (shape, numbers) each."""

    def __init__(self, parts):
        self.parts = parts


def as_array(value):
    return value if isinstance(value, Array) else Array((), [value])


def strides_of(shape):
    strides = []
    step = 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return strides


def strided(flat, shape, strides, offset=0):
    positions = [offset]
    for size, stride in zip(shape, strides):
        positions = [p + i * stride for p in positions for i in range(size)]
    return [flat[p] for p in positions]


def broadcast(array, shape):
    if array.shape == tuple(shape):
        return array.flat
    if len(array.flat) == 1:
        return array.flat * math.prod(shape)
    own = (1,) * (len(shape) - len(array.shape)) + array.shape
    flat, inner = array.flat, 1
    # From the last dimension: what has one place there is written out as often as it is wanted.
    for size, wanted in zip(reversed(own), reversed(tuple(shape))):
        if size != wanted:
            flat = list(chain.from_iterable(flat[i:i + inner] * wanted for i in range(0, len(flat), inner)))
        inner *= wanted
    return flat


def common(*shapes):
    """The shape all of them broadcast to."""
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result = []
    for sizes in zip(*padded):
        wide = {n for n in sizes if n != 1}
        if len(wide) > 1:
            raise RuntimeError(f'The shapes {" and ".join(str(list(shape)) for shape in shapes)} do not broadcast.')
        result.append(wide.pop() if wide else 1)
    return tuple(result)


def nested(flat, shape):
    """Lists of lists, as .tolist() gives."""
    if not shape:
        return flat[0]
    if len(shape) == 1:
        return list(flat)
    step = len(flat) // shape[0] if shape[0] else 0
    return [nested(flat[i * step:(i + 1) * step], shape[1:]) for i in range(shape[0])]


def flattened(data):
    if not isinstance(data, (list, tuple)):
        return [data]
    return [number for item in data for number in flattened(item)]


def lines(array, dim):
    """The numbers along one dimension, one list for each place in the others, and how to put lists back."""
    dim %= max(len(array.shape), 1)
    if not array.shape:
        return [array.flat], lambda rows: ((), [row[0] for row in rows])
    size, inner = array.shape[dim], math.prod(array.shape[dim + 1:])
    outer = math.prod(array.shape[:dim])
    rows = [array.flat[o * size * inner + i:(o + 1) * size * inner:inner] for o in range(outer) for i in range(inner)]

    def joined(rows):
        length = len(rows[0]) if rows else 0
        flat = [rows[o * inner + i][j] for o in range(outer) for j in range(length) for i in range(inner)]
        return array.shape[:dim] + (length,) + array.shape[dim + 1:], flat

    return rows, joined
