"""What the scripts beside this file run: a net with BatchNorm and Dropout, and a few batches."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU())
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.drop(self.backbone(x)))


def batches(count=2):
    return [(torch.randn(6, 4), torch.randint(0, 2, (6,))) for _ in range(count)]
