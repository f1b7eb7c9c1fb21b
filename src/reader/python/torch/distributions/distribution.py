"""What all distributions have in common: a batch of them, the shape of one draw, and gradients where draws carry them."""

from .. import broadcast_shapes, no_grad, tensor
from .._bridge import Unsupported
from .._types import Size


def tensors(*values):
    """Numbers and tensors as tensors of one shape."""
    values = [value if hasattr(value, '_is_tensor') else tensor(float(value)) for value in values]
    shape = broadcast_shapes(*(value.shape for value in values))
    return [value if value.shape == shape else value.expand(shape) for value in values]


class Distribution:
    has_rsample = False
    has_enumerate_support = False
    arg_constraints = {}

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)

    @staticmethod
    def set_default_validate_args(value):
        pass

    batch_shape = property(lambda self: self._batch_shape)
    event_shape = property(lambda self: self._event_shape)
    stddev = property(lambda self: self.variance.sqrt())

    def _extended_shape(self, sample_shape=()):
        return Size([*sample_shape, *self._batch_shape, *self._event_shape])

    def rsample(self, sample_shape=()):
        raise NotImplementedError

    def sample(self, sample_shape=()):
        with no_grad():
            return self.rsample(sample_shape).detach()

    def perplexity(self):
        return self.entropy().exp()

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        if name in ('mean', 'mode', 'variance', 'log_prob', 'cdf', 'icdf', 'entropy', 'expand', 'support', 'enumerate_support'):
            raise Unsupported(f'`{name}` of `torch.distributions.{type(self).__name__}` is not known to the reader yet.')
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
