import math
from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from ..ops.misc import Conv2dNormActivation, SqueezeExcitation
from ._api import factory
from ._utils import _make_divisible


class SimpleStemIN(Conv2dNormActivation):
    def __init__(self, width_in, width_out, norm_layer, activation_layer):
        super().__init__(
            width_in, width_out, kernel_size=3, stride=2, norm_layer=norm_layer, activation_layer=activation_layer,
        )


class BottleneckTransform(nn.Sequential):
    def __init__(
        self, width_in, width_out, stride, norm_layer, activation_layer, group_width, bottleneck_multiplier, se_ratio,
    ):
        inner = int(round(width_out * bottleneck_multiplier))
        form = {'norm_layer': norm_layer, 'activation_layer': activation_layer}
        parts = OrderedDict()
        parts['a'] = Conv2dNormActivation(width_in, inner, kernel_size=1, stride=1, **form)
        parts['b'] = Conv2dNormActivation(inner, inner, kernel_size=3, stride=stride, groups=inner // group_width, **form)
        if se_ratio:
            parts['se'] = SqueezeExcitation(inner, int(round(se_ratio * width_in)), activation=activation_layer)
        parts['c'] = Conv2dNormActivation(
            inner, width_out, kernel_size=1, stride=1, norm_layer=norm_layer, activation_layer=None,
        )
        super().__init__(parts)


class ResBottleneckBlock(nn.Module):
    def __init__(
        self, width_in, width_out, stride, norm_layer, activation_layer, group_width=1, bottleneck_multiplier=1.0, se_ratio=None,
    ):
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            self.proj = Conv2dNormActivation(
                width_in, width_out, kernel_size=1, stride=stride, norm_layer=norm_layer, activation_layer=None,
            )
        self.f = BottleneckTransform(
            width_in, width_out, stride, norm_layer, activation_layer, group_width, bottleneck_multiplier, se_ratio,
        )
        self.activation = activation_layer(inplace=True)

    def forward(self, x):
        return self.activation((x if self.proj is None else self.proj(x)) + self.f(x))


class AnyStage(nn.Sequential):
    def __init__(
        self, width_in, width_out, stride, depth, block_constructor, norm_layer, activation_layer, group_width,
        bottleneck_multiplier, se_ratio=None, stage_index=0,
    ):
        super().__init__()
        for i in range(depth):
            block = block_constructor(
                width_in if i == 0 else width_out, width_out, stride if i == 0 else 1, norm_layer, activation_layer,
                group_width, bottleneck_multiplier, se_ratio,
            )
            self.add_module(f'block{stage_index}-{i}', block)


class BlockParams:
    """Widths that grow linearly, brought to a few steps and to multiples of the groups."""

    def __init__(self, depths, widths, group_widths, bottleneck_multipliers, strides, se_ratio=None):
        self.depths, self.widths, self.group_widths = depths, widths, group_widths
        self.bottleneck_multipliers, self.strides, self.se_ratio = bottleneck_multipliers, strides, se_ratio

    @classmethod
    def from_init_params(cls, depth, w_0, w_a, w_m, group_width, bottleneck_multiplier=1.0, se_ratio=None, **kwargs):
        if w_a < 0 or w_0 <= 0 or w_m <= 1 or w_0 % 8 != 0:
            raise ValueError('Invalid RegNet settings')
        steps = [round(math.log((i * w_a + w_0) / w_0) / math.log(w_m)) for i in range(depth)]
        widths = [int(round(w_0 * w_m ** step / 8) * 8) for step in steps]
        stages = sorted(set(widths))
        depths = [widths.count(width) for width in stages]
        # A group is not wider than the block, and the block a multiple of the group.
        groups = [min(group_width, int(width * bottleneck_multiplier)) for width in stages]
        inner = [_make_divisible(width * bottleneck_multiplier, group) for width, group in zip(stages, groups)]
        stages = [int(width / bottleneck_multiplier) for width in inner]
        n = len(stages)
        return cls(depths, stages, groups, [bottleneck_multiplier] * n, [2] * n, se_ratio)

    def _get_expanded_params(self):
        return zip(self.widths, self.strides, self.depths, self.group_widths, self.bottleneck_multipliers)


class RegNet(nn.Module):
    def __init__(
        self, block_params, num_classes=1000, stem_width=32, stem_type=None, block_type=None, norm_layer=None, activation=None,
    ):
        super().__init__()
        norm_layer, activation = norm_layer or nn.BatchNorm2d, activation or nn.ReLU
        self.stem = (stem_type or SimpleStemIN)(3, stem_width, norm_layer, activation)
        width, stages = stem_width, []
        for i, (out, stride, depth, group, multiplier) in enumerate(block_params._get_expanded_params(), 1):
            stage = AnyStage(
                width, out, stride, depth, block_type or ResBottleneckBlock, norm_layer, activation, group, multiplier,
                block_params.se_ratio, stage_index=i,
            )
            stages.append((f'block{i}', stage))
            width = out
        self.trunk_output = nn.Sequential(OrderedDict(stages))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                nn.init.normal_(module.weight, mean=0.0, std=math.sqrt(2.0 / fan_out))
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, mean=0.0, std=0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.fc(self.avgpool(self.trunk_output(self.stem(x))).flatten(start_dim=1))


def _made(name, *params):
    def build(**kwargs):
        se_ratio = 0.25 if name.startswith('regnet_y') else None
        norm = {'norm_layer': partial(nn.BatchNorm2d, eps=1e-05, momentum=0.1)}
        return RegNet(BlockParams.from_init_params(*params, se_ratio=se_ratio), **(norm | kwargs))

    build.__name__ = name
    return factory(build)


# Depth, first width, slope, step, group.
_SIZES = {
    'y_400mf': (16, 48, 27.89, 2.09, 8), 'y_800mf': (14, 56, 38.84, 2.4, 16), 'y_1_6gf': (27, 48, 20.71, 2.65, 24),
    'y_3_2gf': (21, 80, 42.63, 2.66, 24), 'y_8gf': (17, 192, 76.82, 2.19, 56), 'y_16gf': (18, 200, 106.23, 2.48, 112),
    'y_32gf': (20, 232, 115.89, 2.53, 232), 'y_128gf': (27, 456, 160.83, 2.52, 264),
    'x_400mf': (22, 24, 24.48, 2.54, 16), 'x_800mf': (16, 56, 35.73, 2.28, 16), 'x_1_6gf': (18, 80, 34.01, 2.25, 24),
    'x_3_2gf': (25, 88, 26.31, 2.25, 48), 'x_8gf': (23, 80, 49.56, 2.88, 120), 'x_16gf': (22, 216, 55.59, 2.1, 128),
    'x_32gf': (23, 320, 69.86, 2.0, 168),
}
for _name, _params in _SIZES.items():
    globals()[f'regnet_{_name}'] = _made(f'regnet_{_name}', *_params)
