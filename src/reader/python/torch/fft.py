"""Functions of the table, or a refusal by name."""

from ._functions import install

install(__name__, 'torch.fft')
