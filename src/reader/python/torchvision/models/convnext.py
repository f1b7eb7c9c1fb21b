from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from ..ops.misc import Conv2dNormActivation, Permute
from ..ops.stochastic_depth import StochasticDepth
from ._api import factory


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class CNBlock(nn.Module):
    def __init__(self, dim, layer_scale, stochastic_depth_prob, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or partial(nn.LayerNorm, eps=1e-6)
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim, bias=True), Permute([0, 2, 3, 1]), norm_layer(dim),
            nn.Linear(dim, 4 * dim, bias=True), nn.GELU(), nn.Linear(4 * dim, dim, bias=True), Permute([0, 3, 1, 2]),
        )
        self.layer_scale = nn.Parameter(torch.ones(dim, 1, 1) * layer_scale)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, 'row')

    def forward(self, input):
        return self.stochastic_depth(self.layer_scale * self.block(input)) + input


class CNBlockConfig:
    def __init__(self, input_channels, out_channels, num_layers):
        self.input_channels, self.out_channels, self.num_layers = input_channels, out_channels, num_layers


class ConvNeXt(nn.Module):
    def __init__(
        self, block_setting, stochastic_depth_prob=0.0, layer_scale=1e-6, num_classes=1000, block=None, norm_layer=None,
        **kwargs,
    ):
        super().__init__()
        if not block_setting:
            raise ValueError('The block_setting should not be empty')
        block, norm_layer = block or CNBlock, norm_layer or partial(LayerNorm2d, eps=1e-6)
        parts = [
            Conv2dNormActivation(
                3, block_setting[0].input_channels, kernel_size=4, stride=4, padding=0, norm_layer=norm_layer,
                activation_layer=None, bias=True,
            )
        ]
        total, at = sum(cnf.num_layers for cnf in block_setting), 0
        for cnf in block_setting:
            rates = [stochastic_depth_prob * i / (total - 1.0) for i in range(at, at + cnf.num_layers)]
            at += cnf.num_layers
            parts.append(nn.Sequential(*(block(cnf.input_channels, layer_scale, rate) for rate in rates)))
            if cnf.out_channels is not None:
                down = nn.Conv2d(cnf.input_channels, cnf.out_channels, kernel_size=2, stride=2)
                parts.append(nn.Sequential(norm_layer(cnf.input_channels), down))
        self.features = nn.Sequential(*parts)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        last = block_setting[-1]
        width = last.input_channels if last.out_channels is None else last.out_channels
        self.classifier = nn.Sequential(norm_layer(width), nn.Flatten(1), nn.Linear(width, num_classes))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)))


def _made(name, widths, depth, rate):
    def build(stochastic_depth_prob=rate, **kwargs):
        outs = [*widths[1:], None]
        setting = [CNBlockConfig(*row) for row in zip(widths, outs, (3, 3, depth, 3))]
        return ConvNeXt(setting, stochastic_depth_prob=stochastic_depth_prob, **kwargs)

    build.__name__ = name
    return factory(build)


convnext_tiny = _made('convnext_tiny', (96, 192, 384, 768), 9, 0.1)
convnext_small = _made('convnext_small', (96, 192, 384, 768), 27, 0.4)
convnext_base = _made('convnext_base', (128, 256, 512, 1024), 27, 0.5)
convnext_large = _made('convnext_large', (192, 384, 768, 1536), 27, 0.5)
