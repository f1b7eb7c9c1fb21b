from functools import partial

import torch
from torch import nn

from ..ops.misc import Conv2dNormActivation
from ..ops.misc import SqueezeExcitation as SElayer
from ._api import factory
from ._utils import _make_divisible
from .mobilenetv2 import initialize


class InvertedResidualConfig:
    def __init__(
        self, input_channels, kernel, expanded_channels, out_channels, use_se, activation, stride, dilation, width_mult,
    ):
        self.input_channels = self.adjust_channels(input_channels, width_mult)
        self.expanded_channels = self.adjust_channels(expanded_channels, width_mult)
        self.out_channels = self.adjust_channels(out_channels, width_mult)
        self.kernel, self.stride, self.dilation = kernel, stride, dilation
        self.use_se, self.use_hs = use_se, activation == 'HS'

    @staticmethod
    def adjust_channels(channels, width_mult):
        return _make_divisible(channels * width_mult, 8)


class InvertedResidual(nn.Module):
    def __init__(self, cnf, norm_layer, se_layer=partial(SElayer, scale_activation=nn.Hardsigmoid)):
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError('illegal stride value')
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        wide, form = cnf.expanded_channels, {'norm_layer': norm_layer}
        act = nn.Hardswish if cnf.use_hs else nn.ReLU
        parts = []
        if wide != cnf.input_channels:
            parts.append(Conv2dNormActivation(cnf.input_channels, wide, kernel_size=1, activation_layer=act, **form))
        parts.append(
            Conv2dNormActivation(
                wide, wide, kernel_size=cnf.kernel, stride=1 if cnf.dilation > 1 else cnf.stride, dilation=cnf.dilation,
                groups=wide, activation_layer=act, **form,
            )
        )
        if cnf.use_se:
            parts.append(se_layer(wide, _make_divisible(wide // 4, 8)))
        parts.append(Conv2dNormActivation(wide, cnf.out_channels, kernel_size=1, activation_layer=None, **form))
        self.block = nn.Sequential(*parts)
        self.out_channels, self._is_cn = cnf.out_channels, cnf.stride > 1

    def forward(self, input):
        result = self.block(input)
        return result + input if self.use_res_connect else result


class MobileNetV3(nn.Module):
    def __init__(
        self, inverted_residual_setting, last_channel, num_classes=1000, block=None, norm_layer=None, dropout=0.2, **kwargs,
    ):
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError('The inverted_residual_setting should not be empty')
        block = block or InvertedResidual
        norm_layer = norm_layer or partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
        form = {'norm_layer': norm_layer, 'activation_layer': nn.Hardswish}
        first, last = inverted_residual_setting[0].input_channels, inverted_residual_setting[-1].out_channels
        self.features = nn.Sequential(
            Conv2dNormActivation(3, first, kernel_size=3, stride=2, **form),
            *(block(cnf, norm_layer) for cnf in inverted_residual_setting),
            Conv2dNormActivation(last, 6 * last, kernel_size=1, **form),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * last, last_channel), nn.Hardswish(inplace=True), nn.Dropout(p=dropout, inplace=True),
            nn.Linear(last_channel, num_classes),
        )
        initialize(self)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def _mobilenet_v3_conf(arch, width_mult=1.0, reduced_tail=False, dilated=False, **kwargs):
    less, spread = 2 if reduced_tail else 1, 2 if dilated else 1
    block = partial(InvertedResidualConfig, width_mult=width_mult)
    widen = partial(InvertedResidualConfig.adjust_channels, width_mult=width_mult)
    if arch == 'mobilenet_v3_large':
        rows = [
            (16, 3, 16, 16, False, 'RE', 1, 1), (16, 3, 64, 24, False, 'RE', 2, 1), (24, 3, 72, 24, False, 'RE', 1, 1),
            (24, 5, 72, 40, True, 'RE', 2, 1), (40, 5, 120, 40, True, 'RE', 1, 1), (40, 5, 120, 40, True, 'RE', 1, 1),
            (40, 3, 240, 80, False, 'HS', 2, 1), (80, 3, 200, 80, False, 'HS', 1, 1), (80, 3, 184, 80, False, 'HS', 1, 1),
            (80, 3, 184, 80, False, 'HS', 1, 1), (80, 3, 480, 112, True, 'HS', 1, 1), (112, 3, 672, 112, True, 'HS', 1, 1),
            (112, 5, 672, 160 // less, True, 'HS', 2, spread),
            *[(160 // less, 5, 960 // less, 160 // less, True, 'HS', 1, spread)] * 2,
        ]
        last = widen(1280 // less)
    elif arch == 'mobilenet_v3_small':
        rows = [
            (16, 3, 16, 16, True, 'RE', 2, 1), (16, 3, 72, 24, False, 'RE', 2, 1), (24, 3, 88, 24, False, 'RE', 1, 1),
            (24, 5, 96, 40, True, 'HS', 2, 1), (40, 5, 240, 40, True, 'HS', 1, 1), (40, 5, 240, 40, True, 'HS', 1, 1),
            (40, 5, 120, 48, True, 'HS', 1, 1), (48, 5, 144, 48, True, 'HS', 1, 1),
            (48, 5, 288, 96 // less, True, 'HS', 2, spread),
            *[(96 // less, 5, 576 // less, 96 // less, True, 'HS', 1, spread)] * 2,
        ]
        last = widen(1024 // less)
    else:
        raise ValueError(f'Unsupported model type {arch}')
    return [block(*row) for row in rows], last


def _made(name):
    def build(width_mult=1.0, reduced_tail=False, dilated=False, _width_mult=1.0, _reduced_tail=False, _dilated=False, **kwargs):
        setting, last = _mobilenet_v3_conf(
            name, width_mult=width_mult * _width_mult, reduced_tail=reduced_tail or _reduced_tail, dilated=dilated or _dilated,
        )
        return MobileNetV3(setting, last, **kwargs)

    build.__name__ = name
    return factory(build)


mobilenet_v3_large, mobilenet_v3_small = _made('mobilenet_v3_large'), _made('mobilenet_v3_small')
