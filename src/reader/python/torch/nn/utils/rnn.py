"""Sequences of different lengths. They stay padded in the graph, and layers are told the lengths."""

from . import __getattr__
from ... import _trace
from ..._bridge import Unsupported
from ..._creation import tensor as _tensor
from ..._functions import function as _function
from ..._types import int64 as _int64
from ..modules.recurrent import PackedSequence, packed as _packed


def _known(lengths):
    """The lengths as numbers, where the model can know them before it runs; else None."""
    if hasattr(lengths, '_is_tensor'):
        try:
            lengths = lengths.tolist()
        except Unsupported:
            return None
    return [int(length) for length in lengths]


def _constant(lengths):
    """One number for all is written so that it holds for any batch size."""
    alike = len(set(lengths)) == 1
    return _function('torch.full')((len(lengths),), lengths[0], dtype=_int64) if alike else _tensor(lengths)


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    lengths = getattr(lengths, '_deferred', lengths)
    known = _known(lengths)
    n, steps = (input.shape[0], input.shape[1]) if batch_first else (input.shape[1], input.shape[0])
    if known is not None:
        if len(known) != n:
            raise RuntimeError(f'Expected `len(lengths)` to be equal to batch_size, but got {len(known)} (batch_size={n})')
        if min(known) < 1:
            raise RuntimeError('Length of all samples has to be greater than 0, but found an element in `lengths` that is <= 0')
        if max(known) > steps:
            raise RuntimeError(f'Expected lengths of at most {steps}, the padded length, but got {max(known)}')
        if enforce_sorted and known != sorted(known, reverse=True):
            raise RuntimeError('`lengths` array must be sorted in decreasing order when `enforce_sorted` is True')
        lengths = None if min(known) == steps else _constant(known)
    else:
        _trace.report(
            'model/packed-length',
            'The lengths of the packed sequences are only known when the model runs; in the graph the output keeps '
            'the padded length of the input, where PyTorch cuts it to the longest sequence.',
        )
    return _packed(input, lengths, batch_first, known)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    x, lengths = sequence._padded, sequence._lengths
    x = x if sequence._batch_first == batch_first else x.transpose(0, 1)
    dim = 1 if batch_first else 0
    n, steps = x.shape[1 - dim], x.shape[dim]
    if lengths is None:
        lengths = _constant([steps] * n)
    elif sequence._known is not None:
        longest = max(sequence._known)
        if total_length is not None and total_length < longest:
            raise ValueError(f'Expected total_length to be at least the length of the longest sequence, {longest}')
        x = x.narrow(dim, 0, min(steps, max(longest, total_length or 0)))
    steps = x.shape[dim]
    if padding_value != 0:
        t = _function('torch.arange')(steps)
        inside = (t[None, :] < lengths[:, None]) if batch_first else (t[:, None] < lengths[None, :])
        x = _function('torch.where')(inside.unsqueeze(-1), x, padding_value)
    if total_length is not None and total_length > steps:
        pad = [0, 0] * (x.dim() - 1 - dim) + [0, total_length - steps]
        x = _function('torch.nn.functional.pad')(x, pad, 'constant', padding_value)
    elif total_length is not None and total_length < steps:
        raise Unsupported('`total_length` below the padded length of sequences whose lengths are not known.')
    return x, lengths
