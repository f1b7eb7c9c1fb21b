"""Records what PyTorch does into test/oracle: signatures, and outputs of layers and functions on small tensors.

Needs PyTorch; the tests need only the recordings. Inputs are not stored: `numbers` here and in
test/torch/oracle.ts give the same tensors from a key. Run: python3 tools/record-torch.py
"""

import ast
import inspect
import json
import math
import os
import pathlib

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
ORACLE = HERE.parent / "test" / "oracle"


def numbers(key, count):
    return [math.sin(1 + 1.7 * i + 0.37 * sum(map(ord, key))) for i in range(count)]


def make(key, spec):
    """A tensor from `{shape, dtype, below}`: floats in (-1, 1), integers below `below`, bools by sign."""
    shape, dtype = spec["shape"], spec.get("dtype", "float32")
    count = math.prod(shape)
    values = numbers(key, count)
    if dtype == "int64":
        below = spec.get("below", 3)
        return torch.tensor([int(abs(v) * 1000) % below for v in values], dtype=torch.int64).reshape(shape)
    if dtype == "bool":
        return torch.tensor([v > 0 for v in values]).reshape(shape)
    if spec.get("positive"):
        values = [(abs(v) + 0.1) * (0.8 if spec.get("unit") else 1) for v in values]
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def plain(value):
    """As JSON, where infinities are words."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def number(value):
    return plain(float(f"{value:.7g}")) if isinstance(value, float) else value


def outputs(tree):
    if tree is None:
        return []
    if isinstance(tree, torch.Tensor):
        dtype = str(tree.dtype).replace("torch.", "")
        data = [number(v) for v in tree.detach().reshape(-1).tolist()]
        return [{"shape": list(tree.shape), "dtype": dtype, "data": data}]
    return [leaf for branch in tree for leaf in outputs(branch)]


def resolve(value, types):
    if isinstance(value, dict) and "node" in value:
        return make(value["node"], types[value["node"]])
    if isinstance(value, dict) and "slice" in value:
        return slice(*value["slice"])
    if isinstance(value, dict) and "ellipsis" in value:
        return ...
    if isinstance(value, list):
        return [resolve(item, types) for item in value]
    if isinstance(value, str) and value.startswith("torch."):
        return getattr(torch, value[6:])
    return {"inf": math.inf, "-inf": -math.inf}.get(value, value) if isinstance(value, str) else value


def run_layer(case):
    path = case["layer"].split(".")
    layer = getattr(torch.nn, path[-1])(**{k: resolve(v, {}) for k, v in case["args"].items()})
    layer.train(case["training"])
    for name, tensor in layer.state_dict().items():
        if tensor.dtype == torch.float32:
            spec = {"shape": list(tensor.shape), "positive": name == "running_var"}
            tensor.copy_(make(name, spec))
    inputs = {k: resolve(v, case["types"]) for k, v in case["inputs"].items()}
    first = next(iter(inputs))
    result = outputs(layer(inputs.pop(first), **inputs))
    after = {
        name: [number(v) for v in tensor.reshape(-1).tolist()]
        for name, tensor in layer.state_dict().items()
        if name.startswith("running")
    }
    state = {name: list(tensor.shape) for name, tensor in layer.state_dict().items()}
    return {"outputs": result, "state": state, **({"after": after} if after else {})}


def find(name):
    target = torch
    for word in name.split(".")[1:]:
        target = getattr(target, word)
    return target


def run_function(case):
    args = {k: resolve(v, case["types"]) for k, v in case["args"].items()}
    name = case["function"]
    if name.startswith("torch.Tensor."):
        values = list(args.values())
        if name.endswith("__getitem__") or name.endswith("__setitem__"):
            index = tuple(values[1]) if isinstance(values[1], list) else values[1]
            if name.endswith("__getitem__"):
                return {"outputs": outputs(values[0][index])}
            values[0][index] = values[2]
            return {"outputs": outputs(values[0])}
        return {"outputs": outputs(find(name)(*values))}
    if case.get("positional"):
        flat = [item for value in args.values() for item in (value if isinstance(value, list) else [value])]
        return {"outputs": outputs(find(name)(*flat))}
    return {"outputs": outputs(find(name)(**args))}


def record_cases():
    cases = json.loads((ORACLE / "torch-cases.json").read_text())
    recorded = []
    for case in cases:
        torch.manual_seed(0)
        try:
            result = run_layer(case) if "layer" in case else run_function(case)
        except (RuntimeError, ValueError, IndexError, AssertionError, TypeError) as error:
            result = {"error": str(error).split("\n")[0]}
        recorded.append(result)
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in recorded)
    (ORACLE / "torch-results.json").write_text(f"[\n{lines}\n]\n")
    failed = sum("error" in one for one in recorded)
    print(f"{len(recorded)} cases, {failed} refused by PyTorch {torch.__version__}")


def statistics(tensor):
    flat = tensor.detach().double().reshape(-1)
    mean, std = flat.mean().item(), flat.std(unbiased=False).item()
    low, high = flat.min().item(), flat.max().item()
    zeros = (flat == 0).double().mean().item()
    return {k: number(v) for k, v in dict(mean=mean, std=std, min=low, max=high, zeros=zeros).items()}


INITS = [
    ("uniform_", [100, 200], {}),
    ("uniform_", [100, 200], {"a": -2, "b": 0.5}),
    ("normal_", [100, 200], {"mean": 1, "std": 0.02}),
    ("trunc_normal_", [100, 200], {"std": 0.02}),
    ("trunc_normal_", [100, 200], {"mean": 0.5, "std": 1, "a": -1, "b": 1}),
    ("constant_", [3, 4], {"val": 0.3}),
    ("ones_", [5], {}),
    ("zeros_", [5], {}),
    ("eye_", [3, 5], {}),
    ("dirac_", [4, 3, 3, 3], {}),
    ("dirac_", [4, 2, 3], {"groups": 2}),
    ("xavier_uniform_", [100, 300], {}),
    ("xavier_uniform_", [64, 32, 3, 3], {"gain": 2}),
    ("xavier_normal_", [100, 300], {"gain": 0.5}),
    ("kaiming_uniform_", [100, 300], {}),
    ("kaiming_uniform_", [64, 32, 3, 3], {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_uniform_", [100, 300], {"a": 2.23606797749979}),
    ("kaiming_normal_", [100, 300], {}),
    ("kaiming_normal_", [64, 32, 3, 3], {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", [100, 300], {"nonlinearity": "tanh"}),
    ("orthogonal_", [40, 60], {}),
    ("orthogonal_", [60, 4, 3], {"gain": 2}),
    ("sparse_", [100, 200], {"sparsity": 0.3}),
]

LAYERS = [
    ("Linear", {"in_features": 200, "out_features": 300}),
    ("Bilinear", {"in1_features": 20, "in2_features": 30, "out_features": 40}),
    ("Conv1d", {"in_channels": 32, "out_channels": 64, "kernel_size": 5}),
    ("Conv2d", {"in_channels": 64, "out_channels": 128, "kernel_size": 3, "groups": 4}),
    ("ConvTranspose2d", {"in_channels": 64, "out_channels": 32, "kernel_size": 4}),
    ("BatchNorm2d", {"num_features": 7}),
    ("LayerNorm", {"normalized_shape": [3, 4]}),
    ("GroupNorm", {"num_groups": 2, "num_channels": 6}),
    ("PReLU", {"num_parameters": 3}),
    ("Embedding", {"num_embeddings": 300, "embedding_dim": 100}),
    ("Embedding", {"num_embeddings": 3, "embedding_dim": 4, "padding_idx": 1}),
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4, "add_bias_kv": True}),
    ("MultiheadAttention", {"embed_dim": 64, "num_heads": 4, "kdim": 32, "vdim": 48}),
    ("RNN", {"input_size": 100, "hidden_size": 120, "num_layers": 2}),
    ("LSTM", {"input_size": 40, "hidden_size": 80, "bidirectional": True, "num_layers": 2, "proj_size": 30}),
    ("GRU", {"input_size": 60, "hidden_size": 50, "bias": False}),
    ("LSTMCell", {"input_size": 60, "hidden_size": 90}),
]

GAINS = [("linear", None), ("conv2d", None), ("sigmoid", None), ("tanh", None), ("relu", None)]
GAINS += [("leaky_relu", None), ("leaky_relu", 0.2), ("selu", None)]


def record_inits():
    torch.manual_seed(0)
    named = []
    for name, shape, args in INITS:
        tensor = getattr(torch.nn.init, name)(torch.empty(shape), **args)
        named.append({"name": name, "shape": shape, "args": args, **statistics(tensor)})
    layers = []
    for name, args in LAYERS:
        state = getattr(torch.nn, name)(**args).state_dict()
        tensors = {key: {"shape": list(t.shape), **statistics(t)} for key, t in state.items()}
        layers.append({"name": name, "args": args, "state": tensors})
    gains = [[name, param, number(float(torch.nn.init.calculate_gain(name, param)))] for name, param in GAINS]
    recorded = {"inits": named, "layers": layers, "gains": gains}
    (ORACLE / "torch-inits.json").write_text(json.dumps(recorded, indent=1) + "\n")
    print(f"{len(named)} initializations, {len(layers)} layers")


def parameter_text(parameter):
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    if parameter.kind in stars:
        return stars[parameter.kind] + parameter.name
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    return f"{parameter.name}={json.dumps(plain(parameter.default))}"


def signature_of(function):
    texts = []
    star = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            texts.append("*")
            star = True
        star = star or parameter.kind is inspect.Parameter.VAR_POSITIONAL
        texts.append(parameter_text(parameter))
    return texts


def stub_default(node):
    try:
        return json.dumps(plain(ast.literal_eval(node)))
    except ValueError:
        return json.dumps(ast.unparse(node))


def stub_signature(node):
    arguments = node.args
    names = [a.arg for a in arguments.posonlyargs + arguments.args]
    defaults = [None] * (len(names) - len(arguments.defaults)) + list(arguments.defaults)
    texts = [n if d is None else f"{n}={stub_default(d)}" for n, d in zip(names, defaults)]
    if arguments.vararg:
        texts.append("*" + arguments.vararg.arg)
    elif arguments.kwonlyargs:
        texts.append("*")
    for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults):
        texts.append(a.arg if d is None else f"{a.arg}={stub_default(d)}")
    return texts


def stubs():
    """Signatures of what is written in C++, from the type stubs PyTorch ships; one entry for each overload."""
    folder = pathlib.Path(os.path.dirname(torch.__file__)) / "_C"
    found = {}
    module = ast.parse((folder / "_VariableFunctions.pyi").read_text())
    tensor = next(
        node
        for node in ast.parse((folder / "__init__.pyi").read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == "_TensorBase"
    )
    nn = ast.parse((folder / "_nn.pyi").read_text())
    for prefix, body in (("torch.", module.body), ("torch.Tensor.", tensor.body), ("torch.nn.functional.", nn.body)):
        for node in body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(prefix + node.name, []).append(stub_signature(node))
    return found


def record_signatures():
    known = json.loads((ORACLE / "torch-names.json").read_text())
    built_in = stubs()
    signatures = {}
    for name in known["layers"]:
        cls = getattr(torch.nn, name.split(".")[-1], None)
        if cls is not None:
            signatures[name] = [signature_of(cls.__init__)[1:]]
            signatures[name + ".forward"] = [signature_of(cls.forward)[1:]]
    for name in known["functions"] + known["inits"]:
        try:
            function = find(name)
        except AttributeError:
            continue
        function = BOOLEAN_DISPATCH.get(name, function)
        try:
            signatures[name] = [signature_of(function)]
        except (ValueError, TypeError):
            if name in built_in:
                signatures[name] = built_in[name]
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(texts)}" for name, texts in sorted(signatures.items()))
    (ORACLE / "torch-signatures.json").write_text(f"{{\n{lines}\n}}\n")
    print(f"{len(signatures)} signatures")


# These are chosen by `return_indices` at run time; the plain one has the signature.
BOOLEAN_DISPATCH = {
    f"torch.nn.functional.{kind}_pool{n}d": getattr(F, f"_{kind}_pool{n}d")
    for kind in ("max", "adaptive_max")
    for n in (1, 2, 3)
    if hasattr(F, f"_{kind}_pool{n}d")
}

if __name__ == "__main__":
    record_signatures()
    record_cases()
    record_inits()
