"""The former name of torch.ao.nn.quantized."""

import sys

from ..ao.nn import quantized

sys.modules[__name__] = quantized
