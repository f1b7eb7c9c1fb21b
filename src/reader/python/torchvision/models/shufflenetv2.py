import torch
from torch import nn

from ._api import factory


def channel_shuffle(x, groups):
    n, channels, height, width = x.size()
    x = torch.transpose(x.view(n, groups, channels // groups, height, width), 1, 2).contiguous()
    return x.view(n, channels, height, width)


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride):
        super().__init__()
        if not 1 <= stride <= 3:
            raise ValueError('illegal stride value')
        self.stride = stride
        half = oup // 2
        if stride == 1 and inp != half << 1:
            raise ValueError(f'Invalid combination of stride {stride}, inp {inp} and oup {oup} values.')
        deep, point = self._deep, self._point
        self.branch1 = nn.Sequential(*deep(inp, stride), *point(inp, half)) if stride > 1 else nn.Sequential()
        self.branch2 = nn.Sequential(*point(inp if stride > 1 else half, half), *deep(half, stride), *point(half, half))

    @staticmethod
    def _deep(width, stride):
        conv = nn.Conv2d(width, width, kernel_size=3, stride=stride, padding=1, bias=False, groups=width)
        return conv, nn.BatchNorm2d(width)

    @staticmethod
    def _point(width, out):
        conv = nn.Conv2d(width, out, kernel_size=1, stride=1, padding=0, bias=False)
        return conv, nn.BatchNorm2d(out), nn.ReLU(inplace=True)

    def forward(self, x):
        kept, changed = x.chunk(2, dim=1) if self.stride == 1 else (self.branch1(x), x)
        return channel_shuffle(torch.cat((kept, self.branch2(changed)), dim=1), 2)


class ShuffleNetV2(nn.Module):
    def __init__(self, stages_repeats, stages_out_channels, num_classes=1000, inverted_residual=InvertedResidual):
        super().__init__()
        if len(stages_repeats) != 3 or len(stages_out_channels) != 5:
            raise ValueError('expected 3 stages_repeats and 5 stages_out_channels')
        self._stage_out_channels = stages_out_channels
        width, *rest, last = stages_out_channels
        self.conv1 = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        for i, (count, out) in enumerate(zip(stages_repeats, rest), 2):
            first = inverted_residual(width, out, 2)
            setattr(self, f'stage{i}', nn.Sequential(first, *(inverted_residual(out, out, 1) for _ in range(count - 1))))
            width = out
        self.conv5 = nn.Sequential(nn.Conv2d(width, last, 1, 1, 0, bias=False), nn.BatchNorm2d(last), nn.ReLU(inplace=True))
        self.fc = nn.Linear(last, num_classes)

    def forward(self, x):
        x = self.stage4(self.stage3(self.stage2(self.maxpool(self.conv1(x)))))
        return self.fc(self.conv5(x).mean([2, 3]))


def _made(name, widths):
    def build(**kwargs):
        return ShuffleNetV2([4, 8, 4], [24, *widths], **kwargs)

    build.__name__ = name
    return factory(build)


shufflenet_v2_x0_5 = _made('shufflenet_v2_x0_5', [48, 96, 192, 1024])
shufflenet_v2_x1_0 = _made('shufflenet_v2_x1_0', [116, 232, 464, 1024])
shufflenet_v2_x1_5 = _made('shufflenet_v2_x1_5', [176, 352, 704, 1024])
shufflenet_v2_x2_0 = _made('shufflenet_v2_x2_0', [244, 488, 976, 2048])
