"""Records what PyTorch says of the models in test/fixtures/models: `python3 tools/record-models.py`, with torch.

Names and shapes of parameters and buffers, mean and deviation of what they start with, output shapes in both
modes, and counts of modules. The reader's tests compare with it.
"""

import importlib.util
import json
import pathlib

import torch

MODELS = {
    'mlp': ('Net()', 'torch.randn(4, 10)'),
    'resnet18': ('resnet18()', 'torch.randn(2, 3, 32, 32)'),
    'gpt': ('GPT()', 'torch.randint(0, 96, (2, 16))'),
    'translation': ('Encoder()', 'torch.randint(0, 50, (3, 12))'),
    'modes': ('Autoencoder()', 'torch.randn(2, 1, 28, 28)'),
}


def shape(value):
    if isinstance(value, torch.Tensor):
        return list(value.shape)
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape(item) for item in value]
    return type(value).__name__


def counts(modules):
    found = {}
    for module in modules:
        name = type(module).__name__
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def tensor(name, value):
    numbers = value.detach().double()
    return {
        'name': name, 'shape': list(value.shape), 'mean': round(numbers.mean().item(), 6),
        'std': round(numbers.std(unbiased=False).item(), 6),
    }


def record(folder, name, construct, example):
    spec = importlib.util.spec_from_file_location(name, folder / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    import sys
    sys.modules[name] = module
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    model = eval(construct, vars(module))
    value = eval(example)
    parameters = [tensor(key, p) for key, p in model.named_parameters()]
    buffers = [tensor(key, b) for key, b in model.named_buffers()]
    state = list(model.state_dict())
    with torch.no_grad():
        train = shape(model.train()(value))
        evaluation = shape(model.eval()(value))
    return {
        'construct': construct, 'input': example, 'parameters': parameters, 'buffers': buffers, 'state_dict': state,
        'outputs': {'train': train, 'eval': evaluation}, 'moduleCounts': counts(model.modules()),
        'leafModuleCounts': counts([m for m in model.modules() if not list(m.children())]),
    }


def main():
    root = pathlib.Path(__file__).parent.parent / 'test'
    recorded = {name: record(root / 'fixtures/models', name, *how) for name, how in MODELS.items()}
    text = json.dumps({'torch': torch.__version__, 'models': recorded}, indent=1)
    (root / 'fixtures/models/recorded.json').write_text(text + '\n')


main()
