from collections import namedtuple

import torch
import torch.nn.functional as F
from torch import nn

from ._api import asks, factory
from .googlenet import BasicConv2d, initialize, of_other_colors

InceptionOutputs = namedtuple('InceptionOutputs', ['logits', 'aux_logits'])


class _Branches(nn.Module):
    """Chains of convolutions side by side. `convs` gives for each name: input, output, and how."""

    # The chains' names in the order of the result; a tuple inside a chain is two of them side by side.
    chains = ()

    def _add(self, conv_block, convs):
        for name, (width, out, how) in convs.items():
            setattr(self, name, (conv_block or BasicConv2d)(width, out, **how))

    def _chain(self, x, names):
        for name in names:
            x = torch.cat([getattr(self, n)(x) for n in name], 1) if isinstance(name, tuple) else getattr(self, name)(x)
        return x

    def forward(self, x):
        return torch.cat([*(self._chain(x, names) for names in self.chains), self._pooled(x)], 1)

    def _pooled(self, x):
        return self.branch_pool(F.avg_pool2d(x, kernel_size=3, stride=1, padding=1))


def _square(n, padding=0, stride=1):
    return {'kernel_size': n, 'padding': padding, 'stride': stride}


_ONE, _DOWN = _square(1), _square(3, stride=2)
_WIDE, _TALL = {'kernel_size': (1, 7), 'padding': (0, 3)}, {'kernel_size': (7, 1), 'padding': (3, 0)}
_ROW, _COLUMN = {'kernel_size': (1, 3), 'padding': (0, 1)}, {'kernel_size': (3, 1), 'padding': (1, 0)}


class InceptionA(_Branches):
    chains = (
        ('branch1x1',), ('branch5x5_1', 'branch5x5_2'), ('branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3'),
    )

    def __init__(self, in_channels, pool_features, conv_block=None):
        super().__init__()
        self._add(conv_block, {
            'branch1x1': (in_channels, 64, _ONE), 'branch5x5_1': (in_channels, 48, _ONE),
            'branch5x5_2': (48, 64, _square(5, 2)), 'branch3x3dbl_1': (in_channels, 64, _ONE),
            'branch3x3dbl_2': (64, 96, _square(3, 1)), 'branch3x3dbl_3': (96, 96, _square(3, 1)),
            'branch_pool': (in_channels, pool_features, _ONE),
        })


class InceptionB(_Branches):
    chains = (('branch3x3',), ('branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3'))

    def __init__(self, in_channels, conv_block=None):
        super().__init__()
        self._add(conv_block, {
            'branch3x3': (in_channels, 384, _DOWN), 'branch3x3dbl_1': (in_channels, 64, _ONE),
            'branch3x3dbl_2': (64, 96, _square(3, 1)), 'branch3x3dbl_3': (96, 96, _DOWN),
        })

    def _pooled(self, x):
        return F.max_pool2d(x, kernel_size=3, stride=2)


class InceptionC(_Branches):
    chains = (
        ('branch1x1',), ('branch7x7_1', 'branch7x7_2', 'branch7x7_3'), tuple(f'branch7x7dbl_{i}' for i in range(1, 6)),
    )

    def __init__(self, in_channels, channels_7x7, conv_block=None):
        super().__init__()
        n = channels_7x7
        self._add(conv_block, {
            'branch1x1': (in_channels, 192, _ONE), 'branch7x7_1': (in_channels, n, _ONE), 'branch7x7_2': (n, n, _WIDE),
            'branch7x7_3': (n, 192, _TALL), 'branch7x7dbl_1': (in_channels, n, _ONE), 'branch7x7dbl_2': (n, n, _TALL),
            'branch7x7dbl_3': (n, n, _WIDE), 'branch7x7dbl_4': (n, n, _TALL), 'branch7x7dbl_5': (n, 192, _WIDE),
            'branch_pool': (in_channels, 192, _ONE),
        })


class InceptionD(_Branches):
    chains = (('branch3x3_1', 'branch3x3_2'), tuple(f'branch7x7x3_{i}' for i in range(1, 5)))

    def __init__(self, in_channels, conv_block=None):
        super().__init__()
        self._add(conv_block, {
            'branch3x3_1': (in_channels, 192, _ONE), 'branch3x3_2': (192, 320, _DOWN),
            'branch7x7x3_1': (in_channels, 192, _ONE), 'branch7x7x3_2': (192, 192, _WIDE),
            'branch7x7x3_3': (192, 192, _TALL), 'branch7x7x3_4': (192, 192, _DOWN),
        })

    def _pooled(self, x):
        return F.max_pool2d(x, kernel_size=3, stride=2)


class InceptionE(_Branches):
    chains = (
        ('branch1x1',), ('branch3x3_1', ('branch3x3_2a', 'branch3x3_2b')),
        ('branch3x3dbl_1', 'branch3x3dbl_2', ('branch3x3dbl_3a', 'branch3x3dbl_3b')),
    )

    def __init__(self, in_channels, conv_block=None):
        super().__init__()
        self._add(conv_block, {
            'branch1x1': (in_channels, 320, _ONE), 'branch3x3_1': (in_channels, 384, _ONE), 'branch3x3_2a': (384, 384, _ROW),
            'branch3x3_2b': (384, 384, _COLUMN), 'branch3x3dbl_1': (in_channels, 448, _ONE),
            'branch3x3dbl_2': (448, 384, _square(3, 1)), 'branch3x3dbl_3a': (384, 384, _ROW),
            'branch3x3dbl_3b': (384, 384, _COLUMN), 'branch_pool': (in_channels, 192, _ONE),
        })


class InceptionAux(nn.Module):
    def __init__(self, in_channels, num_classes, conv_block=None):
        super().__init__()
        conv = conv_block or BasicConv2d
        self.conv0 = conv(in_channels, 128, kernel_size=1)
        self.conv1 = conv(128, 768, kernel_size=5)
        # The convolution inside of it is what is initialized, and has no such mark.
        self.conv1.stddev = 0.01
        self.fc = nn.Linear(768, num_classes)
        self.fc.stddev = 0.001

    def forward(self, x):
        x = self.conv1(self.conv0(F.avg_pool2d(x, kernel_size=5, stride=3)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class Inception3(nn.Module):
    _steps = (
        'Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 maxpool1 Conv2d_3b_1x1 Conv2d_4a_3x3 maxpool2 Mixed_5b Mixed_5c Mixed_5d '
        'Mixed_6a Mixed_6b Mixed_6c Mixed_6d Mixed_6e AuxLogits Mixed_7a Mixed_7b Mixed_7c avgpool dropout'
    ).split()

    def __init__(
        self, num_classes=1000, aux_logits=True, transform_input=False, inception_blocks=None, init_weights=None, dropout=0.5,
    ):
        super().__init__()
        blocks = inception_blocks or [BasicConv2d, InceptionA, InceptionB, InceptionC, InceptionD, InceptionE, InceptionAux]
        conv, a, b, c, d, e, aux = blocks
        self.aux_logits, self.transform_input = aux_logits, transform_input
        self.Conv2d_1a_3x3 = conv(3, 32, kernel_size=3, stride=2)
        self.Conv2d_2a_3x3 = conv(32, 32, kernel_size=3)
        self.Conv2d_2b_3x3 = conv(32, 64, kernel_size=3, padding=1)
        self.maxpool1 = nn.MaxPool2d(kernel_size=3, stride=2)
        self.Conv2d_3b_1x1 = conv(64, 80, kernel_size=1)
        self.Conv2d_4a_3x3 = conv(80, 192, kernel_size=3)
        self.maxpool2 = nn.MaxPool2d(kernel_size=3, stride=2)
        self.Mixed_5b = a(192, pool_features=32)
        self.Mixed_5c = a(256, pool_features=64)
        self.Mixed_5d = a(288, pool_features=64)
        self.Mixed_6a = b(288)
        for letter, width in zip('bcde', (128, 160, 160, 192)):
            setattr(self, f'Mixed_6{letter}', c(768, channels_7x7=width))
        self.AuxLogits = aux(768, num_classes) if aux_logits else None
        self.Mixed_7a = d(768)
        self.Mixed_7b = e(1280)
        self.Mixed_7c = e(2048)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(p=dropout)
        self.fc = nn.Linear(2048, num_classes)
        if init_weights is None or init_weights:
            initialize(self, 0.1)

    def forward(self, x):
        x, aux = of_other_colors(x) if self.transform_input else x, None
        for name in self._steps:
            if name != 'AuxLogits':
                x = getattr(self, name)(x)
            elif self.AuxLogits is not None and self.training:
                aux = self.AuxLogits(x)
        x = self.fc(torch.flatten(x, 1))
        return InceptionOutputs(x, aux) if self.training and self.aux_logits else x


@factory
@asks
def inception_v3(loaded, **kwargs):
    keeps_aux = kwargs.get('aux_logits', True)
    if loaded:
        kwargs = {'transform_input': True, **kwargs, 'aux_logits': True, 'init_weights': False}
    model = Inception3(**kwargs)
    if loaded and not keeps_aux:
        model.aux_logits, model.AuxLogits = False, None
    return model
