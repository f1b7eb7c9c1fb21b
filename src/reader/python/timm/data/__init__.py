from torch._inert import Inert as _Inert

from . import constants
from .constants import *


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return _Inert._named(f'timm.data.{name}')
