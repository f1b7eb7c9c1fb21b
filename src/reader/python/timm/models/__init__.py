from .._missing import missing as _missing
from . import layers
from .registry import register_model
from .vision_transformer import Attention, Block


def create_model(*args, **kwargs):
    from .. import create_model as create
    return create(*args, **kwargs)


def __getattr__(name):
    return _missing('timm.models', name)
