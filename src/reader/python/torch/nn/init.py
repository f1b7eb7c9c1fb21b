"""torch.nn.init: each call is a step in a weight's initialization."""

import math

from .. import _inits
from .._bridge import Unsupported, ask


def calculate_gain(nonlinearity, param=None):
    if nonlinearity in ('linear', 'sigmoid') or nonlinearity.startswith('conv'):
        return 1
    if nonlinearity == 'tanh':
        return 5.0 / 3
    if nonlinearity == 'relu':
        return math.sqrt(2.0)
    if nonlinearity == 'leaky_relu':
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity == 'selu':
        return 3.0 / 4
    raise ValueError(f'Unsupported nonlinearity {nonlinearity}')


def _calculate_fan_in_and_fan_out(tensor):
    if tensor.dim() < 2:
        raise ValueError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions')
    receptive_field = tensor.shape[2:].numel()
    return tensor.shape[1] * receptive_field, tensor.shape[0] * receptive_field


def _calculate_correct_fan(tensor, mode):
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode.lower() == 'fan_in' else fan_out


_made = {}


def _initializer(target):
    def initialize(tensor, *args, **kwargs):
        if not getattr(tensor, '_is_tensor', False):
            raise TypeError(f'`{target}` expects a tensor, and got {type(tensor).__name__}.')
        return _inits.step(target, tensor, args, kwargs)

    initialize.__name__ = target.rpartition('.')[2]
    return initialize


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name not in _made:
        # Old spellings have no underscore at the end; timm's private one has a prefix.
        target = f'torch.nn.init.{name.removeprefix("_no_grad_")}'
        target = target if target.endswith('_') else target + '_'
        if ask('init', target) is None:
            def refuse(*args, **kwargs):
                raise Unsupported(f'`torch.nn.init.{name}` is not known to the reader yet.')

            _made[name] = refuse
        else:
            _made[name] = _initializer(target)
    return _made[name]
