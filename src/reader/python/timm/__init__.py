"""The small layers of timm that models in other repositories are made of; its model zoo is not here."""

from torch._bridge import Unsupported as _Unsupported

from . import data, layers, models
from ._missing import missing as _missing

__version__ = '1.0.12'


def create_model(model_name, *args, **kwargs):
    raise _Unsupported(f'`timm.create_model("{model_name}")` is not known to the reader: timm\'s own models are not in it.')


def list_models(*args, **kwargs):
    return []


def is_model(name):
    return False


def __getattr__(name):
    if name in ('optim', 'scheduler', 'loss', 'utils'):
        raise AttributeError(name)
    return _missing('timm', name)
