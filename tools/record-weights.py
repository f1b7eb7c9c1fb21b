"""Records small files of weights as PyTorch and NumPy write them.

    python tools/record-weights.py [test/fixtures/weights]
"""

import json
import struct
import sys
from pathlib import Path

import numpy
import torch
from torch import nn


def plain(tensor):
    return {"shape": list(tensor.shape), "data": tensor.flatten().tolist()}


def write_safetensors(path, tensors):
    """The format's description in few lines: length, header, numbers."""
    types = {torch.float32: "F32", torch.int64: "I64"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        content = tensor.numpy().tobytes()
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "test/fixtures/weights")
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    net = nn.Sequential()
    net.add_module("fc", nn.Linear(3, 2))
    net.add_module("bn", nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(4, 3)).square().sum().backward()
    optimizer.step()
    state = net.state_dict()
    (folder / "expected.json").write_text(json.dumps({name: plain(value) for name, value in state.items()}) + "\n")
    torch.save(state, folder / "state_dict.pth")
    torch.save({"epoch": 3, "best": 0.5, "model": state, "optimizer": optimizer.state_dict()}, folder / "checkpoint.pth")
    torch.save(net, folder / "module.pth")
    torch.save((1, "two", [3.0, None, True]), folder / "tuple.pth")
    numpy.savez(folder / "arrays.npz", **{name: value.numpy() for name, value in state.items()})
    write_safetensors(folder / "numpy.safetensors", state)
    six = torch.arange(6.0)
    values = torch.tensor([0.5, -1.25, 384.0, 0.0])
    torch.save({
        "transposed": six.view(2, 3).t(), "slice": six[2:5], "half": values.half(), "bfloat16": values.bfloat16(),
        "double": values.double(), "flags": torch.tensor([True, False]), "long": torch.tensor([2**31 - 1, -5]),
    }, folder / "types.pth")
