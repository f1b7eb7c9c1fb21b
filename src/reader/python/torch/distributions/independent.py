from .distribution import Distribution


class Independent(Distribution):
    """Some of the batch's dimensions are parts of one draw: probabilities are multiplied over them."""

    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        base, n = base_distribution, reinterpreted_batch_ndims
        shape, cut = (*base.batch_shape, *base.event_shape), len(base.batch_shape) - n
        if cut < 0:
            raise ValueError(
                'Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), '
                f'actual {n} vs {len(base.batch_shape)}'
            )
        self.base_dist, self.reinterpreted_batch_ndims = base, n
        super().__init__(shape[:cut], shape[cut:])

    has_rsample = property(lambda self: self.base_dist.has_rsample)
    mean = property(lambda self: self.base_dist.mean)
    mode = property(lambda self: self.base_dist.mode)
    variance = property(lambda self: self.base_dist.variance)

    def rsample(self, sample_shape=()):
        return self.base_dist.rsample(sample_shape)

    def sample(self, sample_shape=()):
        return self.base_dist.sample(sample_shape)

    def log_prob(self, value):
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self):
        return self._summed(self.base_dist.entropy())

    def _summed(self, value):
        n = self.reinterpreted_batch_ndims
        return value.sum(list(range(-n, 0))) if n else value
