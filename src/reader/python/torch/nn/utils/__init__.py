"""Helpers of training loops do nothing here; what changes a layer's weights is refused by name."""

import importlib

from ..._bridge import Unsupported
from ..._inert import Inert

_MODULES = ('parametrize', 'parametrizations', 'rnn')
_HARMLESS = frozenset(['clip_grad_norm_', 'clip_grad_value_', 'parameters_to_vector', 'vector_to_parameters'])


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name in _MODULES:
        return importlib.import_module(f'{__name__}.{name}')
    if name in _HARMLESS:
        return Inert._named(f'torch.nn.utils.{name}')

    def refuse(*args, **kwargs):
        raise Unsupported(f'`torch.nn.utils.{name}` is not known to the reader yet.')

    refuse.__name__ = name
    return refuse


# Like PyTorch: the functions hide the modules they are written in.
from .spectral_norm import remove_spectral_norm, spectral_norm  # noqa: E402
from .weight_norm import remove_weight_norm, weight_norm  # noqa: E402
