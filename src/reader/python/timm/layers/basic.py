import collections.abc
import math
from itertools import repeat

import torch
import torch.nn.functional as F
from torch import nn
from torch._bridge import Unsupported


def to_ntuple(n):
    def parse(x):
        several = isinstance(x, collections.abc.Iterable) and not isinstance(x, str)
        return tuple(x) if several else tuple(repeat(x, n))

    return parse


to_1tuple, to_2tuple, to_3tuple, to_4tuple = (to_ntuple(n) for n in (1, 2, 3, 4))


def make_divisible(v, divisor=8, min_value=None, round_limit=0.9):
    nearest = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < round_limit * v else nearest


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return nn.init.trunc_normal_(tensor, mean=mean, std=std, a=a, b=b)


def variance_scaling_(tensor, scale=1.0, mode='fan_in', distribution='normal'):
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(tensor)
    variance = scale / {'fan_in': fan_in, 'fan_out': fan_out, 'fan_avg': (fan_in + fan_out) / 2}[mode]
    if distribution == 'truncated_normal':
        # The deviation that is left when the tails beyond two deviations are cut off.
        std = math.sqrt(variance) / 0.87962566103423978
        return nn.init.trunc_normal_(tensor, std=std, a=-2 * std, b=2 * std)
    if distribution == 'normal':
        return nn.init.normal_(tensor, std=math.sqrt(variance))
    if distribution == 'uniform':
        return nn.init.uniform_(tensor, -math.sqrt(3 * variance), math.sqrt(3 * variance))
    raise ValueError(f'invalid distribution {distribution}')


def lecun_normal_(tensor):
    return variance_scaling_(tensor, mode='fan_in', distribution='truncated_normal')


def drop_path(x, drop_prob=0.0, training=False, scale_by_keep=True):
    """Whole examples are dropped, the rest scaled up."""
    if drop_prob == 0.0 or not training:
        return x
    kept = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(1 - drop_prob)
    if drop_prob < 1.0 and scale_by_keep:
        kept.div_(1 - drop_prob)
    return x * kept


class DropPath(nn.Module):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop_prob, self.scale_by_keep = drop_prob, scale_by_keep

    def forward(self, x):
        return drop_path(x, self.drop_prob, self.training, self.scale_by_keep)


class LayerScale(nn.Module):
    def __init__(self, dim, init_values=1e-5, inplace=False):
        super().__init__()
        self.inplace = inplace
        self.gamma = nn.Parameter(init_values * torch.ones(dim))

    def forward(self, x):
        return x.mul_(self.gamma) if self.inplace else x * self.gamma


class Mlp(nn.Module):
    def __init__(
        self, in_features, hidden_features=None, out_features=None, act_layer=nn.GELU, norm_layer=None, bias=True, drop=0.0,
        use_conv=False,
    ):
        super().__init__()
        hidden, out = hidden_features or in_features, out_features or in_features
        (bias1, bias2), (drop1, drop2) = to_2tuple(bias), to_2tuple(drop)
        linear = (lambda width, wide, bias: nn.Conv2d(width, wide, 1, bias=bias)) if use_conv else nn.Linear
        self.fc1 = linear(in_features, hidden, bias=bias1)
        self.act = act_layer()
        self.drop1 = nn.Dropout(drop1)
        self.norm = norm_layer(hidden) if norm_layer is not None else nn.Identity()
        self.fc2 = linear(hidden, out, bias=bias2)
        self.drop2 = nn.Dropout(drop2)

    def forward(self, x):
        return self.drop2(self.fc2(self.norm(self.drop1(self.act(self.fc1(x))))))


class PatchEmbed(nn.Module):
    def __init__(
        self, img_size=224, patch_size=16, in_chans=3, embed_dim=768, norm_layer=None, flatten=True, output_fmt=None, bias=True,
        strict_img_size=True, dynamic_img_pad=False,
    ):
        super().__init__()
        if output_fmt not in (None, 'NCHW') or dynamic_img_pad:
            raise Unsupported('`timm.layers.PatchEmbed` with `output_fmt` or `dynamic_img_pad` is not known to the reader yet.')
        self.patch_size = to_2tuple(patch_size)
        self.img_size = self.grid_size = self.num_patches = None
        if img_size is not None:
            self.img_size = to_2tuple(img_size)
            self.grid_size = tuple(side // patch for side, patch in zip(self.img_size, self.patch_size))
            self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.flatten, self.strict_img_size = flatten and output_fmt is None, strict_img_size
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=patch_size, stride=patch_size, bias=bias)
        self.norm = norm_layer(embed_dim) if norm_layer else nn.Identity()

    def forward(self, x):
        sides = tuple(x.shape[-2:])
        if self.img_size is not None and self.strict_img_size and sides != self.img_size:
            raise AssertionError(f'Input size {sides} doesn\'t match model {self.img_size}.')
        x = self.proj(x)
        return self.norm(x.flatten(2).transpose(1, 2) if self.flatten else x)


class LayerNorm(nn.LayerNorm):
    def __init__(self, num_channels, eps=1e-6, affine=True):
        super().__init__(num_channels, eps=eps, elementwise_affine=affine)

    def forward(self, x):
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class LayerNorm2d(LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class GroupNorm(nn.GroupNorm):
    def __init__(self, num_channels, num_groups=32, eps=1e-5, affine=True):
        super().__init__(num_groups, num_channels, eps=eps, affine=affine)


class GroupNorm1(nn.GroupNorm):
    def __init__(self, num_channels, **kwargs):
        super().__init__(1, num_channels, **kwargs)


class FastAdaptiveAvgPool(nn.Module):
    def __init__(self, flatten=False):
        super().__init__()
        self.flatten = flatten

    def forward(self, x):
        return x.mean((2, 3), keepdim=not self.flatten)


class SelectAdaptivePool2d(nn.Module):
    def __init__(self, output_size=1, pool_type='fast', flatten=False):
        super().__init__()
        kind = pool_type or ''
        if kind not in ('', 'avg', 'fast', 'fastavg', 'max'):
            raise Unsupported(f'`timm.layers.SelectAdaptivePool2d` with pool_type="{kind}" is not known to the reader yet.')
        self.pool_type = kind
        if kind.startswith('fast'):
            self.pool, self.flatten = FastAdaptiveAvgPool(flatten), nn.Identity()
        else:
            self.pool = {'': nn.Identity, 'avg': nn.AdaptiveAvgPool2d, 'max': nn.AdaptiveMaxPool2d}[kind](output_size)
            self.flatten = nn.Flatten(1) if flatten else nn.Identity()

    def forward(self, x):
        return self.flatten(self.pool(x))


_ACTS = {
    'silu': nn.SiLU, 'swish': nn.SiLU, 'mish': nn.Mish, 'relu': nn.ReLU, 'relu6': nn.ReLU6, 'leaky_relu': nn.LeakyReLU,
    'elu': nn.ELU, 'celu': nn.CELU, 'selu': nn.SELU, 'gelu': nn.GELU, 'sigmoid': nn.Sigmoid, 'tanh': nn.Tanh,
    'hard_sigmoid': nn.Hardsigmoid, 'hard_swish': nn.Hardswish, 'identity': nn.Identity,
}
_NORMS = {
    'batchnorm': nn.BatchNorm2d, 'batchnorm2d': nn.BatchNorm2d, 'batchnorm1d': nn.BatchNorm1d, 'groupnorm': GroupNorm,
    'groupnorm1': GroupNorm1, 'layernorm': LayerNorm, 'layernorm2d': LayerNorm2d,
}


def _named(table, what, name):
    if name is None or not isinstance(name, str):
        return name
    if not name:
        return None
    if name not in table:
        raise Unsupported(f'The {what} `{name}` of timm is not known to the reader yet.')
    return table[name]


def get_act_layer(name='relu'):
    return _named(_ACTS, 'activation', name)


def get_act_fn(name='relu'):
    return name if callable(name) else getattr(F, {'swish': 'silu', 'hard_swish': 'hardswish'}.get(name, name))


def create_act_layer(name, inplace=None, **kwargs):
    layer = get_act_layer(name)
    if layer is None:
        return None
    takes = inplace is not None and layer not in (nn.GELU, nn.Sigmoid, nn.Tanh, nn.Identity)
    return layer(**({'inplace': inplace} if takes else {}), **kwargs)


def get_norm_layer(norm_layer):
    name = norm_layer.replace('_', '').lower() if isinstance(norm_layer, str) else norm_layer
    return _named(_NORMS, 'normalization', name)


def create_norm_layer(layer_name, num_features, **kwargs):
    return get_norm_layer(layer_name)(num_features, **kwargs)
