import torch
import torch.nn.functional as F
from torch import nn


def _drop_block(input, p, block_size, inplace, eps, training, rank):
    """Squares of neighbors are dropped together."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f'drop probability has to be between 0 and 1, but got {p}.')
    if not training or p == 0.0:
        return input
    sizes = input.shape[2:]
    block = min(block_size, *sizes)
    room = 1
    for size in sizes:
        room *= size - block + 1
    gamma = p * sizes.numel() / (block ** rank * room)
    centers = torch.empty((*input.shape[:2], *(size - block + 1 for size in sizes)), dtype=input.dtype).bernoulli_(gamma)
    centers = F.pad(centers, [block // 2] * (2 * rank), value=0)
    pool = F.max_pool2d if rank == 2 else F.max_pool3d
    kept = 1 - pool(centers, kernel_size=(block,) * rank, stride=(1,) * rank, padding=block // 2)
    scale = kept.numel() / (eps + kept.sum())
    return input.mul_(kept).mul_(scale) if inplace else input * kept * scale


def drop_block2d(input, p, block_size, inplace=False, eps=1e-6, training=True):
    return _drop_block(input, p, block_size, inplace, eps, training, 2)


def drop_block3d(input, p, block_size, inplace=False, eps=1e-6, training=True):
    return _drop_block(input, p, block_size, inplace, eps, training, 3)


class DropBlock2d(nn.Module):
    _drop = staticmethod(drop_block2d)

    def __init__(self, p, block_size, inplace=False, eps=1e-6):
        super().__init__()
        self.p, self.block_size, self.inplace, self.eps = p, block_size, inplace, eps

    def forward(self, input):
        return self._drop(input, self.p, self.block_size, self.inplace, self.eps, self.training)


class DropBlock3d(DropBlock2d):
    _drop = staticmethod(drop_block3d)
