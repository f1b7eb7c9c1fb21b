"""Holds the reader's torchvision against the real one, and records what the real one builds: one model a family.

The reader's own package is ordinary PyTorch code, so it is run by PyTorch here: with one seed both must build the
same tensors under the same names, to the bit, and give the same output. What is recorded are names, shapes, means
and deviations of the tensors, output shapes and modules: what the reader must say. Needs PyTorch and torchvision.
Run: python3 tools/record-torchvision.py
"""

import collections
import importlib
import json
import pathlib
import sys
import types

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "test" / "fixtures" / "torchvision.json"
# Every one is compared, the first of a row is recorded.
FAMILIES = [
    ["alexnet"],
    ["vgg11_bn", "vgg13", "vgg16", "vgg19_bn"],
    ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2"],
    ["squeezenet1_0", "squeezenet1_1"],
    ["densenet121", "densenet161", "densenet169", "densenet201"],
    ["googlenet"],
    ["inception_v3"],
    ["mobilenet_v2"],
    ["mobilenet_v3_small", "mobilenet_v3_large"],
    ["mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"],
    ["shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"],
    ["efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5",
     "efficientnet_b6", "efficientnet_b7"],
    ["efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"],
    ["regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf", "regnet_y_8gf", "regnet_y_16gf"],
    ["regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf", "regnet_x_8gf", "regnet_x_16gf", "regnet_x_32gf"],
    ["convnext_tiny", "convnext_small", "convnext_base"],
    ["vit_b_32", "vit_b_16", "vit_l_32"],
    ["swin_t", "swin_s", "swin_b"],
    ["swin_v2_t", "swin_v2_s", "swin_v2_b"],
]


def packages():
    """The real torchvision, and the reader's with the few names of the reader that it asks for."""
    real = importlib.import_module("torchvision")
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "torchvision"}
    names = {"_bridge": ["Unsupported"], "_inert": ["Inert"], "_trace": ["report"], "_refused": ["refused"]}
    for module, values in names.items():
        sys.modules[f"torch.{module}"] = stand_in = types.ModuleType(f"torch.{module}")
        for value in values:
            setattr(stand_in, value, type(value, (Exception,), {}))
    sys.path.insert(0, str(ROOT / "src" / "reader" / "python"))
    # Only this package of the folder: torch itself is loaded and stays PyTorch's.
    ours = importlib.import_module("torchvision")
    assert ours.models.resnet18, "its files are read when the first name is asked for"
    sys.path.pop(0)
    sys.modules.update(kept)
    return real, ours


def built(package, name):
    torch.manual_seed(0)
    return getattr(package.models, name)()


def side(name):
    return 299 if name == "inception_v3" else 224


def output(model, name, training):
    model.train(training)
    torch.manual_seed(1)
    x = torch.randn(2, 3, side(name), side(name))
    with torch.no_grad():
        result = model(x)
    return list(result) if isinstance(result, tuple) else [result]


def compare(real, ours, name):
    theirs, mine = built(real, name), built(ours, name)
    a, b = theirs.state_dict(), mine.state_dict()
    assert list(a) == list(b), f"{name}: {set(a) ^ set(b)}"
    for key, tensor in a.items():
        assert torch.equal(tensor, b[key]), f"{name}: {key} starts otherwise"
    for training in (False, True):
        expected = output(theirs, name, training)
        if name == "googlenet" and real.__version__ < "0.15":
            # The two auxiliary outputs had each other's place.
            expected[1:] = expected[:0:-1]
        for x, y in zip(expected, output(mine, name, training), strict=True):
            assert torch.equal(x, y), f"{name}: another output, {(x - y).abs().max()}"
    counts = [collections.Counter(type(module).__name__ for module in model.modules()) for model in (theirs, mine)]
    assert counts[0] == counts[1], f"{name}: {counts[0] - counts[1]} and {counts[1] - counts[0]}"
    return built(real, name)


def statistics(tensor):
    flat = tensor.detach().double().reshape(-1)
    return [float(f"{n:.5g}") for n in (flat.mean().item(), flat.std(unbiased=False).item())]


def figures(model, name):
    def tensors(named):
        return [[key, list(tensor.shape), *statistics(tensor)] for key, tensor in named]

    return {
        "side": side(name),
        "parameters": tensors(model.named_parameters()),
        "buffers": tensors(model.named_buffers()),
        "train": [list(x.shape) for x in output(model, name, True)],
        "eval": [list(x.shape) for x in output(model, name, False)],
        "modules": dict(sorted(collections.Counter(type(module).__name__ for module in model.modules()).items())),
    }


def main():
    real, ours = packages()
    assert real is not ours and real.models.resnet18 is not ours.models.resnet18
    recorded = {}
    only = sys.argv[1:]
    for family in FAMILIES:
        for name in family:
            if only and name not in only:
                continue
            model = compare(real, ours, name)
            print(name, "is the same", flush=True)
            if name == family[0]:
                recorded[name] = figures(model, name)
    if not only:
        lines = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in recorded.items())
        TARGET.write_text(f"{{\n{lines}\n}}\n")
        print(f"{len(recorded)} models recorded with torchvision {real.__version__} and PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
