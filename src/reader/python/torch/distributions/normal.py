import math

from .. import randn
from .distribution import Distribution, tensors


class Normal(Distribution):
    """What variational models draw from: a mean and a deviation, drawn anew in each call."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = tensors(loc, scale)
        super().__init__(self.loc.shape)

    mean = mode = property(lambda self: self.loc)
    stddev = property(lambda self: self.scale)
    variance = property(lambda self: self.scale.pow(2))

    def rsample(self, sample_shape=()):
        return self.loc + randn(self._extended_shape(sample_shape)) * self.scale

    def log_prob(self, value):
        return -((value - self.loc) ** 2) / (2 * self.variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    def cdf(self, value):
        return 0.5 * (1 + ((value - self.loc) / (self.scale * math.sqrt(2))).erf())


class LogNormal(Normal):
    def rsample(self, sample_shape=()):
        return super().rsample(sample_shape).exp()

    mean = property(lambda self: (self.loc + self.variance_of_log / 2).exp())
    variance_of_log = property(lambda self: self.scale.pow(2))
    variance = property(lambda self: (self.variance_of_log.exp() - 1) * (2 * self.loc + self.variance_of_log).exp())

    def log_prob(self, value):
        logarithm = value.log()
        spread = -((logarithm - self.loc) ** 2) / (2 * self.variance_of_log)
        return spread - self.scale.log() - math.log(math.sqrt(2 * math.pi)) - logarithm

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log() + self.loc


class MultivariateNormal(Distribution):
    has_rsample = True

    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        from .._bridge import Unsupported
        if scale_tril is None:
            from ..linalg import cholesky
            if covariance_matrix is None:
                raise Unsupported('`MultivariateNormal` by its precision matrix is not known to the reader yet.')
            scale_tril = cholesky(covariance_matrix)
        self.loc, self._unbroadcasted_scale_tril = loc, scale_tril
        super().__init__(loc.shape[:-1], loc.shape[-1:])

    scale_tril = property(lambda self: self._unbroadcasted_scale_tril)
    mean = mode = property(lambda self: self.loc)
    covariance_matrix = property(lambda self: self.scale_tril @ self.scale_tril.mT)
    variance = property(lambda self: self.scale_tril.pow(2).sum(-1).expand(self.loc.shape))

    def rsample(self, sample_shape=()):
        drawn = randn(self._extended_shape(sample_shape))
        return self.loc + (self.scale_tril @ drawn.unsqueeze(-1)).squeeze(-1)
