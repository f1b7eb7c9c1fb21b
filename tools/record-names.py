"""Writes src/reader/python/torch/_names.py: the names PyTorch has in its namespaces, so that `hasattr` says of each
what PyTorch says. Needs PyTorch 2.6; run: python3 tools/record-names.py
"""

import pathlib
import textwrap

import torch
import torch.distributions
import torch.nn.functional
import torch.nn.init
import torch.nn.utils

OUT = pathlib.Path(__file__).resolve().parent.parent / 'src' / 'reader' / 'python' / 'torch' / '_names.py'
SPACES = {
    'torch': torch, 'torch.Tensor': torch.Tensor, 'torch.nn': torch.nn, 'torch.nn.functional': torch.nn.functional,
    'torch.linalg': torch.linalg, 'torch.fft': torch.fft, 'torch.special': torch.special,
    'torch.distributions': torch.distributions,
}
HEAD = '''"""The names of PyTorch {version}'s namespaces, recorded by tools/record-names.py."""

_TEXT = {{
'''
TAIL = '''}

_sets = {}


def has(space, name):
    """Whether PyTorch has `space.name`; a namespace nobody has recorded has every name."""
    if space not in _TEXT:
        return True
    if space not in _sets:
        _sets[space] = frozenset(_TEXT[space].split())
    return name in _sets[space]
'''


def main():
    parts = [HEAD.format(version='.'.join(torch.__version__.split('.')[:2]))]
    for space, module in SPACES.items():
        names = [name for name in dir(module) if not name.startswith('_')]
        lines = textwrap.wrap(' '.join(names), 110, break_long_words=False)
        parts.append(f"    '{space}': '''\n" + '\n'.join(lines) + "\n''',\n")
    OUT.write_text(''.join([*parts, TAIL]))


main()
