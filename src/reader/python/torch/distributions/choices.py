"""Distributions over a number of choices. Draws are by the Gumbel maximum, so that they are nodes like any other."""

from .. import rand
from ..nn.functional import binary_cross_entropy_with_logits, one_hot, softmax
from .distribution import Distribution, tensors

_TINY = 1.1920928955078125e-07


class Bernoulli(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError('Either `probs` or `logits` must be specified, but not both.')
        [given] = tensors(probs if logits is None else logits)
        self._given = ('probs' if logits is None else 'logits', given)
        super().__init__(given.shape)

    @property
    def probs(self):
        kind, given = self._given
        return given if kind == 'probs' else given.sigmoid()

    @property
    def logits(self):
        kind, given = self._given
        if kind == 'logits':
            return given
        kept = given.clamp(_TINY, 1 - _TINY)
        return kept.log() - (-kept).log1p()

    mean = property(lambda self: self.probs)
    variance = property(lambda self: self.probs * (1 - self.probs))
    mode = property(lambda self: (self.probs >= 0.5).float())

    def sample(self, sample_shape=()):
        return (rand(self._extended_shape(sample_shape)) < self.probs.detach()).float()

    def log_prob(self, value):
        logits, value = tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction='none')

    def entropy(self):
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction='none')


class Categorical(Distribution):
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError('Either `probs` or `logits` must be specified, but not both.')
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
            self.logits = self.probs.clamp(_TINY, 1 - _TINY).log()
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
            self.probs = softmax(self.logits, dim=-1)
        self._param = self.probs if probs is not None else self.logits
        self._num_events = self._param.shape[-1]
        super().__init__(self._param.shape[:-1])

    param_shape = property(lambda self: self._param.shape)
    mode = property(lambda self: self.probs.argmax(dim=-1))

    def sample(self, sample_shape=()):
        shape = list(sample_shape) + list(self._param.shape)
        noise = -(-rand(shape).clamp(_TINY, 1 - _TINY).log()).log()
        return (self.logits.detach() + noise).argmax(-1)

    def log_prob(self, value):
        value = value.long().unsqueeze(-1)
        shape = list(value.shape[:-1]) + [self._num_events]
        return self.logits.expand(shape).gather(-1, value).squeeze(-1)

    def entropy(self):
        return -(self.logits.clamp(min=-3.4028234663852886e38) * self.probs).sum(-1)


class OneHotCategorical(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:])

    probs = mean = property(lambda self: self._categorical.probs)
    logits = property(lambda self: self._categorical.logits)

    def sample(self, sample_shape=()):
        return one_hot(self._categorical.sample(sample_shape), self._event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value):
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self):
        return self._categorical.entropy()


class OneHotCategoricalStraightThrough(OneHotCategorical):
    has_rsample = True

    def rsample(self, sample_shape=()):
        drawn = self.sample(sample_shape)
        return drawn + (self.probs - self.probs.detach())
