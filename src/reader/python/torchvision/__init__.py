"""The parts of torchvision that models are made of: layers and the factories of its classification networks.

Data sets, transforms and everything else may be named and do nothing.
"""

from torch._inert import Inert as _Inert

__version__ = '0.21.0'

from . import models, ops  # noqa: E402

_inert = frozenset('datasets transforms io utils'.split())


def __getattr__(name):
    if name.startswith('__') or name in _inert:
        raise AttributeError(name)
    return _Inert._named(f'torchvision.{name}')
