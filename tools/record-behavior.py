"""Records what public models compute and how they begin: `record-behavior.py FILES LIST OUT [--count 40]`.

FILES holds the repositories' files, LIST the models (see record-corpus.py). OUT gets, for each model,

    N.safetensors   PyTorch's own weights, an input, and the output in eval and in training mode without dropout
    N.json          the list's entry, and of every parameter over 8 seeds: count, mean, variance, fourth moment

An output that follows chance (a drawn latent, stochastic depth, functional dropout) is left out. Every model runs in a
process of its own, without network, as nobody, for a limited time and in limited memory.
"""

import argparse
import hashlib
import json
import os
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / 'corpus'))

import torch  # noqa: E402
import torchvision  # noqa: E402, F401
from loading import enclose, in_child, load  # noqa: E402

SECONDS = 150
SEEDS = 8
MOST_PARAMETERS = 30_000_000


def first_tensor(value):
    if isinstance(value, torch.Tensor):
        return value
    values = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else []
    for one in values:
        found = first_tensor(one)
        if found is not None:
            return found
    return None


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, torch.nn.modules.dropout._DropoutNd):
            module.p = 0.0
        elif isinstance(getattr(module, 'dropout', None), float):
            module.dropout = 0.0


def run(model, values, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        return first_tensor(model(*[value.clone() for value in values])).float()


def build(module, construct, seed):
    torch.manual_seed(seed)
    return eval(construct, vars(module))


def write_safetensors(path, tensors):
    types = {torch.float32: 'F32', torch.int64: 'I64', torch.bool: 'BOOL'}
    header, size, parts = {}, 0, []
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        if tensor.dtype not in types:
            tensor = tensor.float() if tensor.is_floating_point() else tensor.long()
        data = tensor.numpy().tobytes()
        header[name] = {'dtype': types[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [size, size + len(data)]}
        size += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack('<Q', len(text)) + text + b''.join(parts))


def moments(module, construct):
    """Of all seeds together; a tensor's fourth moment says how far its variance may be off."""
    found = {}
    for seed in range(SEEDS):
        for name, value in build(module, construct, seed).named_parameters():
            found.setdefault(name, []).append(value.detach().double().flatten())
    out = {}
    for name, values in found.items():
        x = torch.cat(values)
        away = x - x.mean()
        out[name] = [x.numel(), x.mean().item(), away.pow(2).mean().item(), away.pow(4).mean().item()]
    return out


def record(entry, folder, out, number):
    def work(pipe):
        enclose()
        sys.argv = ['model']
        module = load(folder / entry['path'], folder)
        model = build(module, entry['construct'], 0)
        if sum(p.numel() for p in model.parameters()) > MOST_PARAMETERS:
            return {'error': 'large'}
        torch.manual_seed(1)
        given = eval(entry['example_input'], {**vars(module), 'torch': torch})
        values = list(given) if isinstance(given, (list, tuple)) else [given]
        # Running statistics that are not what they begin as.
        for name, buffer in model.named_buffers():
            if name.endswith('running_mean'):
                buffer.normal_(0, 0.1)
            elif name.endswith('running_var'):
                buffer.uniform_(0.5, 1.5)
        tensors = {name: value.clone() for name, value in model.state_dict().items()}
        tensors |= {f'#input/{i}': value for i, value in enumerate(values)}
        model.eval()
        outputs = [run(model, values, seed) for seed in (2, 3)]
        if not torch.equal(*outputs):
            return {'error': 'its output follows chance in eval mode'}
        tensors['#eval'] = outputs[0]
        without_dropout(model)
        model.train()
        try:
            # Running statistics move between the two, and change nothing in this mode.
            outputs = [run(model, values, seed) for seed in (4, 5)]
            if torch.equal(*outputs):
                tensors['#train'] = outputs[0]
        except ValueError:
            # BatchNorm refuses one value per channel.
            pass
        write_safetensors(out / f'{number}.safetensors', tensors)
        (out / f'{number}.json').write_text(json.dumps({'entry': entry, 'moments': moments(module, entry['construct'])}) + '\n')
        return {'done': True, 'train': '#train' in tensors}

    return (in_child(SECONDS, work) or [{'error': 'died or took too long'}])[-1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('files', type=pathlib.Path)
    parser.add_argument('list', type=pathlib.Path)
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('--count', type=int, default=40)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    os.chmod(options.out, 0o777)
    entries = [json.loads(line) for line in options.list.read_text().splitlines()]
    entries = [one for one in entries if one.get('split') != 'holdout' and one.get('total_params', 1 << 60) < MOST_PARAMETERS]
    entries.sort(key=lambda one: hashlib.sha256(f'{one["path"]} {one["construct"]}'.encode()).hexdigest())
    number = 0
    for entry in entries:
        if number == options.count:
            break
        folder = options.files / f'{entry["repo"].replace("/", "__")}@{entry["commit"][:8]}'
        got = record(entry, folder.resolve(), options.out.resolve(), number)
        print(f'{entry["repo"]} {entry["construct"]}: {json.dumps(got)[:200]}', file=sys.stderr, flush=True)
        number += 'done' in got


main()
