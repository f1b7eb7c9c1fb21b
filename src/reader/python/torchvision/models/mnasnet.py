from torch import nn

from ._api import factory

_MOMENTUM = 1 - 0.9997


def _conv(width, out, kernel=1, stride=1, groups=1, act=True):
    parts = [
        nn.Conv2d(width, out, kernel, padding=kernel // 2, stride=stride, groups=groups, bias=False),
        nn.BatchNorm2d(out, momentum=_MOMENTUM),
    ]
    return [*parts, nn.ReLU(inplace=True)] if act else parts


class _InvertedResidual(nn.Module):
    def __init__(self, in_ch, out_ch, kernel_size, stride, expansion_factor, bn_momentum=0.1):
        super().__init__()
        wide = in_ch * expansion_factor
        self.apply_residual = in_ch == out_ch and stride == 1
        self.layers = nn.Sequential(
            *_conv(in_ch, wide), *_conv(wide, wide, kernel_size, stride, wide), *_conv(wide, out_ch, act=False),
        )

    def forward(self, input):
        return self.layers(input) + input if self.apply_residual else self.layers(input)


def _stack(in_ch, out_ch, kernel, stride, expansion, repeats):
    rest = [_InvertedResidual(out_ch, out_ch, kernel, 1, expansion) for _ in range(1, repeats)]
    return nn.Sequential(_InvertedResidual(in_ch, out_ch, kernel, stride, expansion), *rest)


def _rounded(width):
    near = max(8, int(width + 4) // 8 * 8)
    return near if near >= 0.9 * width else near + 8


class MNASNet(nn.Module):
    _version = 2

    def __init__(self, alpha, num_classes=1000, dropout=0.2):
        super().__init__()
        if alpha <= 0.0:
            raise ValueError(f'alpha should be greater than 0.0 instead of {alpha}')
        self.alpha, self.num_classes = alpha, num_classes
        widths = [_rounded(width * alpha) for width in (32, 16, 24, 40, 80, 96, 192, 320)]
        stages = ((3, 2, 3, 3), (5, 2, 3, 3), (5, 2, 6, 3), (3, 1, 6, 2), (5, 2, 6, 4), (3, 1, 6, 1))
        self.layers = nn.Sequential(
            *_conv(3, widths[0], 3, 2), *_conv(widths[0], widths[0], 3, 1, widths[0]), *_conv(widths[0], widths[1], act=False),
            *(_stack(before, after, *stage) for before, after, stage in zip(widths[1:], widths[2:], stages)),
            *_conv(widths[-1], 1280),
        )
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(1280, num_classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.kaiming_uniform_(module.weight, mode='fan_out', nonlinearity='sigmoid')
                nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.classifier(self.layers(x).mean([2, 3]))


def _made(name, alpha):
    def build(**kwargs):
        return MNASNet(alpha, **kwargs)

    build.__name__ = name
    return factory(build)


mnasnet0_5, mnasnet0_75 = _made('mnasnet0_5', 0.5), _made('mnasnet0_75', 0.75)
mnasnet1_0, mnasnet1_3 = _made('mnasnet1_0', 1.0), _made('mnasnet1_3', 1.3)
