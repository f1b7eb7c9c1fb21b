import torch
from torch import nn

from ._api import factory


class AlexNet(nn.Module):
    def __init__(self, num_classes=1000, dropout=0.5):
        super().__init__()
        parts = []
        for width, out, kernel, stride, padding, pool in (
            (3, 64, 11, 4, 2, True), (64, 192, 5, 1, 2, True), (192, 384, 3, 1, 1, False), (384, 256, 3, 1, 1, False),
            (256, 256, 3, 1, 1, True),
        ):
            parts += [nn.Conv2d(width, out, kernel, stride, padding), nn.ReLU(inplace=True)]
            parts += [nn.MaxPool2d(kernel_size=3, stride=2)] * pool
        self.features = nn.Sequential(*parts)
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True),
            nn.Dropout(p=dropout), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


@factory
def alexnet(**kwargs):
    return AlexNet(**kwargs)
