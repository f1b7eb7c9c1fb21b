"""numpy.linalg, as far as models start their weights with it."""

from torch._constants import decompositions as _of
from torch._inert import Inert as _Inert

from ._array import asarray as _asarray
from ._array import ndarray as _ndarray


def _rows(a):
    a = _asarray(a)
    if a.ndim != 2:
        raise NotImplementedError('numpy.linalg of more than one matrix at a time is not known to the reader yet.')
    return a.tolist()


def _array(rows):
    return _ndarray((len(rows), len(rows[0])), [float(x) for row in rows for x in row])


def qr(a, mode='reduced'):
    return tuple(_array(one) for one in _of.qr(_rows(a), complete=mode == 'complete'))


def inv(a):
    return _array(_of.inverse(_rows(a)))


def det(a):
    return _of.determinant(_rows(a))


def norm(x, ord=None, axis=None, keepdims=False):
    x = _asarray(x)
    if ord not in (None, 2, 'fro') or ord == 2 and x.ndim == 2 and axis is None:
        raise NotImplementedError(f'numpy.linalg.norm with ord={ord} is not known to the reader yet.')
    return (x * x).sum(axis=axis, keepdims=keepdims) ** 0.5


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return _Inert._named(f'numpy.linalg.{name}')
