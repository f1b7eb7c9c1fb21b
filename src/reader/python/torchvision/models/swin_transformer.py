import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from ..ops.misc import MLP, Permute
from ..ops.stochastic_depth import StochasticDepth
from ._api import factory


def _quartered(x):
    """Each square of four neighbors as one place of four times the width: (…, H, W, C) → (…, H/2, W/2, 4C)."""
    height, width, _ = x.shape[-3:]
    x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
    return torch.cat([x[..., i::2, j::2, :] for j in (0, 1) for i in (0, 1)], -1)


class PatchMerging(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(4 * dim)

    def forward(self, x):
        return self.reduction(self.norm(_quartered(x)))


class PatchMergingV2(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(2 * dim)

    def forward(self, x):
        return self.norm(self.reduction(_quartered(x)))


class ShiftedWindowAttention(nn.Module):
    def __init__(
        self, dim, window_size, shift_size, num_heads, qkv_bias=True, proj_bias=True, attention_dropout=0.0, dropout=0.0,
    ):
        super().__init__()
        if len(window_size) != 2 or len(shift_size) != 2:
            raise ValueError('window_size and shift_size must be of length 2')
        self.window_size, self.shift_size, self.num_heads = window_size, shift_size, num_heads
        self.attention_dropout, self.dropout = attention_dropout, dropout
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)
        self.define_relative_position_bias_table()
        self.define_relative_position_index()

    def define_relative_position_bias_table(self):
        height, width = self.window_size
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros((2 * height - 1) * (2 * width - 1), self.num_heads)
        )
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def define_relative_position_index(self):
        height, width = self.window_size
        rows, columns = (grid.flatten() for grid in torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij'))
        down = rows[:, None] - rows[None] + height - 1
        right = columns[:, None] - columns[None] + width - 1
        self.register_buffer('relative_position_index', (down * (2 * width - 1) + right).flatten())

    def _bias_of(self, table):
        n = self.window_size[0] * self.window_size[1]
        return table[self.relative_position_index].view(n, n, -1).permute(2, 0, 1).contiguous().unsqueeze(0)

    def get_relative_position_bias(self):
        return self._bias_of(self.relative_position_bias_table)

    def _scores(self, q, k):
        return (q * q.shape[-1] ** -0.5).matmul(k.transpose(-2, -1))

    def _qkv_bias(self):
        return self.qkv.bias

    def forward(self, x):
        bias = self.get_relative_position_bias()
        batch, height, width, channels = x.shape
        rows, columns = self.window_size
        x = F.pad(x, (0, 0, 0, -width % columns, 0, -height % rows))
        full = x.shape[1:3]
        # A window as large as the image is not shifted.
        shift = [0 if size >= whole else step for size, whole, step in zip(self.window_size, full, self.shift_size)]
        shifted = sum(shift) > 0
        if shifted:
            x = torch.roll(x, shifts=(-shift[0], -shift[1]), dims=(1, 2))
        down, across = full[0] // rows, full[1] // columns
        area = rows * columns
        x = x.view(batch, down, rows, across, columns, channels).permute(0, 1, 3, 2, 4, 5)
        x = x.reshape(batch * down * across, area, channels)
        qkv = F.linear(x, self.qkv.weight, self._qkv_bias())
        qkv = qkv.reshape(x.size(0), area, 3, self.num_heads, channels // self.num_heads).permute(2, 0, 3, 1, 4)
        scores = self._scores(qkv[0], qkv[1]) + bias
        if shifted:
            mask = self._mask(x, full, shift, down, across)
            scores = scores.view(batch, down * across, self.num_heads, area, area) + mask.unsqueeze(1).unsqueeze(0)
            scores = scores.view(-1, self.num_heads, area, area)
        weights = F.dropout(F.softmax(scores, dim=-1), p=self.attention_dropout, training=self.training)
        x = weights.matmul(qkv[2]).transpose(1, 2).reshape(x.size(0), area, channels)
        x = F.dropout(F.linear(x, self.proj.weight, self.proj.bias), p=self.dropout, training=self.training)
        x = x.view(batch, down, across, rows, columns, channels).permute(0, 1, 3, 2, 4, 5)
        x = x.reshape(batch, full[0], full[1], channels)
        if shifted:
            x = torch.roll(x, shifts=tuple(shift), dims=(1, 2))
        return x[:, :height, :width, :].contiguous()

    def _mask(self, x, full, shift, down, across):
        """What the shift brought together from two ends of the image does not look at each other."""
        rows, columns = self.window_size
        regions = x.new_zeros(full)
        cuts = [((0, -size), (-size, -step), (-step, None)) for size, step in zip(self.window_size, shift)]
        for i, (top, bottom) in enumerate(cuts[0]):
            for j, (left, right) in enumerate(cuts[1]):
                regions[top:bottom, left:right] = 3 * i + j
        regions = regions.view(down, rows, across, columns).permute(0, 2, 1, 3).reshape(down * across, rows * columns)
        apart = regions.unsqueeze(1) - regions.unsqueeze(2)
        return apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)


class ShiftedWindowAttentionV2(ShiftedWindowAttention):
    def __init__(
        self, dim, window_size, shift_size, num_heads, qkv_bias=True, proj_bias=True, attention_dropout=0.0, dropout=0.0,
    ):
        super().__init__(dim, window_size, shift_size, num_heads, qkv_bias, proj_bias, attention_dropout, dropout)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones((num_heads, 1, 1))))
        self.cpb_mlp = nn.Sequential(nn.Linear(2, 512, bias=True), nn.ReLU(inplace=True), nn.Linear(512, num_heads, bias=False))
        if qkv_bias:
            third = self.qkv.bias.numel() // 3
            self.qkv.bias[third:2 * third].data.zero_()

    def define_relative_position_bias_table(self):
        sides = [torch.arange(-(size - 1), size, dtype=torch.float32) for size in self.window_size]
        table = torch.stack(torch.meshgrid(sides, indexing='ij')).permute(1, 2, 0).contiguous().unsqueeze(0)
        table[:, :, :, 0] /= self.window_size[0] - 1
        table[:, :, :, 1] /= self.window_size[1] - 1
        table *= 8
        self.register_buffer('relative_coords_table', torch.sign(table) * torch.log2(torch.abs(table) + 1.0) / 3.0)

    def get_relative_position_bias(self):
        table = self.cpb_mlp(self.relative_coords_table).view(-1, self.num_heads)
        return 16 * torch.sigmoid(self._bias_of(table))

    def _scores(self, q, k):
        cosine = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
        return cosine * torch.clamp(self.logit_scale, max=math.log(100.0)).exp()

    def _qkv_bias(self):
        if self.qkv.bias is None:
            return None
        bias = self.qkv.bias.clone()
        third = bias.numel() // 3
        bias[third:2 * third].zero_()
        return bias


class SwinTransformerBlock(nn.Module):
    def __init__(
        self, dim, num_heads, window_size, shift_size, mlp_ratio=4.0, dropout=0.0, attention_dropout=0.0,
        stochastic_depth_prob=0.0, norm_layer=nn.LayerNorm, attn_layer=ShiftedWindowAttention,
    ):
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = attn_layer(
            dim, window_size, shift_size, num_heads, attention_dropout=attention_dropout, dropout=dropout,
        )
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, 'row')
        self.norm2 = norm_layer(dim)
        self.mlp = MLP(dim, [int(dim * mlp_ratio), dim], activation_layer=nn.GELU, inplace=None, dropout=dropout)
        for module in self.mlp.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.normal_(module.bias, std=1e-6)

    def forward(self, x):
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformerBlockV2(SwinTransformerBlock):
    def __init__(self, *args, attn_layer=ShiftedWindowAttentionV2, **kwargs):
        super().__init__(*args, attn_layer=attn_layer, **kwargs)

    def forward(self, x):
        x = x + self.stochastic_depth(self.norm1(self.attn(x)))
        return x + self.stochastic_depth(self.norm2(self.mlp(x)))


class SwinTransformer(nn.Module):
    def __init__(
        self, patch_size, embed_dim, depths, num_heads, window_size, mlp_ratio=4.0, dropout=0.0, attention_dropout=0.0,
        stochastic_depth_prob=0.1, num_classes=1000, norm_layer=None, block=None, downsample_layer=PatchMerging,
    ):
        super().__init__()
        self.num_classes = num_classes
        block, norm_layer = block or SwinTransformerBlock, norm_layer or partial(nn.LayerNorm, eps=1e-5)
        patch = tuple(patch_size)
        parts = [nn.Sequential(nn.Conv2d(3, embed_dim, patch, patch), Permute([0, 2, 3, 1]), norm_layer(embed_dim))]
        total, at = sum(depths), 0
        for i, (depth, heads) in enumerate(zip(depths, num_heads)):
            dim, stage = embed_dim * 2 ** i, []
            for j in range(depth):
                stage.append(block(
                    dim, heads, window_size=window_size, shift_size=[0 if j % 2 == 0 else size // 2 for size in window_size],
                    mlp_ratio=mlp_ratio, dropout=dropout, attention_dropout=attention_dropout,
                    stochastic_depth_prob=stochastic_depth_prob * float(at) / (total - 1), norm_layer=norm_layer,
                ))
                at += 1
            parts.append(nn.Sequential(*stage))
            if i < len(depths) - 1:
                parts.append(downsample_layer(dim, norm_layer))
        self.features = nn.Sequential(*parts)
        width = embed_dim * 2 ** (len(depths) - 1)
        self.norm = norm_layer(width)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten(1)
        self.head = nn.Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.head(self.flatten(self.avgpool(self.permute(self.norm(self.features(x))))))


def _made(name, width, depth, heads, window, rate, second=False):
    def build(stochastic_depth_prob=rate, **kwargs):
        form = {'block': SwinTransformerBlockV2, 'downsample_layer': PatchMergingV2} if second else {}
        return SwinTransformer(
            [4, 4], width, [2, 2, depth, 2], [heads * 2 ** i for i in range(4)], [window, window],
            stochastic_depth_prob=stochastic_depth_prob, **(form | kwargs),
        )

    build.__name__ = name
    return factory(build)


swin_t, swin_s = _made('swin_t', 96, 6, 3, 7, 0.2), _made('swin_s', 96, 18, 3, 7, 0.3)
swin_b = _made('swin_b', 128, 18, 4, 7, 0.5)
swin_v2_t, swin_v2_s = _made('swin_v2_t', 96, 6, 3, 8, 0.2, True), _made('swin_v2_s', 96, 18, 3, 8, 0.3, True)
swin_v2_b = _made('swin_v2_b', 128, 18, 4, 8, 0.5, True)
