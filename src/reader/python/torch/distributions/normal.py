import math

from .. import broadcast_shapes, log, randn, tensor


class Normal:
    """What variational models draw from: a mean and a deviation, drawn anew in each call."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = (value if hasattr(value, '_is_tensor') else tensor(float(value)) for value in (loc, scale))
        self.batch_shape = broadcast_shapes(self.loc.shape, self.scale.shape)
        self.event_shape = self.batch_shape[:0]

    mean = mode = property(lambda self: self.loc)
    stddev = property(lambda self: self.scale)
    variance = property(lambda self: self.scale.pow(2))

    def rsample(self, sample_shape=()):
        return self.loc + randn([*sample_shape, *self.batch_shape]) * self.scale

    def sample(self, sample_shape=()):
        return self.rsample(sample_shape).detach()

    def log_prob(self, value):
        return -((value - self.loc) ** 2) / (2 * self.variance) - log(self.scale) - math.log(math.sqrt(2 * math.pi))

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale)
