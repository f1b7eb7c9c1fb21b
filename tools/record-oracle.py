"""Records what PyTorch computes, so that the engine can be tested without it.

    python3 tools/record-oracle.py test/oracle

writes one file for each layer and loss (inputs, state, outputs, gradients, buffers afterwards), optimizers.json
(ten steps each) and nets.json (twenty steps of whole nets). Layers are computed in float64, so that what differs is
the engine's rounding, not PyTorch's; optimizers and nets in float32. Inputs have three decimals, or are multiples of
1/64 where they lie far from zero, which float32 holds exactly; results have seven digits.
"""

import json
import sys
import zlib
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

SEED = 20


def rounded(tensor, parts=1000):
    return (tensor * parts).round() / parts


def numbers(tensor, digits=7):
    flat = tensor.detach().flatten().tolist()
    return [float(f"{x:.{digits}g}") for x in flat] if tensor.is_floating_point() else flat


def record(tensor, digits=10):
    return {"shape": list(tensor.shape), "dtype": "float32" if tensor.is_floating_point() else str(tensor.dtype)[6:], "data": numbers(tensor, digits)}


class Ints:
    """An int64 input of a shape, below a limit."""

    def __init__(self, *shape, high):
        self.shape, self.high = shape, high

    def draw(self):
        return torch.randint(0, self.high, self.shape)


class Given:
    """An input of a shape: normal numbers, scaled and moved."""

    def __init__(self, *shape, scale=1.0, offset=0.0, positive=False, grad=True):
        self.shape, self.scale, self.offset, self.positive, self.grad = shape, scale, offset, positive, grad

    def draw(self):
        x = torch.randn(self.shape)
        if self.positive:
            x = x.sigmoid() * 0.98 + 0.01
        return rounded(x * self.scale + self.offset, 64 if self.offset else 1000).double().requires_grad_(self.grad)


class RMSNorm(nn.Module):
    """torch.nn.RMSNorm, which this PyTorch may not have."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.eps = torch.finfo(torch.float32).eps if eps is None else eps
        self.dims = len(normalized_shape)
        self.weight = nn.Parameter(torch.ones(normalized_shape)) if elementwise_affine else None

    def forward(self, x):
        mean = x.square().mean(dim=tuple(range(-self.dims, 0)), keepdim=True)
        y = x * torch.rsqrt(mean + self.eps)
        return y if self.weight is None else y * self.weight


def inputs_of(specs):
    return [spec.draw() if isinstance(spec, (Given, Ints)) else Given(*spec).draw() for spec in specs]


def perturb(module):
    """Weights and statistics that are not the trivial ones and 0s."""
    for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
        if not tensor.is_floating_point():
            continue
        with torch.no_grad():
            noise = torch.randn(tensor.shape).double()
            if name.endswith("running_var"):
                tensor.copy_(rounded(0.5 + noise.abs()))
            elif tensor.dim() < 2:
                tensor.copy_(rounded(tensor + 0.3 * noise))
            else:
                tensor.copy_(rounded(0.4 * noise))


def case(module, args, call, specs, training, name):
    torch.manual_seed(zlib.crc32(name.encode()) + SEED)
    module.double().train(training)
    perturb(module)
    inputs = inputs_of(specs)
    state = {key: record(value) for key, value in list(module.named_parameters()) + list(module.named_buffers())}
    found = {
        "name": name,
        "args": args,
        "training": training,
        "condition": max([1.0] + [abs(spec.offset) / spec.scale for spec in specs if isinstance(spec, Given)]),
        "inputs": {key: record(value) for key, value in zip(call, inputs)},
        "state": state,
    }
    output = module(*inputs)
    if isinstance(output, tuple):
        output = output[0]
    found["output"] = record(output, 7)
    if output.requires_grad:
        weights = rounded(torch.randn(output.shape)).double()
        found["cotangent"] = numbers(weights)
        (output * weights).sum().backward()
        wanted = [(k, v) for k, v in zip(call, inputs) if v.requires_grad] + list(module.named_parameters())
        found["gradients"] = {key: numbers(value.grad) for key, value in wanted if value.grad is not None}
    found["buffers"] = {key: numbers(value) for key, value in module.named_buffers()} if training else {}
    return found


class Recorder:
    def __init__(self, folder):
        self.folder = folder

    def layer(self, name, variants, call=("input",), module=None, modes=(True,)):
        """`variants`: (arguments by name, shapes or inputs)."""
        cases = []
        for args, specs in variants:
            for training in modes:
                made = (module or getattr(nn, name))(**args)
                shapes = " ".join(str(list(getattr(s, "shape", s))) for s in specs)
                label = f"{args} on {shapes}, {'train' if training else 'eval'}".replace("'", "")
                cases.append(case(made, args, call, specs, training, f"{name} {label}"))
        self.write(name, {"layer": f"torch.nn.{name}", "cases": cases})

    def write(self, name, content):
        text = json.dumps({"torch": torch.__version__, "seed": SEED, **content}, separators=(",", ":"))
        (self.folder / f"{name}.json").write_text(text.replace('},{"name"', '},\n{"name"') + "\n")


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
    to.layer("KLDivLoss", [({"reduction": "batchmean"}, [(4, 5), Given(4, 5, positive=True, grad=False)])], call)


def record_optimizers(to):
    cases = []
    sgd = [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.8, "dampening": 0.3},
           {"weight_decay": 0.1}, {"momentum": 0.9, "weight_decay": 0.05, "maximize": True}]
    adam = [{}, {"betas": [0.7, 0.95], "eps": 1e-3}, {"weight_decay": 0.1}, {"amsgrad": True}, {"maximize": True}]
    rmsprop = [{}, {"alpha": 0.9, "eps": 1e-3}, {"momentum": 0.9}, {"centered": True},
               {"centered": True, "momentum": 0.5, "weight_decay": 0.1}]
    adagrad = [{}, {"lr_decay": 0.1}, {"weight_decay": 0.1, "initial_accumulator_value": 0.5}, {"eps": 1e-2}]
    for name, options in [("SGD", {"lr": 0.1, **o}) for o in sgd] + [
        (kind, {"lr": 0.05, **o}) for kind in ["Adam", "AdamW"] for o in adam
    ] + [("RMSprop", {"lr": 0.02, **o}) for o in rmsprop] + [("Adagrad", {"lr": 0.1, **o}) for o in adagrad]:
        torch.manual_seed(SEED)
        parameter = nn.Parameter(rounded(torch.randn(9)))
        found = {"name": f"torch.optim.{name}", "args": options, "start": numbers(parameter), "gradients": [], "values": []}
        optimizer = getattr(torch.optim, name)([parameter], **options)
        for _ in range(10):
            parameter.grad = rounded(torch.randn(9))
            optimizer.step()
            found["gradients"].append(numbers(parameter.grad))
            found["values"].append(numbers(parameter))
        cases.append(found)
    to.write("optimizers", {"cases": cases})


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.bn1, self.fc2 = nn.Linear(10, 20), nn.BatchNorm1d(20), nn.Linear(20, 1)

    def forward(self, x):
        return self.fc2(F.relu(self.bn1(self.fc1(x))))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv3, self.bn3 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.down, self.bn4 = nn.Conv2d(6, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(x)))))
        x = F.relu(y + self.bn4(self.down(x)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.position = nn.Embedding(11, 8), nn.Embedding(6, 8)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(8), nn.LayerNorm(8), nn.LayerNorm(8)
        self.query, self.value, self.out = (nn.Linear(8, 8) for _ in range(3))
        # A bias here changes nothing but rounding, which Adam would make steps of.
        self.key = nn.Linear(8, 8, bias=False)
        self.up, self.down, self.head = nn.Linear(8, 24), nn.Linear(24, 8), nn.Linear(8, 11)

    def forward(self, tokens, positions):
        B, T = tokens.shape
        x = self.token(tokens) + self.position(positions)
        y = self.norm1(x)
        q, k, v = (f(y).view(B, T, 2, 4).transpose(1, 2) for f in (self.query, self.key, self.value))
        scores = q @ k.transpose(-2, -1) / 2.0
        scores = scores.masked_fill(torch.ones(T, T).tril() == 0, float("-inf"))
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, 8)
        x = x + self.out(y)
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.head(self.norm3(x))


def record_nets(to):
    def mse(output, target):
        return F.mse_loss(output, target)

    def classes(output, target):
        return F.cross_entropy(output.flatten(0, -2), target.flatten())

    positions = torch.arange(6).repeat(3, 1)
    nets = [
        ("mlp", Mlp, mse, "SGD", {"lr": 0.05, "momentum": 0.9}, lambda: [rounded(torch.randn(5, 10))], lambda: rounded(torch.randn(5, 1))),
        ("resnet", ResNet, classes, "SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3, "nesterov": True},
         lambda: [rounded(torch.randn(4, 2, 12, 12))], lambda: torch.randint(0, 3, (4,))),
        ("transformer", Transformer, classes, "AdamW", {"lr": 0.01},
         lambda: [torch.randint(0, 11, (3, 6)), positions], lambda: torch.randint(0, 11, (3, 6))),
    ]
    found = []
    for name, make, loss_of, optimizer_name, options, draw, draw_target in nets:
        torch.manual_seed(SEED)
        net = make()
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.copy_(rounded(parameter))
        start = {key: record(value) for key, value in net.state_dict().items()}
        optimizer = getattr(torch.optim, optimizer_name)(net.parameters(), **options)
        batches = [(draw(), draw_target()) for _ in range(4)]
        losses = []
        for step in range(20):
            inputs, target = batches[step % 4]
            optimizer.zero_grad()
            loss = loss_of(net(*inputs), target)
            loss.backward()
            optimizer.step()
            losses.append(float(f"{loss.item():.7g}"))
        net.eval()
        with torch.no_grad():
            output = net(*batches[0][0])
        found.append({
            "name": name, "optimizer": {"target": f"torch.optim.{optimizer_name}", "args": options}, "start": start,
            "batches": [{"inputs": [record(x) for x in inputs], "target": record(target)} for inputs, target in batches],
            "losses": losses, "end": {key: numbers(value) for key, value in net.state_dict().items()},
            "evalOutput": numbers(output),
        })
    to.write("nets", {"nets": found})


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "test/oracle")
    torch.set_num_threads(1)
    recorder = Recorder(folder)
    record_layers(recorder)
    record_losses(recorder)
    record_optimizers(recorder)
    record_nets(recorder)
