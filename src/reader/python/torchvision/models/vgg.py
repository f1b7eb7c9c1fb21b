import torch
from torch import nn

from ._api import asks, factory

cfgs = {
    'A': [64, 'M', 128, 'M', 256, 256, 'M', 512, 512, 'M', 512, 512, 'M'],
    'B': [64, 64, 'M', 128, 128, 'M', 256, 256, 'M', 512, 512, 'M', 512, 512, 'M'],
    'D': [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 'M', 512, 512, 512, 'M', 512, 512, 512, 'M'],
    'E': [64, 64, 'M', 128, 128, 'M', *[256] * 4, 'M', *[512] * 4, 'M', *[512] * 4, 'M'],
}


class VGG(nn.Module):
    def __init__(self, features, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(p=dropout),
            nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(p=dropout), nn.Linear(4096, num_classes),
        )
        if init_weights:
            self._initialize_weights()

    def _initialize_weights(self):
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
                if module.bias is not None:
                    nn.init.constant_(module.bias, 0)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.constant_(module.weight, 1)
                nn.init.constant_(module.bias, 0)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.constant_(module.bias, 0)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def make_layers(cfg, batch_norm=False):
    parts, width = [], 3
    for step in cfg:
        if step == 'M':
            parts.append(nn.MaxPool2d(kernel_size=2, stride=2))
            continue
        parts.append(nn.Conv2d(width, step, kernel_size=3, padding=1))
        if batch_norm:
            parts.append(nn.BatchNorm2d(step))
        parts.append(nn.ReLU(inplace=True))
        width = step
    return nn.Sequential(*parts)


def _made(name, letter, batch_norm):
    @asks
    def build(loaded, **kwargs):
        if loaded:
            kwargs['init_weights'] = False
        return VGG(make_layers(cfgs[letter], batch_norm), **kwargs)

    build.__name__ = name
    return factory(build)


vgg11, vgg13, vgg16, vgg19 = (_made(f'vgg{n}', letter, False) for n, letter in ((11, 'A'), (13, 'B'), (16, 'D'), (19, 'E')))
vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn = (
    _made(f'vgg{n}_bn', letter, True) for n, letter in ((11, 'A'), (13, 'B'), (16, 'D'), (19, 'E'))
)
