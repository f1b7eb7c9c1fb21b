"""The types of what a call gives, by the types of what it takes: asked of the table once for each distinct call."""

from . import _trace
from ._bridge import TableError, Unsupported, ask
from ._signature import plain
from ._types import Size, dtype

_LARGEST = 20_000
_known = {}


class Outputs:
    """What one call gives in one mode."""

    __slots__ = ('tree', 'leaves', 'shape', 'kind', 'question', '_alike')

    def __init__(self, tree, question):
        self.tree = tree
        self.leaves = leaves(tree)
        # Of a call that gives one tensor; None of any other.
        single = isinstance(tree, dict)
        self.shape = Size(tree['shape']) if single else None
        self.kind = tree['dtype'] if single else None
        self.question = question
        self._alike = None

    def alike(self):
        """Whether the other mode gives the same."""
        if self._alike is None:
            *question, training = self.question
            try:
                self._alike = ask(*question, not training) == self.tree
            except TableError:
                self._alike = False
        return self._alike


def leaves(tree):
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [[tree['shape'], tree['dtype']]]
    return [leaf for branch in tree for leaf in leaves(branch)]


def of_function(name, bound, training):
    """The tensors among the arguments, and the outputs."""
    return _of(('functionOutput', name), (name,), bound, training)


def of_layer(name, args, args_key, bound, training):
    """The same; `args_key` tells the layer's own arguments from others, or is None."""
    return _of(('layerOutput', name, args), None if args_key is None else (name, args_key), bound, training)


def _of(question, own_key, bound, training):
    tensors, known = [], None
    if own_key is not None:
        try:
            known = (own_key, training, *[(name, _part(value, tensors)) for name, value in bound.items()])
        except TypeError:
            tensors = []
    found = None if known is None else _known.get(known)
    if found is None:
        tensors, args, types = _question(bound)
        found = Outputs(*_answered(*question, args, types, training))
        if known is not None:
            if len(_known) >= _LARGEST:
                _known.clear()
            _known[known] = found
    trace = _trace.current()
    if trace is not None:
        trace.asked.add(found)
    return tensors, found


def _answered(*question):
    return ask(*question), question


_SIMPLE = frozenset([type(None), bool, str, int, float, type(...), type, dtype])


def _part(value, tensors):
    """What tells an argument apart from others; a TypeError where nothing quick does. Fills `tensors`."""
    kind = type(value)
    if kind in _SIMPLE:
        return kind, value
    if getattr(value, '_is_tensor', False):
        value._freshen()
        return _number(value, tensors), value._shape, value._dtype.kind
    if kind is list or kind is tuple or kind is Size:
        return tuple([_part(item, tensors) for item in value])
    if kind is slice:
        return 'slice', _part(value.start, tensors), _part(value.stop, tensors), _part(value.step, tensors)
    raise TypeError


def _number(tensor, tensors):
    if tensor._dtype.is_complex:
        raise Unsupported('A tensor of complex numbers is used here where the reader knows real ones only.')
    for index, known in enumerate(tensors):
        if known is tensor:
            return index
    tensors.append(tensor)
    return len(tensors) - 1


def _question(bound):
    """The tensors among the arguments, the arguments with references to them, and their types."""
    tensors, types = [], {}

    def number(tensor):
        tensor._freshen()
        name = str(_number(tensor, tensors))
        types[name] = {'shape': list(tensor._shape), 'dtype': tensor._dtype.kind}
        return {'node': name}

    return tensors, {key: plain(value, number) for key, value in bound.items()}, types
