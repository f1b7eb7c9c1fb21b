"""Chance that is the same at each reading, and not numpy's own stream: what depends on it is named."""

from random import Random as _Random

from torch._trace import report as _report

from ._array import asarray as _asarray
from ._array import ndarray as _ndarray
from ._array import scalar as _scalar

_chance = _Random(0)


class RandomState:
    def __init__(self, seed=None):
        pass

    def __getattr__(self, name):
        if name.startswith('_') or name not in globals():
            raise AttributeError(name)
        return globals()[name]


Generator = RandomState


def default_rng(seed=None):
    return RandomState(seed)


def seed(number=None):
    _chance.seed(0)


def _drawn(size, draw):
    _report('model/random-value', "The model depends on numpy's random numbers here; the graph shows one outcome.")
    if size is None:
        return _scalar(_ndarray((), [draw()]))
    shape = (size,) if isinstance(size, int) else tuple(size)
    count = 1
    for n in shape:
        count *= n
    return _ndarray(shape, [draw() for _ in range(count)])


def rand(*shape):
    return _drawn(shape or None, _chance.random)


def randn(*shape):
    return _drawn(shape or None, lambda: _chance.gauss(0, 1))


def random(size=None):
    return _drawn(size, _chance.random)


random_sample = sample = random


def uniform(low=0.0, high=1.0, size=None):
    return _drawn(size, lambda: _chance.uniform(low, high))


def normal(loc=0.0, scale=1.0, size=None):
    return _drawn(size, lambda: _chance.gauss(loc, scale))


def standard_normal(size=None):
    return normal(size=size)


def randint(low, high=None, size=None, dtype=None):
    low, high = (0, low) if high is None else (low, high)
    return _drawn(size, lambda: _chance.randrange(low, high))


integers = randint


def permutation(x):
    order = list(range(x)) if isinstance(x, int) else list(_asarray(x))
    _report('model/random-value', "The model depends on numpy's random order here; the graph shows one outcome.")
    _chance.shuffle(order)
    return _asarray(order)


def shuffle(x):
    _chance.shuffle(x)


def choice(a, size=None, replace=True, p=None):
    options = list(range(a)) if isinstance(a, int) else list(a)
    if not replace and size is not None:
        _report('model/random-value', "The model depends on numpy's random numbers here; the graph shows one outcome.")
        return _asarray(_chance.sample(options, size if isinstance(size, int) else size[0]))
    return _drawn(size, lambda: _chance.choices(options, p)[0])
