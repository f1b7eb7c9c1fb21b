"""Helpers of training loops do nothing here; what changes a layer's weights is refused by name."""

from ..._bridge import Unsupported
from ..._inert import Inert

_HARMLESS = frozenset(['clip_grad_norm_', 'clip_grad_value_', 'parameters_to_vector', 'vector_to_parameters'])


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name in _HARMLESS:
        return Inert._named(f'torch.nn.utils.{name}')

    def refuse(*args, **kwargs):
        raise Unsupported(f'`torch.nn.utils.{name}` is not known to the reader yet.')

    refuse.__name__ = name
    return refuse
