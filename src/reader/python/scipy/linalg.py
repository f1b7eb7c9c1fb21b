from numpy.linalg import _array, _rows, det, inv, norm, qr as _qr
from torch._constants import decompositions as _of
from torch._inert import Inert as _Inert


def qr(a, overwrite_a=False, lwork=None, mode='full', pivoting=False, check_finite=True):
    if pivoting or mode not in ('full', 'economic'):
        raise NotImplementedError('scipy.linalg.qr with pivoting or another mode is not known to the reader yet.')
    return _qr(a, 'complete' if mode == 'full' else 'reduced')


def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    rows = _rows(a)
    if permute_l or p_indices or len(rows) != len(rows[0]):
        raise NotImplementedError('scipy.linalg.lu of this form is not known to the reader yet.')
    return tuple(_array(one) for one in _of.lu(rows))


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return _Inert._named(f'scipy.linalg.{name}')
