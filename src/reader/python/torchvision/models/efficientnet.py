import math
from functools import partial

import torch
from torch import nn

from ..ops.misc import Conv2dNormActivation, SqueezeExcitation
from ..ops.stochastic_depth import StochasticDepth
from ._api import factory
from ._utils import _make_divisible


class _MBConvConfig:
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block):
        self.expand_ratio, self.kernel, self.stride = expand_ratio, kernel, stride
        self.input_channels, self.out_channels = input_channels, out_channels
        self.num_layers, self.block = num_layers, block

    @staticmethod
    def adjust_channels(channels, width_mult, min_value=None):
        return _make_divisible(channels * width_mult, 8, min_value)


class MBConvConfig(_MBConvConfig):
    def __init__(
        self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, width_mult=1.0, depth_mult=1.0, block=None,
    ):
        super().__init__(
            expand_ratio, kernel, stride, self.adjust_channels(input_channels, width_mult),
            self.adjust_channels(out_channels, width_mult), int(math.ceil(num_layers * depth_mult)), block or MBConv,
        )


class FusedMBConvConfig(_MBConvConfig):
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block=None):
        super().__init__(expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block or FusedMBConv)


class _Block(nn.Module):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer, parts):
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError('illegal stride value')
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        self.block = nn.Sequential(*parts)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, 'row')
        self.out_channels = cnf.out_channels

    def forward(self, input):
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class MBConv(_Block):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer, se_layer=SqueezeExcitation):
        wide = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        form = {'norm_layer': norm_layer, 'activation_layer': nn.SiLU}
        parts = []
        if wide != cnf.input_channels:
            parts.append(Conv2dNormActivation(cnf.input_channels, wide, kernel_size=1, **form))
        parts.append(Conv2dNormActivation(wide, wide, kernel_size=cnf.kernel, stride=cnf.stride, groups=wide, **form))
        parts.append(se_layer(wide, max(1, cnf.input_channels // 4), activation=partial(nn.SiLU, inplace=True)))
        parts.append(
            Conv2dNormActivation(wide, cnf.out_channels, kernel_size=1, norm_layer=norm_layer, activation_layer=None)
        )
        super().__init__(cnf, stochastic_depth_prob, norm_layer, parts)


class FusedMBConv(_Block):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer):
        wide = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        form = {'norm_layer': norm_layer, 'activation_layer': nn.SiLU}
        whole = {'kernel_size': cnf.kernel, 'stride': cnf.stride}
        if wide != cnf.input_channels:
            parts = [
                Conv2dNormActivation(cnf.input_channels, wide, **whole, **form),
                Conv2dNormActivation(wide, cnf.out_channels, kernel_size=1, norm_layer=norm_layer, activation_layer=None),
            ]
        else:
            parts = [Conv2dNormActivation(cnf.input_channels, cnf.out_channels, **whole, **form)]
        super().__init__(cnf, stochastic_depth_prob, norm_layer, parts)


class EfficientNet(nn.Module):
    def __init__(
        self, inverted_residual_setting, dropout, stochastic_depth_prob=0.2, num_classes=1000, norm_layer=None,
        last_channel=None, **kwargs,
    ):
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError('The inverted_residual_setting should not be empty')
        norm_layer = norm_layer or nn.BatchNorm2d
        form = {'norm_layer': norm_layer, 'activation_layer': nn.SiLU}
        first, last = inverted_residual_setting[0].input_channels, inverted_residual_setting[-1].out_channels
        parts = [Conv2dNormActivation(3, first, kernel_size=3, stride=2, **form)]
        total, at = sum(cnf.num_layers for cnf in inverted_residual_setting), 0
        for cnf in inverted_residual_setting:
            stage = []
            for i in range(cnf.num_layers):
                own = _MBConvConfig(**vars(cnf))
                if i > 0:
                    own.input_channels, own.stride = own.out_channels, 1
                stage.append(cnf.block(own, stochastic_depth_prob * float(at) / total, norm_layer))
                at += 1
            parts.append(nn.Sequential(*stage))
        wide = last_channel if last_channel is not None else 4 * last
        parts.append(Conv2dNormActivation(last, wide, kernel_size=1, **form))
        self.features = nn.Sequential(*parts)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(wide, num_classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out')
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                bound = 1.0 / math.sqrt(module.out_features)
                nn.init.uniform_(module.weight, -bound, bound)
                nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


# Fused or not, then expansion, kernel, stride, input, output, blocks.
_V1 = [
    (1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3), (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1),
]
_V2 = {
    's': ([(1, 3, 1, 24, 24, 2), (4, 3, 2, 24, 48, 4), (4, 3, 2, 48, 64, 4)],
          [(4, 3, 2, 64, 128, 6), (6, 3, 1, 128, 160, 9), (6, 3, 2, 160, 256, 15)]),
    'm': ([(1, 3, 1, 24, 24, 3), (4, 3, 2, 24, 48, 5), (4, 3, 2, 48, 80, 5)],
          [(4, 3, 2, 80, 160, 7), (6, 3, 1, 160, 176, 14), (6, 3, 2, 176, 304, 18), (6, 3, 1, 304, 512, 5)]),
    'l': ([(1, 3, 1, 32, 32, 4), (4, 3, 2, 32, 64, 7), (4, 3, 2, 64, 96, 7)],
          [(4, 3, 2, 96, 192, 10), (6, 3, 1, 192, 224, 19), (6, 3, 2, 224, 384, 25), (6, 3, 1, 384, 640, 7)]),
}


def _first(name, width, depth, rate, norm=None):
    def build(dropout=rate, **kwargs):
        setting = [MBConvConfig(*row, width_mult=width, depth_mult=depth) for row in _V1]
        return EfficientNet(setting, dropout, **({'norm_layer': norm} | kwargs))

    build.__name__ = name
    return factory(build)


def _second(size, rate):
    def build(dropout=rate, **kwargs):
        fused, plain = _V2[size]
        setting = [*(FusedMBConvConfig(*row) for row in fused), *(MBConvConfig(*row) for row in plain)]
        norm = {'norm_layer': partial(nn.BatchNorm2d, eps=1e-3)}
        return EfficientNet(setting, dropout, last_channel=1280, **(norm | kwargs))

    build.__name__ = f'efficientnet_v2_{size}'
    return factory(build)


_slow = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
efficientnet_b0 = _first('efficientnet_b0', 1.0, 1.0, 0.2)
efficientnet_b1 = _first('efficientnet_b1', 1.0, 1.1, 0.2)
efficientnet_b2 = _first('efficientnet_b2', 1.1, 1.2, 0.3)
efficientnet_b3 = _first('efficientnet_b3', 1.2, 1.4, 0.3)
efficientnet_b4 = _first('efficientnet_b4', 1.4, 1.8, 0.4)
efficientnet_b5 = _first('efficientnet_b5', 1.6, 2.2, 0.4, _slow)
efficientnet_b6 = _first('efficientnet_b6', 1.8, 2.6, 0.5, _slow)
efficientnet_b7 = _first('efficientnet_b7', 2.0, 3.1, 0.5, _slow)
efficientnet_v2_s, efficientnet_v2_m, efficientnet_v2_l = _second('s', 0.2), _second('m', 0.3), _second('l', 0.4)
