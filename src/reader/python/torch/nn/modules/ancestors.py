"""What PyTorch's common ancestors of layers do when a class derives from them directly."""

from .module import Module


def conv_base(layer):
    def __init__(self, *args, **kwargs):
        if type(self)._layer is None:
            args, kwargs = (), _told(self, *args, **kwargs)
        layer.__init__(self, *args, **kwargs)

    return type('_ConvNd', (layer,), {'__init__': __init__, 'transposed': property(lambda self: 'Transpose' in self._layer)})


def _told(
    self, in_channels, out_channels, kernel_size, stride, padding, dilation, transposed, output_padding, groups, bias,
    padding_mode, device=None, dtype=None,
):
    """The ancestor's arguments as those of the layer it stands for here."""
    object.__setattr__(self, '_layer', f'torch.nn.Conv{"Transpose" if transposed else ""}{len(kernel_size)}d')
    more = {'output_padding': output_padding} if transposed else {}
    return dict(
        in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size, stride=stride, padding=padding,
        dilation=dilation, groups=groups, bias=bias, padding_mode=padding_mode, **more,
    )


def loss_base(layer):
    def __init__(self, *args, **kwargs):
        if type(self)._layer is not None:
            layer.__init__(self, *args, **kwargs)
        else:
            _plain_loss(self, *args, **kwargs)

    return type('_Loss', (layer,), {'__init__': __init__})


def weighted_base(loss):
    def __init__(self, *args, **kwargs):
        if type(self)._layer is not None:
            loss.__init__(self, *args, **kwargs)
        else:
            _weighted_loss(self, *args, **kwargs)

    return type('_WeightedLoss', (loss,), {'__init__': __init__})


def _plain_loss(self, size_average=None, reduce=None, reduction='mean'):
    Module.__init__(self)
    if size_average is not None or reduce is not None:
        kept = (reduce is None or reduce, size_average is None or size_average)
        reduction = 'none' if not kept[0] else 'mean' if kept[1] else 'sum'
    self.reduction = reduction


def _weighted_loss(self, weight=None, size_average=None, reduce=None, reduction='mean'):
    _plain_loss(self, size_average, reduce, reduction)
    self.register_buffer('weight', weight)


def from_pretrained(
    cls, embeddings, freeze=True, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False,
    **others,
):
    """An Embedding whose rows are given."""
    rows, width = embeddings.shape
    more = dict(padding_idx=padding_idx, max_norm=max_norm, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse, **others)
    made = cls(rows, width, **{key: value for key, value in more.items() if value})
    made.weight.copy_(embeddings)
    made.weight.requires_grad = not freeze
    return made
