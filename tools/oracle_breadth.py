"""More of every layer: options, ranks, and the edges of normalization."""

from oracle_recorder import BatchRenorm, Exactly, GhostBatchNorm, Given, Ints, Mask, RMSNorm, Signs
from torch import nn

BOTH = (True, False)


def record_breadth(to):
    activations(to)
    convolutions(to)
    pools(to)
    shapes(to)
    normalizations(to)
    lab_norms(to)
    edges(to)
    attention(to)
    losses(to)


def activations(to):
    far, small = Given(2, 3, 4, scale=12), Given(5,)
    for name in ("ReLU ReLU6 Tanh Sigmoid SiLU Hardswish Hardsigmoid Mish Softsign LogSigmoid SELU Tanhshrink Hardtanh "
                 "LeakyReLU ELU GELU Softplus").split():
        to.layer(name, [({}, [far]), ({}, [small])])
    wide = Given(3, 17, scale=3)
    to.layer("Identity", [({}, [wide])])
    to.layer("CELU", [({}, [wide]), ({"alpha": 0.4}, [wide]), ({"alpha": 2}, [far])])
    to.layer("Hardshrink", [({}, [wide]), ({"lambd": 1.2}, [far])])
    to.layer("Softshrink", [({}, [wide]), ({"lambd": 1.2}, [far])])
    to.layer("Threshold", [({"threshold": 0.1, "value": 20}, [wide]), ({"threshold": -1, "value": -3}, [far])])
    to.layer("Hardtanh", [({"min_val": -2, "max_val": 0.5}, [wide])])
    to.layer("RReLU", [({}, [wide]), ({"lower": 0.2, "upper": 0.6}, [wide])], modes=(False,))
    to.layer("PReLU", [({"init": 0.1}, [small]), ({"num_parameters": 3}, [(2, 3, 2, 2)])])
    to.layer("GLU", [({"dim": 0}, [(4, 3)]), ({"dim": -2}, [(2, 4, 3)])])
    for name in ("Softmax", "LogSoftmax", "Softmin"):
        to.layer(name, [({"dim": 0}, [(4, 3)]), ({"dim": -1}, [far]), ({"dim": 2}, [(2, 2, 5, 2)])])
    to.layer("Softmax2d", [({}, [(2, 3, 4, 2)]), ({}, [(3, 2, 2)])])
    for name, shape in [("Dropout", (3, 4)), ("Dropout1d", (2, 3, 4)), ("Dropout2d", (2, 3, 2, 2)), ("Dropout3d", (1, 2, 2, 2, 2)),
                        ("AlphaDropout", (3, 4)), ("FeatureAlphaDropout", (2, 3, 4))]:
        to.layer(name, [({"p": 0.7}, [shape])], modes=(False,))
        to.layer(name, [({"p": 0}, [shape])])


def convolutions(to):
    modes = [{"padding_mode": mode, "padding": 1} for mode in ("reflect", "replicate", "circular")]
    one = {"in_channels": 2, "out_channels": 3, "kernel_size": 3}
    options = [{"stride": 2}, {"dilation": 2, "padding": 2, "bias": False}, {"padding": "same", "dilation": 2}, {"padding": "valid"}]
    to.layer("Conv1d", [({**one, **more}, [(2, 2, 8)]) for more in options + modes] + [
        ({**one, "in_channels": 4, "out_channels": 6, "groups": 2}, [(1, 4, 7)]),
        ({**one, "kernel_size": 1}, [(2, 2, 5)]), ({**one}, [(2, 6)]), ({**one, "kernel_size": 6}, [(1, 2, 6)]),
    ])
    to.layer("Conv2d", [({**one, **more}, [(1, 2, 6, 7)]) for more in options + modes] + [
        ({**one, "in_channels": 3, "out_channels": 6, "groups": 3}, [(1, 3, 5, 4)]),
        ({**one, "kernel_size": [1, 4], "stride": [2, 1]}, [(2, 2, 5, 5)]), ({**one}, [(2, 4, 5)]),
        ({**one, "kernel_size": 5, "padding": [0, 2]}, [(1, 2, 5, 5)]),
        ({"in_channels": 9, "out_channels": 17, "kernel_size": 3, "padding": 1}, [(1, 9, 4, 4)]),
    ])
    to.layer("Conv3d", [({**one, **more}, [(1, 2, 4, 5, 5)]) for more in [{"stride": 2}, {"padding": [0, 1, 2]}, {"dilation": [1, 2, 2]}]] + [
        ({**one, "groups": 2, "out_channels": 4, "kernel_size": [1, 2, 3], "bias": False}, [(1, 2, 3, 3, 4)]), ({**one, "kernel_size": 1}, [(2, 2, 2, 2)]),
    ])
    up = [{"stride": 2}, {"stride": 3, "padding": 1, "output_padding": 2}, {"dilation": 2, "bias": False}, {"stride": 1, "padding": 1}]
    for n, size in [(1, (5,)), (2, (3, 4)), (3, (2, 3, 2))]:
        name = f"ConvTranspose{n}d"
        to.layer(name, [({**one, **more}, [(1, 2, *size)]) for more in up])
        to.layer(name, [({**one, "in_channels": 4, "out_channels": 2, "groups": 2}, [(1, 4, *size)]), ({**one}, [(2, *size)])])
        if n < 3:
            to.layer(name, [({**one, "stride": 2}, {"input": (1, 2, *size), "output_size": [2 * s + 2 for s in size]})])


def pools(to):
    sizes = {1: (9,), 2: (6, 7), 3: (4, 5, 4)}
    for n, size in sizes.items():
        shape = (1 if n == 3 else 2, 2, *size)
        common = [{"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": 3, "stride": 2, "ceil_mode": True}]
        to.layer(f"MaxPool{n}d", [({**one, "stride": one.get("stride", 1)}, [shape]) for one in common] + [
            ({"kernel_size": 2, "dilation": 2}, [shape]), ({"kernel_size": 2}, [shape[1:]])])
        to.layer(f"AvgPool{n}d", [({**one, "count_include_pad": False}, [shape]) for one in common] + [
            ({"kernel_size": 3, "padding": 1}, [shape]), ({"kernel_size": 2}, [shape[1:]])])
        if n > 1:
            to.layer(f"AvgPool{n}d", [({"kernel_size": 2, "divisor_override": 3}, [shape])])
        wanted = [1, 3, [2, 3, 4][:n]]
        to.layer(f"AdaptiveAvgPool{n}d", [({"output_size": one}, [shape[:2] + tuple(s + 1 for s in size)]) for one in wanted])
        to.layer(f"AdaptiveMaxPool{n}d", [({"output_size": one}, [shape[:2] + tuple(s + 1 for s in size)]) for one in wanted])
        to.layer(f"AdaptiveAvgPool{n}d", [({"output_size": 2}, [shape[1:]])])
    positive = Given(2, 2, 6, 7, positive=True)
    to.layer("LPPool1d", [({"norm_type": 2, "kernel_size": 3}, [Given(2, 2, 9, positive=True)]), ({"norm_type": 3, "kernel_size": 2, "stride": 1}, [Given(2, 9, positive=True)])])
    to.layer("LPPool2d", [({"norm_type": 2, "kernel_size": 3}, [positive]), ({"norm_type": 1.5, "kernel_size": [2, 3], "stride": 2, "ceil_mode": True}, [positive])])


def shapes(to):
    to.layer("Flatten", [({"start_dim": 0}, [(2, 3, 2)]), ({"start_dim": 1, "end_dim": 2}, [(2, 3, 2, 2)])])
    to.layer("Unflatten", [({"dim": 1, "unflattened_size": [2, 3]}, [(2, 6, 2)]), ({"dim": -1, "unflattened_size": [-1, 2]}, [(3, 4)])])
    for n, size in [(1, (5,)), (2, (4, 5)), (3, (3, 4, 3))]:
        for kind in ("Reflection", "Replication"):
            to.layer(f"{kind}Pad{n}d", [({"padding": 2}, [(1, 2, *size)]), ({"padding": [1, 0] * n}, [(2, *size)])])
        to.layer(f"ConstantPad{n}d", [({"padding": 1, "value": 3.5}, [(1, 2, *size)]), ({"padding": [2, -1] * n, "value": -1}, [(1, 2, *size)])])
    to.layer("ZeroPad2d", [({"padding": 2}, [(2, 3, 2)])])
    to.layer("PixelShuffle", [({"upscale_factor": 3}, [(1, 9, 2, 1)]), ({"upscale_factor": 2}, [(4, 2, 3)])])
    to.layer("PixelUnshuffle", [({"downscale_factor": 3}, [(1, 1, 6, 3)]), ({"downscale_factor": 2}, [(2, 3, 2, 4)])])
    to.layer("Fold", [
        ({"output_size": [4, 5], "kernel_size": [2, 3]}, [(1, 12, 9)]),
        ({"output_size": 5, "kernel_size": 3, "stride": 2, "padding": 1}, [(2, 9, 9)]),
        ({"output_size": 6, "kernel_size": 2, "dilation": 2}, [(8, 16)]),
    ])
    to.layer("Unfold", [
        ({"kernel_size": 2}, [(1, 2, 3, 4)]), ({"kernel_size": [2, 3], "padding": 1, "stride": 2}, [(2, 2, 4, 5)]),
        ({"kernel_size": 2, "dilation": 2}, [(1, 3, 4, 4)]),
    ])
    to.layer("Upsample", [
        ({"scale_factor": 3}, [(1, 2, 4)]), ({"size": 7, "mode": "linear"}, [(1, 2, 4)]),
        ({"scale_factor": 2, "mode": "linear", "align_corners": True}, [(1, 2, 4)]),
        ({"size": [2, 3], "mode": "nearest"}, [(1, 2, 4, 5)]), ({"scale_factor": [1.5, 2], "mode": "bilinear"}, [(1, 1, 4, 3)]),
        ({"scale_factor": 0.5, "mode": "bilinear"}, [(1, 1, 6, 4)]), ({"scale_factor": 2, "mode": "nearest"}, [(1, 1, 2, 3, 2)]),
        ({"scale_factor": 2, "mode": "trilinear"}, [(1, 1, 2, 3, 2)]), ({"scale_factor": 2, "mode": "bicubic"}, [(1, 1, 4, 4)]),
    ])
    to.layer("UpsamplingNearest2d", [({"scale_factor": 2}, [(1, 2, 2, 3)]), ({"size": [5, 3]}, [(1, 2, 2, 3)])])
    to.layer("UpsamplingBilinear2d", [({"scale_factor": 2}, [(1, 2, 2, 3)]), ({"size": [5, 3]}, [(1, 2, 2, 3)])])
    to.layer("Bilinear", [
        ({"in1_features": 3, "in2_features": 4, "out_features": 2}, [(5, 3), (5, 4)]),
        ({"in1_features": 2, "in2_features": 3, "out_features": 4, "bias": False}, [(2, 3, 2), (2, 3, 3)]),
    ], call=("input1", "input2"))
    pair = ("x1", "x2")
    to.layer("CosineSimilarity", [({}, [(3, 5), (3, 5)]), ({"dim": -1, "eps": 1e-4}, [(2, 3, 4), (2, 3, 4)]), ({"dim": 0}, [(4, 2), (4, 2)])], call=pair)
    to.layer("PairwiseDistance", [({}, [(3, 5), (3, 5)]), ({"p": 1, "keepdim": True}, [(3, 5), (3, 5)]), ({"p": 3}, [(2, 4), (2, 4)])], call=pair)
    to.layer("Linear", [({"in_features": 3, "out_features": 4}, [(3,)]), ({"in_features": 33, "out_features": 9}, [(7, 33)]), ({"in_features": 4, "out_features": 5, "bias": False}, [(2, 2, 3, 4)])])
    to.layer("Embedding", [({"num_embeddings": 4, "embedding_dim": 3, "padding_idx": -1}, [Ints(2, 5, high=4)]), ({"num_embeddings": 3, "embedding_dim": 1}, [Ints(6, high=3)])])
    bag = {"num_embeddings": 7, "embedding_dim": 3}
    indices, offsets = Ints(6, high=7), Exactly(0, 2, 2, 5)
    for mode in ("sum", "mean", "max"):
        to.layer("EmbeddingBag", [
            ({**bag, "mode": mode}, {"input": Ints(3, 4, high=7)}), ({**bag, "mode": mode}, {"input": indices, "offsets": offsets}),
            ({**bag, "mode": mode, "padding_idx": 1}, {"input": Exactly(1, 3, 1, 5, 0, 1), "offsets": Exactly(0, 3)}),
        ])
    to.layer("EmbeddingBag", [
        ({**bag, "mode": "sum"}, {"input": indices, "offsets": offsets, "per_sample_weights": (6,)}),
        ({**bag, "mode": "sum", "include_last_offset": True}, {"input": indices, "offsets": Exactly(0, 2, 6)}),
    ])


def normalizations(to):
    for name, shape in [("BatchNorm1d", (4, 3)), ("BatchNorm2d", (2, 3, 3, 2)), ("BatchNorm3d", (2, 3, 2, 1, 2)), ("BatchNorm1d", (3, 3, 4))]:
        options = [{"affine": False, "track_running_stats": False}, {"momentum": 1.0}, {"momentum": None, "affine": False}]
        to.layer(name, [({"num_features": 3, **one}, [shape]) for one in options], modes=BOTH)
    synced = [({"num_features": 3, **one}, [shape]) for one in [{}, {"momentum": None, "affine": False}, {"track_running_stats": False}] for shape in [(2, 3, 3, 2)]]
    # In one process it is BatchNorm; PyTorch's own wants a GPU.
    to.layer("SyncBatchNorm", synced, module=nn.BatchNorm2d, modes=BOTH)
    for name, shape in [("InstanceNorm1d", (2, 3, 4)), ("InstanceNorm2d", (1, 3, 3, 2)), ("InstanceNorm3d", (2, 3, 2, 1, 2))]:
        to.layer(name, [({"num_features": 3, "track_running_stats": True, "affine": True, "momentum": 0.7}, [shape]), ({"num_features": 3, "eps": 0.3}, [shape])], modes=BOTH)
    to.layer("InstanceNorm2d", [({"num_features": 3, "affine": True}, [(3, 2, 4)])])
    to.layer("GroupNorm", [
        ({"num_groups": 6, "num_channels": 6}, [(2, 6, 5)]), ({"num_groups": 1, "num_channels": 4}, [(3, 4)]),
        ({"num_groups": 2, "num_channels": 4, "affine": False, "eps": 1e-3}, [(1, 4, 2, 2)]), ({"num_groups": 2, "num_channels": 4}, [(2, 4, 2, 1, 3)]),
    ])
    to.layer("LayerNorm", [
        ({"normalized_shape": 7}, [(7,)]), ({"normalized_shape": [2, 3, 4]}, [(2, 2, 3, 4)]),
        ({"normalized_shape": [2, 3], "elementwise_affine": False}, [(4, 2, 3)]), ({"normalized_shape": [33], "eps": 1e-12}, [(2, 33)]),
    ])
    to.layer("RMSNorm", [({"normalized_shape": [2, 3]}, [(4, 2, 3)]), ({"normalized_shape": [33], "eps": 1e-6}, [(2, 33)]), ({"normalized_shape": [8]}, [Given(3, 8, scale=1e-3)])], module=RMSNorm)
    to.layer("LocalResponseNorm", [
        ({"size": 2}, [(2, 5, 4)]), ({"size": 3, "alpha": 0.1, "beta": 0.5, "k": 2}, [(1, 6, 3, 2)]), ({"size": 5, "alpha": 0.5}, [Given(2, 4, 3, scale=3)]),
        ({"size": 4, "alpha": 0.3, "beta": 1}, [(1, 5, 2, 2, 2)]),
    ])


def lab_norms(to):
    """What PyTorch has no layer for, by formula."""
    ghost = {"num_features": 3, "virtual_batch_size": 2}
    to.layer("lab.GhostBatchNorm", [
        (ghost, [(6, 3)]), (ghost, [(5, 3, 2, 2)]), ({**ghost, "affine": False, "momentum": 0.4}, [(4, 3, 3)]), ({**ghost, "virtual_batch_size": 4}, [(6, 3)]),
    ], module=GhostBatchNorm, modes=BOTH)
    renorm = {"num_features": 3}
    to.layer("lab.BatchRenorm", [
        (renorm, [(6, 3)]), ({**renorm, "r_max": 1, "d_max": 0}, [(4, 3, 2, 2)]), ({**renorm, "affine": False, "r_max": 1.2, "d_max": 0.1}, [(4, 3, 3)]),
        ({**renorm, "momentum": 0.5, "eps": 0.1}, [Given(5, 3, scale=4, offset=8)]),
    ], module=BatchRenorm, modes=BOTH)


def edges(to):
    """One sample, 1×1 maps, constant input, large offsets, extreme eps, no samples: numbers, or what PyTorch refuses."""
    three = {"num_features": 3}
    flat, far, none = Given(4, 3, scale=0, offset=2.5), Given(6, 3, scale=0.5, offset=1e4), (0, 3)
    to.layer("BatchNorm1d", [(three, [one]) for one in [(1, 3), flat, far, none]], modes=BOTH)
    to.layer("BatchNorm1d", [({**three, "track_running_stats": False}, [(1, 3)])], modes=BOTH)
    to.layer("BatchNorm1d", [({**three, "eps": 1e-12}, [(5, 3)]), ({**three, "eps": 10}, [(5, 3)]), ({**three, "momentum": 0}, [(5, 3)])])
    maps = [(1, 3, 1, 1), (2, 3, 1, 1), (1, 3, 2, 3), (0, 3, 2, 2), Given(2, 3, 2, 2, scale=0, offset=-1e3), Given(2, 3, 4, 4, scale=0.25, offset=1e4)]
    to.layer("BatchNorm2d", [(three, [one]) for one in maps], modes=BOTH)
    to.layer("InstanceNorm2d", [({**three, "affine": True}, [one]) for one in [(2, 3, 1, 1), Given(2, 3, 2, 2, scale=0, offset=7), Given(1, 3, 4, 4, scale=0.25, offset=1e4)]], modes=BOTH)
    to.layer("InstanceNorm1d", [({**three, "track_running_stats": True}, [(2, 3, 1)])], modes=BOTH)
    groups = {"num_groups": 2, "num_channels": 4}
    to.layer("GroupNorm", [(groups, [one]) for one in [(1, 4), Given(2, 4, 3, scale=0, offset=5), Given(2, 4, 8, scale=0.25, offset=1e4), (0, 4, 2)]])
    to.layer("GroupNorm", [({"num_groups": 4, "num_channels": 4, "eps": 1.0}, [(2, 4)]), ({"num_groups": 1, "num_channels": 1}, [(1, 1)])])
    rows = {"normalized_shape": [6]}
    to.layer("LayerNorm", [(rows, [one]) for one in [(1, 6), Given(3, 6, scale=0, offset=5), Given(3, 6, scale=0.25, offset=1e4), (0, 6)]])
    to.layer("LayerNorm", [({"normalized_shape": [1]}, [(3, 1)])])
    to.layer("RMSNorm", [(rows, [one]) for one in [(1, 6), Given(3, 6, scale=0, offset=5), Given(2, 6, scale=0)]], module=RMSNorm)


def attention(to):
    E = {"embed_dim": 4, "num_heads": 2}
    own = {"query": (3, 2, 4), "key": (5, 2, 4), "value": (5, 2, 4)}
    first = {"query": (2, 3, 4), "key": (2, 5, 4), "value": (2, 5, 4)}
    single = {"query": (3, 4), "key": (5, 4), "value": (5, 4)}
    to.layer("MultiheadAttention", [
        (E, own), ({**E, "bias": False}, own), ({**E, "batch_first": True}, first), (E, single),
        (E, {**own, "need_weights": False}), (E, {**own, "average_attn_weights": False}),
        (E, {**own, "attn_mask": Mask(3, 5)}), (E, {**own, "attn_mask": Given(3, 5, grad=False)}),
        (E, {**own, "attn_mask": Mask(4, 3, 5), "need_weights": False}), (E, {**own, "key_padding_mask": Mask(2, 5)}),
        ({**E, "batch_first": True}, {**first, "key_padding_mask": Mask(2, 5), "attn_mask": Mask(3, 5), "need_weights": False}),
        ({**E, "add_bias_kv": True}, own), ({**E, "add_zero_attn": True}, {**own, "attn_mask": Mask(3, 5)}),
        ({**E, "add_bias_kv": True, "add_zero_attn": True}, {**own, "key_padding_mask": Mask(2, 5)}),
        ({**E, "kdim": 3, "vdim": 5}, {"query": (3, 2, 4), "key": (5, 2, 3), "value": (5, 2, 5)}),
        ({**E, "num_heads": 1, "kdim": 3}, {"query": (1, 1, 4), "key": (2, 1, 3), "value": (2, 1, 4), "need_weights": False}),
        ({"embed_dim": 6, "num_heads": 3}, {"query": (7, 1, 6), "key": (7, 1, 6), "value": (7, 1, 6)}),
    ])


def losses(to):
    call = ("input", "target")
    fixed = Given(4, 5, grad=False)
    classes = Ints(6, high=4)
    ways = [{"reduction": way} for way in ("none", "mean", "sum")]
    for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"):
        to.layer(name, [({"reduction": "none"}, [(4, 5), fixed]), ({}, [(2, 1), Given(2, 1, grad=False)])], call)
    to.layer("SmoothL1Loss", [({"beta": 0.3}, [(4, 5), fixed]), ({"beta": 0}, [(4, 5), fixed])], call)
    to.layer("HuberLoss", [({"delta": 0.4, "reduction": "sum"}, [(4, 5), fixed])], call)
    to.layer("CrossEntropyLoss", [
        ({"reduction": "none"}, [(6, 4), classes]), ({"reduction": "none", "label_smoothing": 0.3}, [(6, 4), classes]),
        ({"reduction": "sum", "ignore_index": 0}, [(6, 4), classes]), ({}, [Given(6, 4, scale=30), classes]),
        ({}, [(6, 4), Given(6, 4, positive=True, grad=False)]), ({"reduction": "none", "label_smoothing": 0.1}, [(2, 3, 2), Ints(2, 2, high=3)]),
        ({}, [(4,), Exactly(2).scalar()]),
    ], call)
    to.layer("NLLLoss", [({"reduction": "none"}, [(6, 4), classes]), ({"ignore_index": 2, "reduction": "sum"}, [(6, 4), classes]), ({}, [(2, 3, 2, 2), Ints(2, 2, 2, high=3)])], call)
    some = Given(4, 5, positive=True, grad=False)
    to.layer("BCEWithLogitsLoss", [(way, [Given(4, 5, scale=3), some]) for way in ways[::2]] + [({}, [Given(3, 2, scale=40), Given(3, 2, positive=True, grad=False)])], call)
    to.layer("BCELoss", [(way, [Given(4, 5, positive=True), some]) for way in ways[::2]], call)
    to.layer("KLDivLoss", [(way, [(4, 5), some]) for way in ways] + [({"reduction": "sum", "log_target": True}, [(4, 5), fixed])], call)
    signs = Signs(4, 5)
    to.layer("SoftMarginLoss", [(way, [(4, 5), signs]) for way in ways], call)
    to.layer("HingeEmbeddingLoss", [(way, [(4, 5), signs]) for way in ways] + [({"margin": 2.5}, [(4, 5), signs])], call)
    two = ("input1", "input2", "target")
    to.layer("MarginRankingLoss", [(way, [(6,), (6,), Signs(6)]) for way in ways] + [({"margin": 0.5}, [(6,), (6,), Signs(6)])], two)
    to.layer("CosineEmbeddingLoss", [(way, [(4, 5), (4, 5), Signs(4)]) for way in ways] + [({"margin": 0.3}, [(4, 5), (4, 5), Signs(4)])], two)
    three = ("anchor", "positive", "negative")
    to.layer("TripletMarginLoss", [(way, [(4, 5)] * 3) for way in ways] + [({"swap": True, "margin": 2}, [(4, 5)] * 3), ({"p": 1}, [(4, 5)] * 3)], three)
    to.layer("MultiLabelSoftMarginLoss", [(way, [(4, 5), some]) for way in ways], call)
    to.layer("MultiMarginLoss", [(way, [(6, 4), classes]) for way in ways] + [({"p": 2, "margin": 0.7}, [(6, 4), classes])], call)
    counts = Ints(4, 5, high=6).floats()
    to.layer("PoissonNLLLoss", [(way, [(4, 5), counts]) for way in ways] + [
        ({"full": True}, [(4, 5), counts]), ({"log_input": False, "eps": 1e-3}, [Given(4, 5, positive=True), counts])], ("log_input", "target"))
    variance = Given(4, 5, positive=True)
    named = ("input", "target", "var")
    to.layer("GaussianNLLLoss", [(way, [(4, 5), fixed, variance]) for way in ways] + [
        ({"full": True, "eps": 0.3}, [(4, 5), fixed, variance]), ({}, [(4, 5), fixed, Given(4, 1, positive=True)])], named)
