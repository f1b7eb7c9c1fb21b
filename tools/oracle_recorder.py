"""Draws inputs, runs a layer of PyTorch on them, and writes down what came of it."""

import json
import zlib

import torch
from torch import nn

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
        self.shape, self.high, self.dtype = shape, high, torch.int64

    def floats(self):
        self.dtype = torch.float64
        return self

    def draw(self):
        return torch.randint(0, self.high, self.shape).to(self.dtype)


class Exactly:
    """These integers."""

    def __init__(self, *data):
        self.data, self.shape = data, (len(data),)

    def scalar(self):
        self.shape = ()
        return self

    def rows(self, count):
        self.shape = (count, len(self.data) // count)
        return self

    def draw(self):
        return torch.tensor(self.data).reshape(self.shape)


class Mask:
    """Where True; every row keeps its first places False."""

    def __init__(self, *shape):
        self.shape = shape

    def draw(self):
        mask = torch.rand(self.shape) < 0.4
        mask[..., 0] = False
        return mask


class Signs:
    """1 or −1."""

    def __init__(self, *shape):
        self.shape = shape

    def draw(self):
        return (torch.randint(0, 2, self.shape) * 2 - 1).double()


class Given:
    """An input of a shape: normal numbers, scaled and moved."""

    def __init__(self, *shape, scale=1.0, offset=0.0, positive=False, grad=True):
        self.shape, self.scale, self.offset, self.positive, self.grad = shape, scale, offset, positive, grad

    def draw(self):
        x = torch.randn(self.shape).double()
        if self.positive:
            x = x.sigmoid() * 0.98 + 0.01
        return rounded(x * self.scale + self.offset, 64 if self.offset else 1000).requires_grad_(self.grad)


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


class GhostBatchNorm(nn.BatchNorm2d):
    """BatchNorm of virtual batches, in turn; a rest joins the last one."""

    def __init__(self, num_features, virtual_batch_size=8, **options):
        super().__init__(num_features, **options)
        self.size = virtual_batch_size

    def _check_input_dim(self, input):
        pass

    def forward(self, x):
        if not self.training or len(x) < 2 * self.size:
            return super().forward(x)
        ends = [*range(self.size, len(x) - self.size + 1, self.size), len(x)]
        return torch.cat([super(GhostBatchNorm, self).forward(x[a:b]) for a, b in zip([0, *ends], ends)])


class BatchRenorm(nn.Module):
    """Batch renormalization (Ioffe, 2017), by its formulas."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, r_max=3, d_max=5):
        super().__init__()
        self.eps, self.momentum, self.r_max, self.d_max = eps, momentum, r_max, d_max
        self.weight = nn.Parameter(torch.ones(num_features)) if affine else None
        self.bias = nn.Parameter(torch.zeros(num_features)) if affine else None
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_std", torch.ones(num_features))

    def forward(self, x):
        y = x.transpose(1, -1)
        if self.training:
            dims = tuple(range(y.dim() - 1))
            mean, std = y.mean(dims), (y.var(dims, unbiased=False) + self.eps).sqrt()
            r = (std / self.running_std).detach().clamp(1 / self.r_max, self.r_max)
            d = ((mean - self.running_mean) / self.running_std).detach().clamp(-self.d_max, self.d_max)
            y = (y - mean) / std * r + d
            self.running_mean += self.momentum * (mean.detach() - self.running_mean)
            self.running_std += self.momentum * (std.detach() - self.running_std)
        else:
            y = (y - self.running_mean) / self.running_std
        if self.weight is not None:
            y = y * self.weight + self.bias
        return y.transpose(1, -1)


def perturb(module):
    """Weights and statistics that are not the trivial ones and 0s."""
    for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
        if not tensor.is_floating_point():
            continue
        with torch.no_grad():
            noise = torch.randn(tensor.shape).double()
            if name.endswith(("running_var", "running_std")):
                tensor.copy_(rounded(0.5 + noise.abs()))
            elif tensor.dim() < 2:
                tensor.copy_(rounded(tensor + 0.3 * noise))
            else:
                tensor.copy_(rounded(0.4 * noise))


def draw(name, spec, inputs):
    """What an argument is called with, and what the graph's call says of it; tensors are put into `inputs`."""
    if isinstance(spec, tuple):
        spec = Given(*spec)
    if isinstance(spec, list):
        parts = [draw(f"{name}.{i}", part, inputs) for i, part in enumerate(spec)]
        return tuple(value for value, _ in parts), [reference for _, reference in parts]
    if not hasattr(spec, "draw"):
        return spec, spec
    inputs[name] = spec.draw()
    return inputs[name], {"node": name}


def leaves(tree):
    if tree is None:
        return []
    return [tree] if isinstance(tree, torch.Tensor) else [leaf for branch in tree for leaf in leaves(branch)]


def given(spec):
    if isinstance(spec, tuple):
        return [Given(*spec)]
    return [one for part in spec for one in given(part)] if isinstance(spec, list) else [spec]


def case(module, args, call, training, name, computed=None):
    """`call`: for each argument a shape, something to draw, a list of such for a tuple, or a plain value."""
    torch.manual_seed(zlib.crc32(name.encode()) + SEED)
    module.double().train(training)
    perturb(module)
    inputs = {}
    drawn = {key: draw(key, spec, inputs) for key, spec in call.items()}
    state = {key: record(value) for key, value in list(module.named_parameters()) + list(module.named_buffers())}
    specs = [one for spec in call.values() for one in given(spec) if isinstance(one, Given)]
    found = {
        "name": name,
        "args": args,
        "training": training,
        "condition": max([1.0] + [abs(spec.offset) / spec.scale for spec in specs if spec.scale]),
        **({"computed": computed} if computed else {}),
        "call": {key: reference for key, (_, reference) in drawn.items()},
        "inputs": {key: record(value) for key, value in inputs.items()},
        "state": state,
    }
    first, *others = drawn.items()
    try:
        outputs = leaves(module(first[1][0], **{key: value for key, (value, _) in others}))
    except (RuntimeError, ValueError) as error:
        return {**found, "error": str(error).split("\n")[0]}
    found["outputs"] = [record(output, 7) for output in outputs]
    if any(output.requires_grad for output in outputs):
        weights = [rounded(torch.randn(output.shape)).double() for output in outputs]
        found["cotangents"] = [numbers(one) for one in weights]
        sum((output * one).sum() for output, one in zip(outputs, weights)).backward()
        wanted = [(k, v) for k, v in inputs.items() if v.requires_grad] + list(module.named_parameters())
        found["gradients"] = {key: numbers(value.grad) for key, value in wanted if value.grad is not None}
    found["buffers"] = {key: numbers(value) for key, value in module.named_buffers()} if training else {}
    return found


class Recorder:
    def __init__(self, folder):
        self.folder = folder
        self.cases = {}

    def layer(self, name, variants, call=("input",), module=None, modes=(True,)):
        """
        `variants`: arguments by name, and what it is called with: a list in the order of `call`, or by name.
        `module` makes the layer where PyTorch's own does not.
        """
        cases = self.cases.setdefault(name, [])
        module = module or getattr(nn, name)
        for args, given_call in variants:
            named = given_call if isinstance(given_call, dict) else dict(zip(call, given_call))
            for training in modes:
                made = module(**{key: tuple(one) if isinstance(one, list) else one for key, one in args.items()})
                label = f"{args} on {text(named)}, {'train' if training else 'eval'}".replace("'", "")
                cases.append(case(made, args, named, training, f"{name} {label}"))

    def computed(self, name, how, wrap, variants, weight, modes=(True,)):
        """As `layer`, of layers whose weight `wrap` makes a function of others; `weight(args, training)` says which."""
        cases = self.cases.setdefault(f"{name}_{how}", [])
        for args, shape, *options in variants:
            for training in modes:
                made = wrap(getattr(nn, name)(**args), *options)
                label = f"{name} {args} {how}{options or ''} on {list(shape)}, {'train' if training else 'eval'}".replace("'", "")
                found = {"weight": weight(training, *options)}
                cases.append(case(made, args, {"input": shape}, training, label, found))

    def finish(self):
        for name, cases in self.cases.items():
            named = [one["name"] for one in cases]
            assert len(named) == len(set(named)), [one for one in named if named.count(one) > 1]
            layer = name if name.startswith("lab.") else f"torch.nn.{name.partition('_')[0]}"
            self.write(name, {"layer": layer, "cases": cases})

    def write(self, name, content):
        text = json.dumps({"torch": torch.__version__, "seed": SEED, **content}, separators=(",", ":"))
        (self.folder / f"{name}.json").write_text(text.replace('},{"name"', '},\n{"name"') + "\n")


def text(call):
    def one(spec):
        if isinstance(spec, list):
            return "(" + ", ".join(one(part) for part in spec) + ")"
        if isinstance(spec, Given) and (spec.scale, spec.offset) != (1.0, 0.0):
            return f"{list(spec.shape)} · {spec.scale} + {spec.offset}"
        if isinstance(spec, Mask):
            return f"Mask{list(spec.shape)}"
        return str(list(getattr(spec, "shape", spec))) if isinstance(spec, tuple) or hasattr(spec, "draw") else str(spec)

    first, *rest = call.items()
    return " ".join([one(first[1]), *(one(spec) if len(call) == 2 and not isinstance(spec, list) else f"{key}={one(spec)}" for key, spec in rest)])
