"""torch.ao: models that are ready for quantization, before it. Quantizing itself is refused by name."""

import importlib


def __getattr__(name):
    if name not in ('nn', 'quantization'):
        raise AttributeError(f"module 'torch.ao' has no attribute '{name}'")
    return importlib.import_module(f'torch.ao.{name}')
