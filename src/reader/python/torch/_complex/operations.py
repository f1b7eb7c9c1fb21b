"""What complex tensors can do, on their parts."""

import math
from itertools import product

from .. import _calls
from .._bridge import Unsupported
from . import Complex, as_complex, is_complex, pair, parts


def _real(name, *args, **kwargs):
    return _calls.call((f'torch.Tensor.{name}', f'torch.{name}', f'torch.nn.functional.{name}'), args, kwargs)


def _both(name):
    """An operation that does to both parts what it does to real tensors: views, sums, joining."""
    def operate(input, *args, **kwargs):
        several = isinstance(input, (list, tuple))
        given = [as_complex(one)._parts for one in input] if several else [as_complex(input)._parts]
        # Only the first argument may be complex.
        results = []
        for which in (0, 1):
            chosen = [one[which] for one in given]
            results.append(_real(name, chosen if several else chosen[0], *args, **kwargs))
        if isinstance(results[0], (tuple, list)):
            return tuple(Complex(re, im) for re, im in zip(*results))
        return Complex(*results)

    return operate


def _add(a, b, *, alpha=1):
    (re, im), (other_re, other_im) = parts(a), parts(b)
    if alpha != 1:
        other_re, other_im = other_re * alpha, None if other_im is None else other_im * alpha
    return Complex(*_aligned(re + other_re, _sum(im, other_im)))


def _sum(a, b):
    return b if a is None else a if b is None else a + b


def _aligned(re, im):
    """A number as imaginary part becomes a tensor."""
    if not getattr(re, '_is_tensor', False):
        re = im * 0.0 + re
    if not getattr(im, '_is_tensor', False):
        im = re * 0.0 + (0.0 if im is None else im)
    return re, im


def _sub(a, b, *, alpha=1):
    return _add(a, _negative(b), alpha=alpha)


def _negative(value):
    if isinstance(value, Complex) or is_complex(value):
        re, im = parts(value)
        return Complex(-re, -im)
    return -value


def _bilinear(function, a, b):
    (re, im), (other_re, other_im) = parts(a), parts(b)
    real, imaginary = function(re, other_re), None
    if im is not None and other_im is not None:
        real = real - function(im, other_im)
    if other_im is not None:
        imaginary = function(re, other_im)
    if im is not None:
        crossed = function(im, other_re)
        imaginary = crossed if imaginary is None else imaginary + crossed
    return Complex(*_aligned(real, imaginary))


def _times(a, b):
    return _bilinear(lambda x, y: x * y, a, b)


def _divided(a, b, *, rounding_mode=None):
    if rounding_mode is not None:
        raise Unsupported('`torch.div` of complex numbers with `rounding_mode` is not known to the reader.')
    re, im = parts(b)
    if im is None:
        return Complex(*_aligned(*(part / re for part in parts(a))))
    size = re * re + im * im
    return _times(a, Complex(*_aligned(re / size, -im / size)))


def _product(name):
    return lambda a, b: _bilinear(lambda x, y: _real(name, x, y), a, b)


def _einsum(equation, *operands):
    from .. import einsum
    operands = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    given = [parts(one) for one in operands]
    sums = [None, None]
    for choice in product(*(range(1 if im is None else 2) for _, im in given)):
        term = einsum(equation, *(one[which] for one, which in zip(given, choice)))
        times_i = sum(choice)
        sign, which = -1 if times_i % 4 > 1 else 1, times_i % 2
        term = -term if sign < 0 else term
        sums[which] = term if sums[which] is None else sums[which] + term
    return Complex(*_aligned(*sums))


def _conj(input):
    if not is_complex(input):
        return input
    re, im = parts(input)
    return Complex(re, -im)


def _abs(input):
    re, im = parts(input)
    return (re * re + im * im).sqrt()


def _angle(input):
    from .. import atan2, full_like, where, zeros_like
    re, im = parts(input)
    if im is None:
        return where(re < 0, full_like(re, math.pi), zeros_like(re))
    return atan2(im, re)


def _exp(input):
    re, im = parts(input)
    return _polar(re.exp(), im)


def _polar(abs, angle, *, out=None):
    return Complex(abs * angle.cos(), abs * angle.sin())


def _power(a, b):
    if not isinstance(b, int) or not 0 < b <= 8:
        if isinstance(b, (int, float)) and isinstance(a, Complex):
            return _polar(_abs(a) ** b, _angle(a) * b)
        raise Unsupported('A power of complex numbers other than by a number is not known to the reader yet.')
    made = a
    for _ in range(b - 1):
        made = _times(made, a)
    return made


def _where(condition, input, other):
    from .. import where
    (re, im), (other_re, other_im) = parts(as_complex(input)), parts(as_complex(other))
    return Complex(where(condition, re, other_re), where(condition, im, other_im))


def _complex(real, imag, *, out=None):
    return Complex(real, imag)


def _view_as_complex(input):
    if not input._shape or input._shape[-1] != 2:
        raise RuntimeError('Tensor must have a last dimension of size 2')
    return Complex(*input.unbind(-1))


def _view_as_real(input):
    return input._pair if hasattr(input, '_pair') else pair(input)


def _imag(input):
    if not is_complex(input):
        raise RuntimeError('imag is not implemented for tensors with non-complex dtypes.')
    return parts(input)[1]


_SAME = (
    'view reshape permute transpose t unsqueeze squeeze expand expand_as view_as reshape_as flatten unflatten sum mean cumsum '
    'roll flip contiguous cat concat stack pad index_select gather chunk split unbind repeat movedim moveaxis swapaxes swapdims neg '
    'clone detach narrow select repeat_interleave tile broadcast_to masked_fill diagonal tril triu rot90 take_along_dim hstack vstack'
).split()

OPERATIONS = {
    **{name: _both(name) for name in _SAME},
    'add': _add, 'sub': _sub, 'mul': _times, 'multiply': _times, 'div': _divided, 'truediv': _divided, 'divide': _divided,
    'matmul': _product('matmul'), 'bmm': _product('bmm'), 'mm': _product('mm'), 'mv': _product('mv'), 'einsum': _einsum,
    'outer': _product('outer'), 'conj': _conj, 'conj_physical': _conj, 'resolve_conj': lambda input: input, 'abs': _abs,
    'angle': _angle, 'exp': _exp, 'polar': _polar, 'pow': _power, 'square': lambda input: _times(input, input),
    'where': _where, 'complex': _complex, 'view_as_complex': _view_as_complex, 'view_as_real': _view_as_real,
    'real': lambda input: parts(input)[0], 'imag': _imag, 'is_complex': is_complex, 'adjoint': lambda input: input.mH,
    'getitem': lambda input, index: input[index],
}
