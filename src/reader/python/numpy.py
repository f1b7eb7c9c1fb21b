"""The few names of numpy that models use to work sizes out: numbers in, numbers out. Arrays are not known."""

import math

from torch._inert import Inert, class_named

__version__ = '1.26.0'
pi, e, inf, nan, newaxis = math.pi, math.e, math.inf, math.nan, None
float32 = float64 = float16 = float_ = float
int32 = int64 = int16 = int8 = uint8 = int_ = int
bool_ = bool
ndarray = class_named('numpy.ndarray')


def _flat(values):
    if isinstance(values, (list, tuple)):
        return [number for value in values for number in _flat(value)]
    return [values]


def _number(function):
    """On a number gives a number, on a list a list."""
    def apply(x, *args):
        if getattr(x, '_is_tensor', False) or isinstance(x, Inert):
            return Inert._named(f'numpy.{function.__name__}')(x)
        return [apply(item, *args) for item in x] if isinstance(x, (list, tuple)) else function(x, *args)

    return apply


sqrt, exp, log, log2, log10 = (_number(f) for f in (math.sqrt, math.exp, math.log, math.log2, math.log10))
sin, cos, tan, tanh = (_number(f) for f in (math.sin, math.cos, math.tan, math.tanh))
ceil, floor = (_number(lambda x, f=f: float(f(x))) for f in (math.ceil, math.floor))
abs = absolute = _number(abs)
round = around = _number(round)
power = _number(pow)
maximum, minimum = max, min


def prod(values, axis=None):
    return math.prod(_flat(list(values) if not isinstance(values, (int, float)) else values))


product = prod


def sum(values, axis=None):
    return math.fsum(numbers) if any_float(numbers := _flat(list(values))) else _total(numbers)


def any_float(numbers):
    return any(isinstance(number, float) for number in numbers)


def _total(numbers):
    total = 0
    for number in numbers:
        total += number
    return total


def mean(values, axis=None):
    numbers = _flat(list(values))
    return math.fsum(numbers) / len(numbers)


def cumsum(values):
    totals = []
    for number in values:
        totals.append(number + (totals[-1] if totals else 0))
    return totals


def linspace(start, stop, num=50, endpoint=True):
    steps = max(num - 1 if endpoint else num, 1)
    return [start + (stop - start) * i / steps for i in range(num)]


def isscalar(value):
    return isinstance(value, (int, float, str, bool))


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return class_named(f'numpy.{name}') if name[:1].isupper() else Inert._named(f'numpy.{name}')
