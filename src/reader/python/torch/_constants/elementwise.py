"""Arithmetic, comparison and functions of single numbers, with broadcasting."""

import math
import operator

from .array import as_array, broadcast, common


def elementwise(function):
    def operation(out, input, *others, **named):
        arrays = [as_array(input), *map(as_array, others)]
        arrays += [as_array(named[key]) for key in ('other', 'exponent', 'tensor1', 'tensor2', 'end', 'weight') if key in named]
        shape = common(*(array.shape for array in arrays))
        return shape, list(map(function, *(broadcast(array, shape) for array in arrays)))

    return operation


def _safe(function):
    def guarded(*args):
        try:
            return function(*args)
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    return guarded


def divide(a, b):
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a)
    return a / b


def _log(function):
    return lambda x: -math.inf if x == 0 else function(x) if x > 0 else math.nan


def _scaled(sign):
    """add and sub with their `alpha`."""
    def operation(out, input, other, alpha=1):
        factor = sign * alpha
        plain = {1: operator.add, -1: operator.sub}.get(factor)
        return elementwise(plain or (lambda a, b: a + factor * b))(out, input, other)

    return operation


_ROUNDED = {
    None: divide,
    'floor': _safe(lambda a, b: a // b),
    'trunc': _safe(lambda a, b: math.trunc(a / b)),
}


def _div(out, input, other, rounding_mode=None):
    return elementwise(_ROUNDED[rounding_mode])(out, input, other)


def _clamp(out, input, min=None, max=None):
    result = input
    if min is not None:
        result = as_array(result)
        shape, flat = elementwise(lambda a, low: low if a < low else a)(out, result, min)
        result = type(as_array(0))(shape, flat)
    if max is not None:
        shape, flat = elementwise(lambda a, high: high if a > high else a)(out, result, max)
        return shape, flat
    return result.shape, result.flat


def _limit(name):
    return lambda out, input, **bounds: _clamp(out, input, **{name: bounds[name]})


def _whole(a):
    return isinstance(a, bool)


def _sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _erfinv(x):
    """By Newton's method from a rational first guess."""
    if not -1 < x < 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    logarithm = math.log(1 - x * x)
    first = 2 / (math.pi * 0.147) + logarithm / 2
    y = math.copysign(math.sqrt(math.sqrt(first * first - logarithm / 0.147) - first), x)
    for _ in range(3):
        y -= (math.erf(y) - x) / (2 / math.sqrt(math.pi) * math.exp(-y * y))
    return y


def _power(a, b):
    try:
        result = a ** b
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return math.nan if isinstance(result, complex) else result


def _keeping_nan(function):
    return lambda a, b: a if a != a else b if b != b else function(a, b)


operations = {
    'add': _scaled(1),
    'sub': _scaled(-1),
    'rsub': lambda out, input, other, alpha=1: _scaled(-1)(out, other, input, alpha),
    'mul': elementwise(lambda a, b: a * b),
    'div': _div,
    'true_divide': elementwise(divide),
    '__rtruediv__': elementwise(lambda a, b: divide(b, a)),
    'floor_divide': elementwise(_safe(lambda a, b: a // b)),
    '__rfloordiv__': elementwise(_safe(lambda a, b: b // a)),
    'remainder': elementwise(_safe(lambda a, b: a % b)),
    '__rmod__': elementwise(_safe(lambda a, b: b % a)),
    'fmod': elementwise(_safe(math.fmod)),
    'pow': elementwise(_power),
    '__rpow__': elementwise(lambda a, b: _power(b, a)),
    'addcmul': lambda out, input, tensor1, tensor2, value=1:
        elementwise(lambda a, b, c: a + value * b * c)(out, input, tensor1, tensor2),
    'addcdiv': lambda out, input, tensor1, tensor2, value=1:
        elementwise(lambda a, b, c: a + value * divide(b, c))(out, input, tensor1, tensor2),
    'lerp': elementwise(lambda a, b, w: a + w * (b - a)),
    'maximum': elementwise(_keeping_nan(max)),
    'minimum': elementwise(_keeping_nan(min)),
    'atan2': elementwise(math.atan2),
    'hypot': elementwise(math.hypot),
    'neg': elementwise(lambda a: -a),
    'abs': elementwise(abs),
    'sign': elementwise(lambda a: (a > 0) - (a < 0)),
    'exp': elementwise(_safe(math.exp)),
    'exp2': elementwise(_safe(lambda a: 2.0 ** a)),
    'expm1': elementwise(_safe(math.expm1)),
    'log': elementwise(_log(math.log)),
    'log2': elementwise(_log(math.log2)),
    'log10': elementwise(_log(math.log10)),
    'log1p': elementwise(lambda a: _log(lambda _: math.log1p(a))(1 + a)),
    'sin': elementwise(_safe(math.sin)),
    'cos': elementwise(_safe(math.cos)),
    'tan': elementwise(_safe(math.tan)),
    'asin': elementwise(_safe(math.asin)),
    'acos': elementwise(_safe(math.acos)),
    'atan': elementwise(math.atan),
    'sinh': elementwise(_safe(math.sinh)),
    'cosh': elementwise(_safe(math.cosh)),
    'tanh': elementwise(math.tanh),
    'sigmoid': elementwise(_sigmoid),
    'relu': elementwise(lambda a: a if a > 0 else 0),
    'erf': elementwise(math.erf),
    'erfc': elementwise(math.erfc),
    'erfinv': elementwise(_erfinv),
    'sqrt': elementwise(_safe(math.sqrt)),
    'rsqrt': elementwise(lambda a: divide(1, _safe(math.sqrt)(a))),
    'square': elementwise(lambda a: a * a),
    'reciprocal': elementwise(lambda a: divide(1, a)),
    'floor': elementwise(lambda a: a if math.isinf(a) or a != a else math.floor(a)),
    'ceil': elementwise(lambda a: a if math.isinf(a) or a != a else math.ceil(a)),
    'trunc': elementwise(_safe(math.trunc)),
    'frac': elementwise(lambda a: a - math.trunc(a)),
    'round': lambda out, input, decimals=0: elementwise(lambda a: round(a, decimals) if decimals else round(a))(out, input),
    'isnan': elementwise(lambda a: a != a),
    'isinf': elementwise(math.isinf),
    'isfinite': elementwise(math.isfinite),
    'eq': elementwise(lambda a, b: a == b),
    'ne': elementwise(lambda a, b: a != b),
    'lt': elementwise(lambda a, b: a < b),
    'le': elementwise(lambda a, b: a <= b),
    'gt': elementwise(lambda a, b: a > b),
    'ge': elementwise(lambda a, b: a >= b),
    'isclose': lambda out, input, other, rtol=1e-5, atol=1e-8, equal_nan=False:
        elementwise(lambda a, b: abs(a - b) <= atol + rtol * abs(b))(out, input, other),
    'logical_not': elementwise(lambda a: not a),
    'logical_and': elementwise(lambda a, b: bool(a and b)),
    'logical_or': elementwise(lambda a, b: bool(a or b)),
    'logical_xor': elementwise(lambda a, b: bool(a) != bool(b)),
    'bitwise_not': elementwise(lambda a: not a if _whole(a) else ~a),
    'bitwise_and': elementwise(lambda a, b: a & b),
    'bitwise_or': elementwise(lambda a, b: a | b),
    'bitwise_xor': elementwise(lambda a, b: a ^ b),
    'clamp': _clamp,
    'clamp_min': _limit('min'),
    'clamp_max': _limit('max'),
}
