"""Distributions over intervals and half-lines."""

import math

from .. import _trace, lgamma, rand, randn
from .distribution import Distribution, tensors

_TINY = 1.1920928955078125e-07


class Uniform(Distribution):
    has_rsample = True

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = tensors(low, high)
        super().__init__(self.low.shape)

    mean = property(lambda self: (self.high + self.low) / 2)
    variance = property(lambda self: (self.high - self.low).pow(2) / 12)

    def rsample(self, sample_shape=()):
        return self.low + rand(self._extended_shape(sample_shape)) * (self.high - self.low)

    def log_prob(self, value):
        inside = (value >= self.low).float() * (value < self.high).float()
        return inside.log() - (self.high - self.low).log()

    def entropy(self):
        return (self.high - self.low).log()


class Exponential(Distribution):
    has_rsample = True

    def __init__(self, rate, validate_args=None):
        [self.rate] = tensors(rate)
        super().__init__(self.rate.shape)

    mean = stddev = property(lambda self: 1 / self.rate)
    variance = property(lambda self: self.rate.pow(-2))

    def rsample(self, sample_shape=()):
        return -(-rand(self._extended_shape(sample_shape))).log1p() / self.rate

    def log_prob(self, value):
        return self.rate.log() - self.rate * value

    def entropy(self):
        return 1 - self.rate.log()


class Laplace(Distribution):
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = tensors(loc, scale)
        super().__init__(self.loc.shape)

    mean = mode = property(lambda self: self.loc)
    variance = property(lambda self: 2 * self.scale.pow(2))
    stddev = property(lambda self: math.sqrt(2) * self.scale)

    def rsample(self, sample_shape=()):
        u = rand(self._extended_shape(sample_shape)) * (2 - 2 * _TINY) - (1 - _TINY)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value):
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def entropy(self):
        return 1 + (2 * self.scale).log()


def _standard_gamma(concentration, shape):
    """Marsaglia and Tsang's draw (ACM TOMS 26, 2000) at one more, brought down by a uniform number; their rejection of
    fewer than one draw in twenty would need a loop that follows the numbers, and is left out."""
    _trace.report('model/sampling', 'A gamma distribution is drawn from without its step of rejection; a graph has no loop for it.')
    d = concentration + (1 - 1 / 3)
    v = (1 + randn(shape) / (9 * d).sqrt()).clamp(min=_TINY) ** 3
    return d * v * rand(shape).clamp(min=_TINY) ** (1 / concentration)


class Gamma(Distribution):
    has_rsample = True

    def __init__(self, concentration, rate, validate_args=None):
        self.concentration, self.rate = tensors(concentration, rate)
        super().__init__(self.concentration.shape)

    mean = property(lambda self: self.concentration / self.rate)
    variance = property(lambda self: self.concentration / self.rate.pow(2))

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        return (_standard_gamma(self.concentration.expand(shape), shape) / self.rate).clamp(min=_TINY)

    def log_prob(self, value):
        a, b = self.concentration, self.rate
        return a * b.log() + (a - 1) * value.log() - b * value - lgamma(a)


class Chi2(Gamma):
    def __init__(self, df, validate_args=None):
        super().__init__(0.5 * df, 0.5)

    df = property(lambda self: self.concentration * 2)


class Beta(Distribution):
    has_rsample = True

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = tensors(concentration1, concentration0)
        super().__init__(self.concentration1.shape)

    mean = property(lambda self: self.concentration1 / (self.concentration1 + self.concentration0))

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        a, b = (_standard_gamma(one.expand(shape), shape) for one in (self.concentration1, self.concentration0))
        return a / (a + b)

    def log_prob(self, value):
        a, b = self.concentration1, self.concentration0
        return (a - 1) * value.log() + (b - 1) * (-value).log1p() + lgamma(a + b) - lgamma(a) - lgamma(b)


class Dirichlet(Distribution):
    has_rsample = True

    def __init__(self, concentration, validate_args=None):
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:])

    mean = property(lambda self: self.concentration / self.concentration.sum(-1, True))

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        drawn = _standard_gamma(self.concentration.expand(shape), shape)
        return drawn / drawn.sum(-1, True)
