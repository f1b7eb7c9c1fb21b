"""Operations as modules, for an observer to stand on their output; without one they are the operations."""

from .... import _functions
from ...._bridge import UnsupportedName
from ....nn.modules.layer import layer_class
from ....nn.modules.module import Module


class FloatFunctional(Module):
    def __init__(self):
        super().__init__()
        self.activation_post_process = layer_class('Identity')()

    def forward(self, x):
        raise RuntimeError('FloatFunctional is not intended to use the "forward". Please use the underlying operation')

    def _observed(self, value):
        return self.activation_post_process(value)

    def add(self, x, y):
        return self._observed(x + y)

    def add_scalar(self, x, y):
        return x + y

    def mul(self, x, y):
        return self._observed(x * y)

    def mul_scalar(self, x, y):
        return x * y

    def cat(self, x, dim=0):
        return self._observed(_functions.function('torch.cat')(x, dim=dim))

    def add_relu(self, x, y):
        return self._observed(_functions.function('torch.nn.functional.relu')(x + y))

    def matmul(self, x, y):
        return self._observed(x @ y)


class FXFloatFunctional(FloatFunctional):
    def __init__(self):
        Module.__init__(self)

    def _observed(self, value):
        return value


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    raise UnsupportedName(f'`torch.ao.nn.quantized.{name}` is not known to the reader yet.')
