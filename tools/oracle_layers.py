"""Which layers and losses are recorded, with which arguments, on which shapes."""

from oracle_recorder import Exactly, Given, Ints, RMSNorm
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

BOTH = (True, False)


def record_layers(to):
    to.layer("Linear", [
        ({"in_features": 10, "out_features": 20}, [(5, 10)]),
        ({"in_features": 7, "out_features": 3, "bias": False}, [(4, 7)]),
        ({"in_features": 6, "out_features": 9}, [(2, 5, 6)]),
        ({"in_features": 30, "out_features": 1}, [(1, 30)]),
    ])
    to.layer("Conv1d", [
        ({"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1}, [(2, 3, 9)]),
        ({"in_channels": 4, "out_channels": 4, "kernel_size": 5, "stride": 2, "dilation": 2, "padding": 4}, [(2, 4, 12)]),
    ])
    to.layer("Conv2d", [
        ({"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1}, [(2, 3, 6, 7)]),
        ({"in_channels": 3, "out_channels": 5, "kernel_size": 3, "padding": 1, "stride": 2, "bias": False}, [(2, 3, 8, 8)]),
        ({"in_channels": 3, "out_channels": 4, "kernel_size": 7, "padding": 3, "stride": 2, "bias": False}, [(1, 3, 12, 12)]),
        ({"in_channels": 4, "out_channels": 6, "kernel_size": 1}, [(2, 4, 4, 5)]),
        ({"in_channels": 4, "out_channels": 6, "kernel_size": 1, "stride": 2, "bias": False}, [(2, 4, 5, 5)]),
        ({"in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 2}, [(2, 4, 5, 5)]),
        ({"in_channels": 4, "out_channels": 4, "kernel_size": 3, "groups": 4, "padding": 1}, [(2, 4, 5, 6)]),
        ({"in_channels": 2, "out_channels": 3, "kernel_size": [2, 3], "dilation": 2, "padding": [1, 2]}, [(1, 2, 7, 6)]),
        ({"in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": "same"}, [(1, 2, 5, 5)]),
    ])
    to.layer("Conv3d", [({"in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": 1}, [(1, 2, 4, 4, 5)])])
    to.layer("ConvTranspose1d", [({"in_channels": 3, "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1}, [(2, 3, 5)])])
    to.layer("ConvTranspose2d", [
        ({"in_channels": 3, "out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1}, [(2, 3, 4, 4)]),
        ({"in_channels": 4, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, [(1, 4, 3, 4)]),
    ])
    norms = [{}, {"affine": False}, {"momentum": None}, {"track_running_stats": False}, {"eps": 0.1, "momentum": 0.3}]
    for name, shapes in [
        ("BatchNorm1d", [(5, 6), (4, 6, 7), (2, 6)]),
        ("BatchNorm2d", [(4, 6, 3, 5), (2, 6, 1, 1)]),
        ("BatchNorm3d", [(2, 6, 2, 3, 2)]),
    ]:
        variants = [({"num_features": 6, **options}, [shapes[0]]) for options in norms]
        variants += [({"num_features": 6}, [shape]) for shape in shapes[1:]]
        variants += [({"num_features": 6}, [Given(*shapes[0], scale=0.5, offset=1e3)])]
        to.layer(name, variants, modes=BOTH)
    for name, shape in [("InstanceNorm1d", (3, 4, 7)), ("InstanceNorm2d", (2, 4, 3, 5)), ("InstanceNorm3d", (2, 4, 2, 3, 2))]:
        options = [{}, {"affine": True}, {"affine": True, "track_running_stats": True}, {"track_running_stats": True, "momentum": 0.4}]
        to.layer(name, [({"num_features": 4, **one}, [shape]) for one in options], modes=BOTH)
    to.layer("GroupNorm", [
        ({"num_groups": 2, "num_channels": 6}, [(3, 6, 4)]),
        ({"num_groups": 3, "num_channels": 6}, [(2, 6, 3, 4)]),
        ({"num_groups": 1, "num_channels": 6, "affine": False}, [(2, 6, 3, 4)]),
        ({"num_groups": 2, "num_channels": 8, "eps": 0.01}, [(5, 8)]),
    ])
    to.layer("LayerNorm", [
        ({"normalized_shape": [12]}, [(3, 5, 12)]),
        ({"normalized_shape": [3, 4]}, [(5, 3, 4)]),
        ({"normalized_shape": [9], "elementwise_affine": False, "eps": 0.1}, [(4, 9)]),
        ({"normalized_shape": [16]}, [Given(3, 16, scale=0.5, offset=1e3)]),
    ])
    to.layer("RMSNorm", [
        ({"normalized_shape": [12]}, [(3, 5, 12)]),
        ({"normalized_shape": [9], "elementwise_affine": False, "eps": 0.1}, [(4, 9)]),
    ], module=RMSNorm)
    wide = Given(3, 17, scale=3)
    for name in "ReLU ReLU6 Tanh Sigmoid SiLU Hardswish Hardsigmoid Mish Softsign LogSigmoid SELU Tanhshrink Hardtanh".split():
        to.layer(name, [({}, [wide])])
    to.layer("LeakyReLU", [({}, [wide]), ({"negative_slope": 0.3}, [wide])])
    to.layer("ELU", [({}, [wide]), ({"alpha": 1.7}, [wide])])
    to.layer("GELU", [({}, [wide]), ({"approximate": "tanh"}, [wide])])
    to.layer("Softplus", [({}, [Given(3, 17, scale=9)]), ({"beta": 2, "threshold": 5}, [wide])])
    to.layer("PReLU", [({}, [wide]), ({"num_parameters": 4}, [(2, 4, 5)])])
    to.layer("GLU", [({}, [(3, 8)]), ({"dim": 1}, [(2, 4, 3)])])
    for name in ["Softmax", "LogSoftmax"]:
        to.layer(name, [({"dim": -1}, [wide]), ({"dim": 1}, [(2, 5, 3)])])
    to.layer("MaxPool1d", [({"kernel_size": 3, "stride": 2}, [(2, 3, 9)])])
    to.layer("MaxPool2d", [
        ({"kernel_size": 2}, [(2, 3, 6, 6)]),
        ({"kernel_size": 3, "stride": 2, "padding": 1}, [(2, 3, 7, 8)]),
        ({"kernel_size": [2, 3], "stride": 2, "dilation": [2, 1], "ceil_mode": True}, [(1, 2, 8, 9)]),
    ])
    to.layer("AvgPool2d", [
        ({"kernel_size": 2}, [(2, 3, 6, 6)]),
        ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, [(2, 3, 6, 7)]),
        ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}, [(2, 3, 6, 7)]),
    ])
    to.layer("AdaptiveAvgPool2d", [({"output_size": 1}, [(2, 3, 5, 4)]), ({"output_size": [3, None]}, [(2, 3, 7, 4)])])
    to.layer("AdaptiveMaxPool2d", [({"output_size": [2, 3]}, [(2, 3, 5, 7)])])
    to.layer("Embedding", [
        ({"num_embeddings": 9, "embedding_dim": 5}, [Ints(3, 4, high=9)]),
        ({"num_embeddings": 6, "embedding_dim": 3, "padding_idx": 2}, [Ints(7, high=6)]),
    ])
    to.layer("Dropout", [({"p": 0.4}, [(3, 7)])], modes=(False,))
    to.layer("Flatten", [({}, [(2, 3, 4)])])
    to.layer("ReflectionPad2d", [({"padding": [1, 2, 2, 1]}, [(1, 2, 4, 5)])])
    to.layer("ReplicationPad2d", [({"padding": 2}, [(1, 2, 3, 4)])])
    to.layer("ZeroPad2d", [({"padding": [1, 0, 2, 1]}, [(1, 2, 3, 4)])])
    to.layer("Upsample", [
        ({"scale_factor": 2, "mode": "nearest"}, [(1, 2, 3, 4)]),
        ({"size": [5, 7], "mode": "bilinear"}, [(1, 2, 3, 4)]),
        ({"scale_factor": 2, "mode": "bilinear", "align_corners": True}, [(1, 2, 3, 4)]),
    ])
    to.layer("PixelShuffle", [({"upscale_factor": 2}, [(1, 8, 3, 2)])])


def record_losses(to):
    call = ("input", "target")
    to.layer("CrossEntropyLoss", [
        ({}, [(6, 4), Ints(6, high=4)]),
        ({"reduction": "sum"}, [(6, 4), Ints(6, high=4)]),
        ({"label_smoothing": 0.2}, [(6, 4), Ints(6, high=4)]),
        ({"ignore_index": 1}, [(7, 4), Ints(7, high=4)]),
        ({"ignore_index": 2, "label_smoothing": 0.1}, [(7, 4), Ints(7, high=4)]),
        ({}, [(2, 4, 3, 3), Ints(2, 3, 3, high=4)]),
    ], call)
    to.layer("NLLLoss", [({}, [Given(5, 4), Ints(5, high=4)])], call)
    for name in ["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"]:
        to.layer(name, [({}, [(4, 5), Given(4, 5, grad=False)]), ({"reduction": "sum"}, [(4, 5), Given(4, 5, grad=False)])], call)
    to.layer("BCEWithLogitsLoss", [({}, [Given(4, 5, scale=3), Given(4, 5, positive=True, grad=False)])], call)
    to.layer("BCELoss", [({}, [Given(4, 5, positive=True), Given(4, 5, positive=True, grad=False)])], call)
    ctc = ("log_probs", "targets", "input_lengths", "target_lengths")
    to.layer("CTCLoss", [
        ({}, [Given(7, 3, 5, offset=-2), Exactly(1, 2, 3, 2, 2, 0, 4, 1, 1).rows(3), [7, 5, 6], [3, 2, 1]]),
        ({"reduction": "sum", "blank": 4}, [Given(6, 2, 5), Exactly(0, 1, 3, 3).rows(2), Exactly(6, 5), Exactly(2, 2)]),
        ({"reduction": "none"}, [Given(4, 2, 3), Exactly(1, 2, 1), [4, 4], [1, 2]]),
        ({"reduction": "none", "zero_infinity": True}, [Given(3, 2, 3), Exactly(1, 1, 1, 1, 2, 1).rows(2), [3, 3], [3, 2]]),
    ], ctc)
    to.layer("KLDivLoss", [({"reduction": "batchmean"}, [(4, 5), Given(4, 5, positive=True, grad=False)])], call)


def packed(base):
    """The layer on sequences of different lengths."""

    class Packed(base):
        def forward(self, input, lengths, hx=None):
            packed = pack_padded_sequence(input, lengths, self.batch_first, enforce_sorted=False)
            output, state = super().forward(packed, hx)
            total = input.shape[1 if self.batch_first else 0]
            return pad_packed_sequence(output, self.batch_first, total_length=total)[0], state

    return Packed


def record_recurrent(to):
    sizes = {"input_size": 4, "hidden_size": 3}
    deep = {**sizes, "num_layers": 2}
    wide = {**deep, "bidirectional": True}
    x = (5, 2, 4)
    states = [
        ({**sizes}, {"input": x}),
        ({**sizes, "bias": False}, {"input": x}),
        ({**sizes, "batch_first": True}, {"input": (2, 5, 4)}),
        ({**sizes, "bidirectional": True}, {"input": x}),
        ({**deep}, {"input": x, "hx": (2, 2, 3)}),
        ({**wide, "batch_first": True}, {"input": (2, 3, 4), "hx": (4, 2, 3)}),
        ({**wide, "bias": False}, {"input": (3, 1, 4)}),
        ({**sizes, "bidirectional": True}, {"input": (4, 4), "hx": (2, 3)}),
        ({**sizes}, {"input": (1, 3, 4)}),
        ({"input_size": 7, "hidden_size": 9}, {"input": (6, 4, 7)}),
    ]
    pairs = [(args, {**call, **({"hx": [call["hx"], call["hx"]]} if "hx" in call else {})}) for args, call in states]
    projected = [
        ({**sizes, "proj_size": 2}, {"input": x}),
        ({**wide, "proj_size": 2}, {"input": x, "hx": [(4, 2, 2), (4, 2, 3)]}),
        ({**sizes, "proj_size": 1, "bias": False, "batch_first": True}, {"input": (2, 4, 4)}),
    ]
    relu = [({**args, "nonlinearity": "relu"}, call) for args, call in states[3:6]]
    lengths = Exactly(3, 5, 1)
    padded = [
        ({**sizes}, {"input": (5, 3, 4), "lengths": lengths}),
        ({**wide, "batch_first": True}, {"input": (3, 5, 4), "lengths": lengths}),
    ]
    to.layer("RNN", states + relu)
    to.layer("RNN", padded, module=packed(nn.RNN))
    to.layer("GRU", states)
    to.layer("GRU", padded, module=packed(nn.GRU))
    with_states = [({**deep}, {"input": (5, 3, 4), "lengths": lengths, "hx": [(2, 3, 3), (2, 3, 3)]})]
    to.layer("LSTM", pairs + projected)
    to.layer("LSTM", padded + with_states, module=packed(nn.LSTM))
    cells = [({**sizes}, {"input": (2, 4)}), ({**sizes}, {"input": (2, 4), "hx": (2, 3)}),
             ({**sizes, "bias": False}, {"input": (2, 4), "hx": (2, 3)}), ({**sizes}, {"input": (4,), "hx": (3,)}),
             ({"input_size": 9, "hidden_size": 6}, {"input": (5, 9), "hx": (5, 6)})]
    to.layer("RNNCell", cells + [({**sizes, "nonlinearity": "relu"}, {"input": (2, 4), "hx": (2, 3)})])
    to.layer("GRUCell", cells)
    to.layer("LSTMCell", [(args, {**call, **({"hx": [call["hx"], call["hx"]]} if "hx" in call else {})}) for args, call in cells])


def record_computed(to):
    """Layers under weight_norm and spectral_norm."""

    def length(training, dim=0):
        args = {"v": {"node": "weight_v"}, "g": {"node": "weight_g"}, "dim": -1 if dim is None else dim}
        return {"function": "torch._weight_norm", "args": args}

    def spectral(training, name="weight", n_power_iterations=1, eps=1e-12, dim=0):
        parts = {"weight": {"node": "weight_orig"}, "u": {"node": "weight_u"}, "v": {"node": "weight_v"}}
        rest = {"n_power_iterations": n_power_iterations, "eps": eps, "dim": dim, "training": training}
        return {"function": "torch._spectral_norm", "args": {**parts, **rest}}

    linear = {"in_features": 5, "out_features": 4}
    conv = {"in_channels": 2, "out_channels": 3, "kernel_size": 3}
    up = {"in_channels": 3, "out_channels": 2, "kernel_size": 3, "bias": False}
    name = "weight"

    def weighted(module, dim=0):
        return weight_norm(module, name, dim)

    to.computed("Linear", "weight_norm", weighted, [(linear, (3, 5)), (linear, (3, 5), 1), (linear, (3, 5), None)], length)
    to.computed("Conv2d", "weight_norm", weighted, [(conv, (2, 2, 4, 5)), (conv, (1, 2, 4, 4), 1), (conv, (1, 2, 4, 4), 3)], length)
    to.computed("ConvTranspose2d", "weight_norm", weighted, [(up, (1, 3, 3, 3))], length)
    to.computed("Linear", "spectral_norm", spectral_norm, [(linear, (3, 5)), (linear, (3, 5), name, 4)], spectral, BOTH)
    to.computed("Conv2d", "spectral_norm", spectral_norm, [(conv, (2, 2, 4, 5)), (conv, (2, 2, 4, 4), name, 2, 1e-12, 1)], spectral, BOTH)
    to.computed("ConvTranspose2d", "spectral_norm", spectral_norm, [(up, (1, 3, 3, 3), name, 1, 1e-12, 1)], spectral, BOTH)
