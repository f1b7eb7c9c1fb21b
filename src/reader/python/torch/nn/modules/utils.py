from .layer import install
from .module import Module

install(__name__)


def _ntuple(n):
    def parse(value):
        return tuple(value) if hasattr(value, '__iter__') and not isinstance(value, str) else (value,) * n

    return parse


_single, _pair, _triple, _quadruple = (_ntuple(n) for n in (1, 2, 3, 4))


def _reverse_repeat_tuple(values, n):
    return tuple(value for value in reversed(values) for _ in range(n))
