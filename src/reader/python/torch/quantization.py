"""The former name of torch.ao.quantization."""

import sys

from .ao import quantization

sys.modules[__name__] = quantization
