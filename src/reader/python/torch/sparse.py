"""What of torch.sparse is of use to tensors that are stored whole; there are no others here."""

from . import _functions
from ._refused import install as _install

_refused = _install(__name__)


def mm(mat1, mat2, reduce=None):
    if reduce is not None:
        _functions.function('torch.sparse.mm')(mat1, mat2, reduce)
    return mat1 @ mat2


def softmax(input, dim, *, dtype=None):
    return input.softmax(dim, dtype=dtype)


def sum(input, dim=None, dtype=None):
    return input.sum() if dim is None else input.sum(dim)


def __getattr__(name):
    return _refused(name)
