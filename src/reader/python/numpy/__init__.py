"""numpy as models use it while they are built: arrays of numbers that are there. What else it has is inert."""

import math as _math

from torch._inert import Inert as _Inert
from torch._inert import class_named as _class_named

from . import _functions, random
from ._array import asarray, ndarray
from ._functions import *
from ._types import (
    bool_, float16, float32, float64, floating, generic, int8, int16, int32, int64, integer, number, signedinteger, uint8,
)

__version__ = '1.26.0'
pi, e, inf, nan, newaxis = _math.pi, _math.e, _math.inf, _math.nan, None
Inf, NaN = inf, nan
float_, double, single, int_, intp = float64, float64, float32, int64, int64
# Old spellings of Python's own types.
float, int, bool, object = float, int, bool, object
globals().update(_functions.NAMES)


class finfo:
    def __init__(self, dtype=float64):
        single = getattr(dtype, 'itemsize', 8) == 4
        self.eps = 1.1920929e-07 if single else 2.220446049250313e-16
        self.max = 3.4028234663852886e38 if single else 1.7976931348623157e308
        self.min, self.tiny = -self.max, 1.1754943508222875e-38 if single else 2.2250738585072014e-308


class dtype:
    def __new__(cls, kind):
        from ._types import of
        return of(kind)


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name == 'linalg':
        import importlib
        return importlib.import_module('numpy.linalg')
    return _class_named(f'numpy.{name}') if name[:1].isupper() else _Inert._named(f'numpy.{name}')
