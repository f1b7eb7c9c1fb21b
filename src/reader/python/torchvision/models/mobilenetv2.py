import torch
import torch.nn.functional as F
from torch import nn

from ..ops.misc import Conv2dNormActivation
from ._api import factory
from ._utils import _make_divisible

# Expansion, width, blocks, stride.
_STAGES = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio, norm_layer=None):
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f'stride should be 1 or 2 instead of {stride}')
        norm_layer = norm_layer or nn.BatchNorm2d
        hidden = int(round(inp * expand_ratio))
        self.stride, self.use_res_connect = stride, stride == 1 and inp == oup
        form = {'norm_layer': norm_layer, 'activation_layer': nn.ReLU6}
        parts = [Conv2dNormActivation(inp, hidden, kernel_size=1, **form)] if expand_ratio != 1 else []
        self.conv = nn.Sequential(
            *parts, Conv2dNormActivation(hidden, hidden, stride=stride, groups=hidden, **form),
            nn.Conv2d(hidden, oup, 1, 1, 0, bias=False), norm_layer(oup),
        )
        self.out_channels, self._is_cn = oup, stride > 1

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(
        self, num_classes=1000, width_mult=1.0, inverted_residual_setting=None, round_nearest=8, block=None, norm_layer=None,
        dropout=0.2,
    ):
        super().__init__()
        block, norm_layer = block or InvertedResidual, norm_layer or nn.BatchNorm2d
        stages = inverted_residual_setting or _STAGES
        if len(stages[0]) != 4:
            raise ValueError(f'inverted_residual_setting should be a non-empty list of 4 elements, got {stages}')
        width = _make_divisible(32 * width_mult, round_nearest)
        self.last_channel = _make_divisible(1280 * max(1.0, width_mult), round_nearest)
        form = {'norm_layer': norm_layer, 'activation_layer': nn.ReLU6}
        parts = [Conv2dNormActivation(3, width, stride=2, **form)]
        for expansion, out, count, stride in stages:
            out = _make_divisible(out * width_mult, round_nearest)
            for i in range(count):
                parts.append(block(width, out, stride if i == 0 else 1, expand_ratio=expansion, norm_layer=norm_layer))
                width = out
        parts.append(Conv2dNormActivation(width, self.last_channel, kernel_size=1, **form))
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes))
        initialize(self)

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


def initialize(model):
    """Of the mobile networks: convolutions by fan-out, the head near zero."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode='fan_out')
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)


@factory
def mobilenet_v2(**kwargs):
    return MobileNetV2(**kwargs)
