"""Records what PyTorch gives for every function of the files in test/fixtures/tracing, on one tensor (2, 3, 4).

Needs PyTorch and numpy; the tests need only the recording. Run: python3 tools/record-tracing.py
"""

import importlib.util
import inspect
import json
import math
import pathlib

import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "test" / "fixtures" / "tracing"
FILES = {"functions.py": "recorded.json", "complex_numbers.py": "complex_numbers.json"}


def leaves(tree):
    if isinstance(tree, torch.Tensor):
        return [tree]
    branches = tree.values() if isinstance(tree, dict) else tree
    return [leaf for branch in branches for leaf in leaves(branch)]


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return float(f"{value:.7g}") if isinstance(value, float) else int(value)


def kind(tensor):
    if tensor.dtype == torch.bool:
        return "bool"
    return "float32" if tensor.dtype.is_floating_point else "int64"


def record(source, target):
    spec = importlib.util.spec_from_file_location("functions", FOLDER / source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    recorded = {}
    for name, function in vars(module).items():
        if not inspect.isfunction(function) or function.__module__ != "functions" or name == "parts":
            continue
        torch.manual_seed(0)
        x = torch.tensor([math.sin(1 + 1.7 * i + 0.37 * ord("x")) for i in range(24)]).reshape(2, 3, 4)
        recorded[name] = [
            {"shape": list(leaf.shape), "dtype": kind(leaf), "data": [number(v) for v in leaf.reshape(-1).tolist()]}
            for leaf in leaves(module.Call(name)(x))
        ]
    lines = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in recorded.items())
    (FOLDER / target).write_text(f"{{\n{lines}\n}}\n")


for source, target in FILES.items():
    record(source, target)
