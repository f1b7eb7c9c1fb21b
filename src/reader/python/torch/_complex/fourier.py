"""torch.fft and the short-time transforms as products with tables of cosines and sines.

X[k] = Σ x[t] exp(-2πi k t / n); an angle is reduced to one turn in integers first, so that long signals stay exact.
"""

import math

from .. import _creation
from .._bridge import Unsupported
from . import Complex, as_complex, is_complex, pair, parts


def _table(rows, columns, n):
    """cos and sin of 2π r c / n, (rows, columns)."""
    turns = _creation.arange(rows).unsqueeze(1) * _creation.arange(columns).unsqueeze(0) % n
    angles = turns.float() * (2 * math.pi / n)
    return angles.cos(), angles.sin()


def _resized(x, n):
    """The last dimension cut or filled with zeros to n."""
    from ..nn.functional import pad
    length = x._shape[-1]
    return x if length == n else x[..., :n] if length > n else pad(x, (0, n - length))


def _scale(norm, n, inverse):
    """What a transform is multiplied with; 'backward' divides the inverse one."""
    if norm not in (None, 'backward', 'ortho', 'forward'):
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if norm == 'ortho':
        return n ** -0.5
    return 1 / n if inverse == (norm != 'forward') else 1.0


def _along(dim, x, transform):
    """A transform of the last dimension, along another one."""
    dim %= len(x._shape)
    if dim == len(x._shape) - 1:
        return transform(x)
    return transform(x.transpose(dim, -1)).transpose(dim, -1)


def _scaled(x, scale):
    return x if scale == 1.0 else x * scale


def _dft(input, n, dim, norm, inverse, kept=None):
    """The first `kept` of n frequencies."""
    n = input._shape[dim] if n is None else n
    scale = _scale(norm, n, inverse)

    def transform(x):
        re, im = (None if part is None else _resized(part, n) for part in parts(x))
        cos, sin = _table(n, n if kept is None else kept(n), n)
        sin = sin if inverse else -sin
        if im is None:
            return Complex(_scaled(re @ cos, scale), _scaled(re @ sin, scale))
        return Complex(_scaled(re @ cos - im @ sin, scale), _scaled(re @ sin + im @ cos, scale))

    return _along(dim, input, transform)


def _fft(input, n=None, dim=-1, norm=None, *, out=None):
    return _dft(input, n, dim, norm, False)


def _ifft(input, n=None, dim=-1, norm=None, *, out=None):
    return _dft(input, n, dim, norm, True)


def _rfft(input, n=None, dim=-1, norm=None, *, out=None):
    if is_complex(input):
        raise RuntimeError('rfft expects a real input tensor, but got ComplexFloat')
    return _dft(input, n, dim, norm, False, lambda n: n // 2 + 1)


def _irfft(input, n=None, dim=-1, norm=None, *, out=None):
    input = as_complex(input)
    n = 2 * (input._shape[dim] - 1) if n is None else n
    if n < 1:
        raise RuntimeError(f'Invalid number of data points ({n}) specified')
    scale, half = _scale(norm, n, True), n // 2 + 1

    def transform(x):
        re, im = (_resized(part, half) for part in parts(x))
        cos, sin = _table(half, n, n)
        # All but the first and, of an even n, the last stand for two frequencies.
        twice = [1.0 if k == 0 or 2 * k == n else 2.0 for k in range(half)]
        weights = _creation.tensor(twice)
        return _scaled((re * weights) @ cos - (im * weights) @ sin, scale)

    return _along(dim, input, transform)


def _sizes(input, s, dim):
    rank = len(input._shape)
    if dim is None:
        dim = tuple(range(0 if s is None else rank - len(s), rank))
    dim = (dim,) if isinstance(dim, int) else tuple(dim)
    s = [None] * len(dim) if s is None else [None if n == -1 else n for n in s]
    return list(zip(s, dim))


def _several(one, last=None, last_comes_first=True):
    """A transform over several dimensions; that of real signals has one of them halved, the last."""
    def transform(input, s=None, dim=None, norm=None, *, out=None):
        steps = _sizes(input, s, dim)
        if last is None:
            for n, d in steps:
                input = one(input, n, d, norm)
            return input
        *others, (n, d) = steps
        if last_comes_first:
            input = last(input, n, d, norm)
        for m, e in others:
            input = one(input, m, e, norm)
        return input if last_comes_first else last(input, n, d, norm)

    return transform


def _two(transform):
    return lambda input, s=None, dim=(-2, -1), norm=None, *, out=None: transform(input, s, dim, norm)


_fftn, _ifftn = _several(_fft), _several(_ifft)
_rfftn, _irfftn = _several(_fft, _rfft), _several(_ifft, _irfft, False)


def _shift(inverse):
    def shift(input, dim=None):
        dims = range(len(input._shape)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
        sizes = [input._shape[d] for d in dims]
        return input.roll([(n + 1) // 2 if inverse else n // 2 for n in sizes], list(dims))

    return shift


def _fftfreq(n, d=1.0, **kwargs):
    return _creation.tensor([(k if k < (n + 1) // 2 else k - n) / (n * d) for k in range(n)], dtype=kwargs.get('dtype'))


def _rfftfreq(n, d=1.0, **kwargs):
    return _creation.tensor([k / (n * d) for k in range(n // 2 + 1)], dtype=kwargs.get('dtype'))


def _framing(n_fft, hop_length, win_length, window):
    """The hop, and the window in the middle of a frame."""
    from ..nn.functional import pad
    hop, length = hop_length or n_fft // 4, win_length or n_fft
    window = _creation.ones(length) if window is None else window
    left = (n_fft - length) // 2
    return hop, pad(window, (left, n_fft - length - left)) if length < n_fft else window


def _stft(input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode='reflect', normalized=False,
          onesided=None, return_complex=None):
    from ..nn.functional import pad
    if is_complex(input) or onesided is False:
        raise Unsupported('`torch.stft` with both sides is not known to the reader yet.')
    if return_complex is None:
        raise RuntimeError('stft requires the return_complex parameter be given for real inputs')
    hop, window = _framing(n_fft, hop_length, win_length, window)
    x = input if len(input._shape) == 2 else input.unsqueeze(0)
    x = pad(x, (n_fft // 2, n_fft // 2), mode=pad_mode) if center else x
    found = _rfft(x.unfold(-1, n_fft, hop) * window).transpose(-2, -1)
    found = found * n_fft ** -0.5 if normalized else found
    found = found if len(input._shape) == 2 else found.squeeze(0)
    return found if return_complex else pair(found)


def _istft(input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None,
           length=None, return_complex=False):
    from ..nn.functional import fold
    if return_complex or onesided is False:
        raise Unsupported('`torch.istft` with both sides is not known to the reader yet.')
    hop, window = _framing(n_fft, hop_length, win_length, window)
    x = input if len(input._shape) == 3 else input.unsqueeze(0)
    frames = _irfft(x * n_fft ** 0.5 if normalized else x, n_fft, 1) * window.unsqueeze(-1)
    total = n_fft + hop * (x._shape[-1] - 1)

    def added(pieces):
        return fold(pieces, (1, total), (1, n_fft), stride=(1, hop)).reshape([pieces._shape[0], total])

    weight = added((window * window).reshape([1, n_fft, 1]).expand(1, n_fft, x._shape[-1]))
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else total - start
    signal = (added(frames) / weight)[:, start:end]
    return signal if len(input._shape) == 3 else signal.squeeze(0)


OPERATIONS = {
    'fft': _fft, 'ifft': _ifft, 'rfft': _rfft, 'irfft': _irfft, 'fftn': _fftn, 'ifftn': _ifftn, 'rfftn': _rfftn,
    'irfftn': _irfftn, 'fft2': _two(_fftn), 'ifft2': _two(_ifftn), 'rfft2': _two(_rfftn), 'irfft2': _two(_irfftn),
    'fftshift': _shift(False), 'ifftshift': _shift(True), 'fftfreq': _fftfreq, 'rfftfreq': _rfftfreq, 'stft': _stft,
    'istft': _istft,
}
