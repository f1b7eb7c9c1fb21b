"""What recurrent layers have beside the table: sequences of different lengths, and helpers of the GPU."""

from ..._bridge import Unsupported


class PackedSequence:
    """Padded sequences and their lengths; PyTorch stores the same steps without the padding."""

    def __init__(self, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None, *, _padded=None):
        if _padded is None:
            raise Unsupported('A `PackedSequence` made by hand is not known to the reader yet; use `pack_padded_sequence`.')
        self._padded, self._lengths, self._batch_first, self._known = _padded

    def __getattr__(self, name):
        if name in ('data', 'batch_sizes', 'sorted_indices', 'unsorted_indices'):
            raise Unsupported(f'`{name}` of a `PackedSequence` is not known to the reader yet; unpack it first.')
        raise AttributeError(f"'PackedSequence' object has no attribute '{name}'")

    def to(self, *args, **kwargs):
        return self

    cuda = cpu = to


def packed(padded, lengths, batch_first, known):
    """`lengths` is a tensor (N), or None where every sequence has all steps; `known` are their numbers, or None."""
    return PackedSequence(None, _padded=(padded, lengths, batch_first, known))


def recurrent_base(layer):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence):
            return layer.forward(self, input, hx)
        batch_first = bool(self.batch_first)
        x = input._padded if input._batch_first == batch_first else input._padded.transpose(0, 1)
        more = {} if input._lengths is None else {'lengths': input._lengths}
        output, state = layer.forward(self, x, hx, **more)
        return packed(output, input._lengths, batch_first, input._known), state

    def flatten_parameters(self):
        pass

    def all_weights(self):
        names = [name for name in self._spec if '.' not in name]
        ends = sorted({name.split('_', 2)[2] for name in names}, key=lambda end: (len(end.split('_')[0]), end))
        return [[self._state(name) for name in names if name.split('_', 2)[2] == end] for end in ends]

    return type('RNNBase', (layer,), {
        'forward': forward, 'flatten_parameters': flatten_parameters, 'all_weights': property(all_weights),
    })
