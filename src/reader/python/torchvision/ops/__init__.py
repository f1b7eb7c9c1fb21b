from torch._inert import Inert as _Inert

from .drop_block import DropBlock2d, DropBlock3d, drop_block2d, drop_block3d
from .misc import (
    MLP, Conv2dNormActivation, Conv3dNormActivation, ConvNormActivation, FrozenBatchNorm2d, Permute, SqueezeExcitation,
)
from .stochastic_depth import StochasticDepth, stochastic_depth


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return _Inert._named(f'torchvision.ops.{name}')
