"""From a name and its arguments to a call: the table's, one on constants alone, or a refusal that says why."""

from . import _branches, _constants, _dispatch, _trace
from ._bridge import DependsOnData, UnsupportedName

# Their results have as many elements as the numbers decide.
BY_DATA = frozenset('nonzero argwhere unique unique_consecutive masked_select bincount histc where nms'.split())
_FROM_NOTHING = frozenset('tril_indices triu_indices logspace hann_window hamming_window'.split())
# Calls that make complex numbers, or take them apart.
_COMPLEX = frozenset(
    'complex polar view_as_complex view_as_real stft istft angle conj conj_physical real imag is_complex fft ifft rfft irfft fft2 ifft2 '
    'rfft2 irfft2 fftn ifftn rfftn irfftn fftshift ifftshift fftfreq rfftfreq'.split()
)


def call(names, args, kwargs):
    """`names` are full names of one function, the likeliest first."""
    last = names[-1].rpartition('.')[2]
    if last in _COMPLEX or _dispatch.elsewhere is not None and _has_complex(args, kwargs):
        from . import _complex
        return _complex.call(last, args, kwargs)
    special = _SPECIAL.get(last)
    if special is not None:
        result = special(*args, **kwargs)
        if result is not NotImplemented:
            return result
    for name in names:
        if _dispatch.find(name) is not None:
            return _dispatch.call(name, args, kwargs)
    if knows(last, args, kwargs):
        return _constants.compute(names[-1], args, kwargs)
    raise refusal(names[0])


def _has_complex(args, kwargs):
    from . import _complex
    return _complex.any_of((*args, *kwargs.values()))


def knows(last, args, kwargs):
    """Whether the call can be made on numbers that are there while the model is built."""
    tensors = _tensors(args, kwargs)
    return _constants.knows(last) and (bool(tensors) or last in _FROM_NOTHING) and all(map(is_constant, tensors))


def refusal(name, by_data=False):
    """Why there is no such call, as an exception."""
    last = name.rpartition('.')[2]
    if by_data or last in BY_DATA:
        return DependsOnData(
            f'What `{name}` gives has a shape that depends on the numbers that come in; that cannot be a graph.'
        )
    return UnsupportedName(f'`{name}` is not known to the reader yet.')


def is_constant(tensor):
    trace = _trace.current()
    return tensor._expression is not None and not (trace is not None and _dispatch.is_dynamic(trace, tensor))


def _tensors(args, kwargs):
    found = []
    for value in (*args, *kwargs.values()):
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if getattr(item, '_is_tensor', False):
                found.append(item)
    return found


def _where(*args, **kwargs):
    """With a condition alone it is nonzero."""
    if len(args) + len(kwargs) > 1:
        return NotImplemented
    condition = args[0] if args else kwargs['condition']
    if not is_constant(condition):
        raise refusal('torch.where')
    return _constants.compute('torch.nonzero', (condition,), {'as_tuple': True})


def _repeat_interleave(input, repeats, dim=None, *, output_size=None):
    """Counts that are numbers known now choose rows."""
    if not getattr(repeats, '_is_tensor', False) or is_constant(input):
        return NotImplemented
    if not is_constant(repeats):
        raise refusal('torch.repeat_interleave', by_data=True)
    from ._creation import tensor
    flat = input.flatten() if dim is None else input
    dim = 0 if dim is None else dim
    counts = repeats._values()
    counts = counts * flat.shape[dim] if len(counts) == 1 else counts
    rows = [i for i, count in enumerate(counts) for _ in range(count)]
    return flat.index_select(dim, tensor(rows))


def _masked_select(input, mask):
    return input[mask] if is_constant(mask) and not is_constant(input) else NotImplemented


def _compared(name):
    """PyTorch gives True or False at once."""
    def compare(input, other, *args, **kwargs):
        if is_constant(input) and is_constant(other):
            close = name == 'allclose'
            made = _constants.compute('torch.isclose' if close else 'torch.equal', (input, other, *args), kwargs)
            return all(made._values())
        return _branches.taken(f'`torch.{name}`')

    return compare


def _one_hot(tensor, num_classes=-1):
    if num_classes > 0 or not is_constant(tensor):
        return NotImplemented
    return _dispatch.call('torch.nn.functional.one_hot', (tensor, max(tensor._values()) + 1), {})


def _spmm(input, mat2):
    return _dispatch.call('torch.mm', (input, mat2), {})


_SPECIAL = {
    'spmm': _spmm,
    'where': _where, 'repeat_interleave': _repeat_interleave, 'masked_select': _masked_select,
    'equal': _compared('equal'), 'allclose': _compared('allclose'), 'one_hot': _one_hot,
}
