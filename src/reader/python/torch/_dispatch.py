"""From a name of PyTorch's to a node: binds the call, asks the table for the output's type, records.

A call whose tensors are all constants is not recorded; it makes a constant that is recorded, or computed,
only if something needs it.
"""

from . import _constants, _outputs, _places, _tensor, _trace
from ._bridge import TableError, Unsupported, ask_name
from ._signature import bind, plain
from ._types import dtypes

# Results that share memory with their first tensor; an in-place change of one is then seen by the other.
VIEWS = frozenset(
    'view reshape transpose permute squeeze unsqueeze expand flatten chunk split unbind narrow select t detach ravel '
    '__getitem__ movedim moveaxis swapaxes swapdims unflatten diagonal expand_as view_as reshape_as tensor_split '
    'split_with_sizes broadcast_to unsafe_chunk'.split()
)


# Set while there are complex tensors: makes calls the table does not know of, or gives NotImplemented.
elsewhere = None


def find(name):
    return ask_name('function', name)


def call(name, args, kwargs):
    if elsewhere is not None:
        made = elsewhere(name, args, kwargs)
        if made is not NotImplemented:
            return made
    description = find(name)
    if description is None:
        raise Unsupported(f'`{name}` is not known to the reader yet.')
    kwargs = {key: value for key, value in kwargs.items() if not (key == 'out' and value is None)}
    bound = bind(name.rpartition('.')[2], description['args'], args, kwargs)
    try:
        return apply(description, bound)
    except TableError:
        # What the table cannot say as one call may still be known as numbers.
        if description['inPlace'] or not _computable(name, bound):
            raise
        return _constants.compute(name, (), bound)


def _computable(name, bound):
    trace = _trace.current()
    tensors = [value for value in bound.values() if getattr(value, '_is_tensor', False)]
    constant = all(
        tensor._expression is not None and not (trace is not None and is_dynamic(trace, tensor)) for tensor in tensors
    )
    return bool(tensors) and constant and name in _BY_VALUE


# The result's shape follows from the numbers.
_BY_VALUE = frozenset(
    f'torch.{space}{name}' for space in ('', 'Tensor.') for name in ('repeat_interleave', 'where', 'tensor_split')
)


def set_item(tensor, index, value):
    """What the tensor is after `tensor[index] = value`, as a tensor of its own."""
    description = find('torch.Tensor.__setitem__')
    return apply({**description, 'inPlace': False}, {'input': tensor, 'index': index, 'value': value})


def apply(description, bound):
    name = description['name']
    last = name.rpartition('.')[2]
    trace = _trace.current()
    tensors, outputs = _outputs.of_function(name, bound, trace.training if trace is not None else True)
    dynamic = trace is not None and any(is_dynamic(trace, tensor) for tensor in tensors)
    first = tensors[0] if tensors else None
    if dynamic:
        ref = trace.add('call_function', name, arguments(trace, bound), outputs.leaves, last)
        result = traced(trace, outputs, ref, first)
    else:
        result = build(outputs.tree, lambda shape, kind, index: _constant(shape, kind, name, bound, index, first))
    if description['inPlace'] or bound.get('inplace') is True or (last.endswith('_') and not last.endswith('__')):
        return rebind(next(iter(bound.values())), result)
    if last in VIEWS and first is not None and not _copies(last, bound):
        _share(result, first, last, description, bound)
    fields = description['fields']
    return named(fields, result) if fields and isinstance(result, tuple) else result


def _copies(last, bound):
    """Indexing by tensors or lists gives a tensor of its own."""
    return last == '__getitem__' and any(
        getattr(part, '_is_tensor', False) or isinstance(part, list) for part in bound['index']
    )


def _share(result, base, last, description, bound):
    key = next(key for key, value in bound.items() if value is base)
    call = (description, bound, key)
    if not isinstance(result, tuple):
        result._share(base, last, call, None, [])
        return
    for position, one in enumerate(result):
        one._share(base, last, call, position, [before._shape for before in result[:position]])


def arguments(trace, bound):
    """A call's arguments with references to the nodes they come from."""
    return {key: plain(value, lambda tensor: reference(trace, tensor)) for key, value in bound.items()}


def is_dynamic(trace, tensor):
    """Whether a value is only known when the model runs: an input, a parameter, or made of such."""
    return tensor._trace is trace or id(tensor) in trace.refs or tensor._is_state(trace)


def reference(trace, tensor):
    """The node a tensor is the output of; parameters and constants get theirs when first used."""
    if tensor._dtype.is_complex:
        raise Unsupported('A tensor of complex numbers goes here where the reader knows real ones only.')
    tensor._freshen()
    known = trace.refs.get(id(tensor))
    if known is not None:
        return dict(known)
    if tensor._trace is not None:
        raise Unsupported('A tensor of an earlier call of forward() is used again; the reader cannot carry it over.')
    name = trace.state(tensor)
    if name is not None:
        node = trace.add('get_attr', name, {}, [[list(tensor._shape), tensor._dtype.kind]], name)
    else:
        node = _materialize(trace, tensor)
    ref = {'node': node} if isinstance(node, str) else node
    trace.remember(tensor, ref)
    return dict(ref)


def _materialize(trace, tensor):
    """Writes the calls that make a constant into the trace."""
    expression = tensor._expression
    if expression is None or expression.op in ('state', 'init'):
        raise Unsupported('A tensor is used whose value was computed while the model was built, from its weights.')
    if expression.tree is not None:
        key = ('expression', id(expression))
        node = trace.refs.get(key)
        if node is None:
            args = {name: plain(value, lambda t: reference(trace, t)) for name, value in expression.args.items()}
            base = expression.op.rpartition('.')[2]
            node = trace.add('call_function', expression.op, args, expression.tree, base)
            trace.refs[key] = node
            trace.kept.append(expression)
        return {'node': node} if len(expression.tree) == 1 else {'node': node, 'index': tensor._index}
    return _constants.literal(trace, tensor)


def traced(trace, outputs, node, like):
    """What a node gives, as tensors; `like` is the first of those it takes."""
    if outputs.shape is not None:
        return _traced(trace, outputs.shape, outputs.kind, node, None, like)
    return build(outputs.tree, lambda shape, kind, index: _traced(trace, shape, kind, node, index, like))


def _traced(trace, shape, kind, node, index, like):
    tensor = _tensor.Tensor._make(shape, _dtype(kind, like))
    tensor._trace = trace
    trace.refs[id(tensor)] = {'node': node} if index is None else {'node': node, 'index': index}
    trace.kept.append(tensor)
    return tensor


def _constant(shape, kind, name, bound, index, like):
    tensor = _tensor.Tensor._make(shape, _dtype(kind, like))
    snapshot = {key: _snapshot(value) for key, value in bound.items()}
    tensor._expression = _constants.expression(name, snapshot, _places.here())
    tensor._index = 0 if index is None else index
    tensor._expression.tree = [[list(shape), kind]] if index is None else None
    return tensor


def _snapshot(value):
    """Arguments as they are now: a constant may be changed in place later."""
    if hasattr(value, '_is_tensor'):
        return value._frozen()
    if isinstance(value, (list, tuple)):
        return type(value)(_snapshot(item) for item in value) if type(value) in (list, tuple) else value
    return value


def _dtype(kind, like):
    return like._dtype if like is not None and like._dtype.kind == kind else dtypes[kind]


def build(tree, make):
    """The Python value of a tree of types; outputs of a tuple are numbered in order."""
    if isinstance(tree, dict):
        return make(tree['shape'], tree['dtype'], None)
    count = iter(range(1 << 30))

    def walk(branch):
        if branch is None:
            return None
        if isinstance(branch, dict):
            return make(branch['shape'], branch['dtype'], next(count))
        return tuple(walk(item) for item in branch)

    return walk(tree)


_named = {}


def named(fields, values):
    """A tuple with named fields, as `x.max(dim)` gives."""
    from collections import namedtuple
    fields = tuple(fields)
    if fields not in _named:
        _named[fields] = namedtuple('result', fields)
    return _named[fields](*values) if len(fields) == len(values) else values


def rebind(target, result):
    """The in-place form: `target` becomes what was computed, and every other view of it is out of date."""
    target._become(result)
    return target
