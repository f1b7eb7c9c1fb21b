"""What a weight starts with: the steps of the user's program, in order, each with its line.

A weight has no numbers here, so a step is written down instead of done.
"""

from . import _dispatch, _places, _trace
from ._bridge import Unsupported, ask_name
from ._constants import Expression, values
from ._signature import bind, plain
from ._types import dtype

RANDOM = frozenset(['torch.rand', 'torch.randn'])
# These leave the order of the elements, and so the steps, as they are.
SAME = frozenset('view reshape clone to detach unsqueeze squeeze flatten contiguous unflatten view_as float'.split())
LARGEST = 1 << 22


# The numbers of one reading that are packed, each text once: index by text, and by what it is the value of.
packed = {}
_packed_values = {}


def begin():
    packed.clear()
    _packed_values.clear()


def known(target):
    return ask_name('init', target) is not None


def outside(tensor):
    """Whether an in-place change happens while the model is built."""
    trace = _trace.current()
    return tensor._trace is None and (trace is None or not _dispatch.is_dynamic(trace, tensor._owner))


def is_weight(tensor):
    from ._parameter import Parameter
    owner = tensor._owner
    return isinstance(owner, Parameter)


def weight_of(tensor):
    """The parameter a tensor is a view of, through however many views, or None."""
    while tensor is not None and not is_weight(tensor):
        tensor = tensor._source
    return tensor


def expression(prior, call):
    made = Expression('init', {'prior': prior, 'call': call})
    return made


def layer_default(tensor, steps):
    """What a layer's reset_parameters() does."""
    for step in steps:
        _set(tensor, {'target': step['target'], 'args': step['args'], 'place': None})


def dependent(tensor, target, args):
    """The tensor, which starts from another's initial values; `args` name that one from beside this."""
    tensor._owner._expression = None
    _set(tensor, {'target': target, 'args': args, 'place': None})
    return tensor


def _set(tensor, call):
    owner = tensor._owner
    prior = owner._frozen() if owner._expression is not None else None
    made = expression(prior, call)
    for one in (owner, tensor):
        one._expression, one._index = made, 0


def step(target, tensor, args, kwargs):
    """torch.nn.init.…(tensor) or tensor.…_(); gives the tensor back."""
    params = ask_name('init', target)
    if params is None:
        raise Unsupported(f'`{target}` is not known to the reader yet.')
    kwargs = {key: value for key, value in kwargs.items() if key != 'generator'}
    bound = bind(target.rpartition('.')[2], params, [_number(arg) for arg in args],
                 {key: _number(value) for key, value in kwargs.items()})
    call = {'target': target, 'args': plain(bound, None), 'place': _places.here()}
    source = tensor._source
    if source is not None and is_weight(source) and not is_weight(tensor):
        _step_on_view(tensor, source, call)
    elif source is not None and weight_of(source) is not None:
        _approximate(weight_of(source))
    else:
        _set(tensor, call)
    return tensor


def _number(value):
    return value.item() if getattr(value, '_is_tensor', False) else value


def _step_on_view(view, source, call):
    kind, part = view._part
    if kind in SAME:
        _set(source, call)
        return
    narrowed = _narrowed(source, kind, part) if view._span is None else _spanned(source, view._span)
    if narrowed is None:
        _approximate(source)
        return
    dim, start, length = narrowed
    args = {'dim': dim, 'start': start, 'length': length, 'steps': [{'target': call['target'], 'args': call['args']}]}
    _set(source, {'target': 'torch.Tensor.narrow', 'args': args, 'place': call['place']})


def _spanned(source, span):
    dim, start, length = span
    dim %= source.ndim
    return dim, start % source._shape[dim], 1 if length is None else length


def _narrowed(source, kind, part):
    """A view as one stretch of one dimension, or None."""
    if kind != '__getitem__':
        return None
    cut = None
    for dim, item in enumerate(part):
        if isinstance(item, int):
            here = (dim, item % source._shape[dim], 1)
        elif isinstance(item, slice) and item.step in (None, 1):
            start, stop, _ = item.indices(source._shape[dim])
            if (start, stop) == (0, source._shape[dim]):
                continue
            here = (dim, start, max(stop - start, 0))
        else:
            return None
        if cut is not None:
            return None
        cut = here
    return cut or (0, 0, source._shape[0])


def part(tensor, index, value):
    """weight[i] = value, while the model is built."""
    owner = tensor._owner
    narrowed = _narrowed(owner, '__getitem__', index)
    if narrowed is None or (getattr(value, '_is_tensor', False) and value.numel() != 1):
        _approximate(owner)
        return
    dim, start, length = narrowed
    fill = {'target': 'torch.nn.init.constant_', 'args': {'val': plain(float(_number(value)), None)}}
    args = {'dim': dim, 'start': start, 'length': length, 'steps': [fill]}
    _set(owner, {'target': 'torch.Tensor.narrow', 'args': args, 'place': _places.here()})


def _approximate(owner):
    _trace.report('model/initialization', 'A part of a weight is initialized here in a way the graph cannot repeat.')


def assign(tensor, source):
    """copy_ and `.data =` while the model is built."""
    if not getattr(source, '_is_tensor', False):
        return step('torch.Tensor.fill_', tensor, (source,), {})
    if tensor._source is not None and is_weight(tensor._source):
        _approximate(tensor._source)
        return tensor
    owner = tensor._owner
    for one in (owner, tensor):
        one._expression, one._index = source._expression, source._index
    if source._expression is None:
        _approximate(owner)
    return tensor


def steps(tensor):
    """The initialization of a parameter or buffer as a list of steps; None where it cannot be said."""
    if tensor._expression is None:
        return []
    found = _steps(tensor)
    if found is None:
        return _numbers(tensor)
    return found


def _steps(tensor):
    made = tensor._expression
    if made is None:
        return None
    if made.op == 'init':
        prior = made.args['prior']
        before = [] if prior is None else steps(prior)
        return None if before is None else [*before, made.args['call']]
    name = made.op.rpartition('.')[2]
    tensors = [value for value in made.args.values() if getattr(value, '_is_tensor', False)]
    lists = [value for value in made.args.values() if isinstance(value, (list, tuple))
             and any(getattr(item, '_is_tensor', False) for item in value)]
    if lists:
        return _joined(lists[0])
    if not tensors:
        return _created(made, tensor)
    if len(tensors) > 1 or 'input' not in made.args:
        return None
    before = _steps(tensors[0])
    if before is None:
        return None
    if name in SAME or _spread(before) and name in _dispatch.VIEWS:
        return before
    rest = {key: value for key, value in made.args.items() if key != 'input'}
    params = ask_name('init', f'torch.Tensor.{name}_')
    if params is None or tensors[0]._shape != tensor._shape or not set(rest) <= {param['name'] for param in params}:
        return None
    return [*before, {'target': f'torch.Tensor.{name}_', 'args': plain(rest, None), 'place': made.place}]


def _spread(found):
    """Whether every element is drawn alike, so that the order does not matter."""
    alike = ('rand', 'randn', 'zeros', 'ones', 'full', 'empty', 'mul_', 'add_', 'sub_', 'div_', 'clamp_', 'erfinv_',
             'normal_', 'uniform_', 'trunc_normal_', 'constant_', 'zeros_', 'ones_', 'fill_', 'zero_')
    return all(call['target'].rpartition('.')[2] in alike for call in found)


def _joined(tensors):
    parts = [_steps(tensor) for tensor in tensors]
    if any(found is None or not _spread(found) for found in parts):
        return None
    told = [[(call['target'], call['args'].get('val'), str({k: v for k, v in call['args'].items() if k != 'size'}))
             for call in found] for found in parts]
    return parts[0] if all(one == told[0] for one in told) else None


def _created(made, tensor):
    if ask_name('init', made.op) is None:
        return None
    if made.op == 'torch.tensor':
        return _numbers(tensor) if tensor.numel() > 64 else [_call(made)]
    return [_call(made)]


def _call(made):
    args = {key: plain(value, None) for key, value in made.args.items() if not isinstance(value, dtype)}
    return {'target': made.op, 'args': args, 'place': made.place}


def _numbers(tensor):
    """The numbers themselves, packed; the other side writes them out."""
    made = tensor._expression
    key = (id(made), tensor._index)
    if key not in _packed_values:
        try:
            if tensor.numel() > LARGEST:
                return None
            flat = values(tensor)
        except Unsupported:
            return None
        import base64
        from array import array
        text = base64.b64encode(array('f', flat).tobytes()).decode()
        # The expression is kept, so that its identity stays its own.
        _packed_values[key] = packed.setdefault(text, len(packed)), made
    return [{'target': 'torch.tensor', 'args': {'data': {'packed': _packed_values[key][0]}}, 'place': made.place}]
