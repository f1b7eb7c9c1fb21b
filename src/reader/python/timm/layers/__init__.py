from .._missing import missing as _missing
from .basic import (
    DropPath, GroupNorm, GroupNorm1, LayerNorm, LayerNorm2d, LayerScale, Mlp, PatchEmbed, SelectAdaptivePool2d, create_act_layer,
    create_norm_layer, drop_path, get_act_fn, get_act_layer, get_norm_layer, lecun_normal_, make_divisible, to_1tuple, to_2tuple,
    to_3tuple, to_4tuple, to_ntuple, trunc_normal_, variance_scaling_,
)


def __getattr__(name):
    return _missing('timm.layers', name)
