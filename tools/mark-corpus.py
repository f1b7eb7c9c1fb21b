"""Marks recorded models that follow the values of their input: `mark-corpus.py FILES LIST > MARKED`.

PyTorch has tensors without numbers of its own (FakeTensorMode). A model they cannot run, because a size or a branch
follows the values of a tensor, gets `data` with what they refuse.
"""

import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / 'corpus'))

import torch  # noqa: E402
import torchvision  # noqa: E402, F401
from torch._subclasses import FakeTensorMode  # noqa: E402
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException  # noqa: E402

import loading  # noqa: E402

SECONDS = 40


def refused(entry, folder):
    """What cannot be run without numbers, or None."""
    module = loading.load(folder / entry['path'], folder)
    model = eval(entry['construct'], vars(module)).eval()
    value = eval(entry['example_input'], {**vars(module), 'torch': torch})
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    with torch.no_grad(), mode:
        fakes = [fake(mode, one) for one in values]
        try:
            model(*fakes)
        except (DataDependentOutputException, DynamicOutputShapeException) as error:
            return str(error.func)
        except Exception as error:
            # Some say it in words of their own.
            text = str(error)
            return text.split('\n')[0][:80] if 'data-dependent' in text or 'unbacked' in text else None
    return None


def fake(mode, value):
    if isinstance(value, torch.Tensor):
        return mode.from_tensor(value)
    if isinstance(value, (list, tuple)):
        return type(value)(fake(mode, item) for item in value)
    return value


def main():
    root, listed = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    for line in listed.read_text().splitlines():
        entry = json.loads(line)
        entry.pop('data', None)
        folder = root / f'{entry["repo"].replace("/", "__")}@{entry["commit"][:8]}'
        found = loading.in_child(SECONDS, lambda _: loading.enclosed(lambda: refused(entry, folder)))
        if found and isinstance(found[-1], str):
            entry['data'] = found[-1]
        print(json.dumps(entry), flush=True)


main()
