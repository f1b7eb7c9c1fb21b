"""Runs forward() on placeholders, and leaves the model as it was."""

import ast
import inspect
from collections import OrderedDict
from operator import is_

from torch import Tensor, _constants, _dispatch, _places, _syntax, _trace
from torch._bridge import Unsupported
from torch._signature import plain
from torch._parameter import Parameter
from torch.nn.modules.module import one_in_both_modes, tree

from . import budget


class State:
    """Names of parameters and buffers, and paths of modules; what is not registered gets a name of its own."""

    def __init__(self, model):
        self.modules = tree(model)
        self.paths = {id(module): path for path, module in self.modules}
        # What the model holds, by name; what is held twice goes by its first name.
        self.parameters = self._named('_parameters')
        self.buffers = self._named('_buffers')
        self.names = {}
        self.kept = []
        self.strays = []
        self.before = [_Kept(module) for _, module in self.modules]
        for name, tensor in [*self.parameters, *self.buffers]:
            self.names.setdefault(id(tensor), name)
            self.kept.append(tensor)
            if tensor.is_complex() and hasattr(tensor, '_pair'):
                self.names.setdefault(id(tensor._pair), name)

    def _named(self, store):
        found, seen = [], set()
        for path, module in self.modules:
            for name, value in module.__dict__[store].items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    found.append((f'{path}.{name}' if path else name, value))
        return found

    def restore(self):
        for kept in self.before:
            kept.restore()

    def __call__(self, tensor):
        tensor = tensor._owner
        name = self.names.get(id(tensor))
        if name is None and isinstance(tensor, Parameter):
            name = f'(parameter_{len(self.names)})'
            self.names[id(tensor)] = name
            self.kept.append(tensor)
            self.strays.append((name, tensor))
            _trace.report('model/unregistered', 'A parameter that is not an attribute of a module is used; it is not trained.')
        return name

    def path(self, module):
        path = self.paths.get(id(module))
        if path is None:
            path = f'({type(module).__name__}_{len(self.paths)})'
            self.paths[id(module)] = path
            self.kept.append(module)
            self.strays.append((path, module))
            for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
                self.names.setdefault(id(tensor), f'{path}.{name}')
            if any(True for _ in module.parameters()):
                _trace.report(
                    'model/unregistered',
                    f'This `{type(module).__name__}` is not an attribute of a module, as in a plain Python list; '
                    'its parameters are not in `model.parameters()` and are not trained.',
                )
        return path


class Placeholder:
    def __init__(self, name, shape, dtype, batched):
        self.name, self.shape, self.dtype, self.batched = name, tuple(shape), dtype, batched

    def at(self, batch):
        return (batch, *self.shape[1:]) if self.batched else self.shape


def names_for(model, count):
    """The names of forward's first arguments."""
    try:
        parameters = list(inspect.signature(model.forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    simple = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [one.name for one in parameters if one.kind in simple]
    return [names[i] if i < len(names) else f'input_{i}' for i in range(count)]


def required_inputs(model):
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return 1
    simple = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return max(sum(1 for one in parameters if one.default is one.empty and one.kind in simple), 1)


def run(model, state, values, batch, training):
    """The nodes of one call. `values` are placeholders and plain values, in forward's order."""
    trace = _trace.Trace(state, training)
    _constants.reseed()
    try:
        model.train(training)
        with trace:
            args = [
                _placeholder(trace, value, batch, model) if isinstance(value, Placeholder) else value for value in values
            ]
            returns = _watch(model)
            result = model(*args)
            output = plain(_opened(result), lambda tensor: _returned(trace, tensor, returns))
            trace.add('output', 'output', {'output': output}, [], 'output', places=returns[-1:] or _own_place(model))
    finally:
        state.restore()
    return trace


def _returned(trace, tensor, returns):
    if tensor.is_complex():
        error = Unsupported('forward() returns complex numbers; a graph gives real ones, as of `torch.view_as_real`.')
        error.place = returns[-1] if returns else None
        raise error
    return _dispatch.reference(trace, tensor)


def same_in_both_modes(state, traces):
    """Whether the other mode would give these nodes too: nobody asked for the mode, and no shape depends on it."""
    return (
        not any(trace.by_mode for trace in traces)
        # A module that is not the model's stays in training mode.
        and not state.strays
        and all(one_in_both_modes(kind) for kind in {type(module) for _, module in state.modules})
        and all(outputs.alike() for outputs in set().union(*(trace.asked for trace in traces)))
    )


class _Kept:
    """What a module is before its forward() runs: its attributes, and what it holds in dictionaries, lists and sets
    of its own."""

    def __init__(self, module):
        self.live = module.__dict__
        self.attributes = dict(self.live)
        stores = [value for value in self.live.values() if type(value) in _STORES]
        self.empty = [store for store in stores if not store]
        self.stores = [(store, store.copy()) for store in stores if store]

    def restore(self):
        _refill(self.live, self.attributes)
        for store in self.empty:
            if store:
                store.clear()
        for store, kept in self.stores:
            _refill(store, kept)


_STORES = (dict, list, set, OrderedDict)


def _refill(store, kept):
    if len(store) == len(kept) and all(map(is_, store, kept)):
        if not hasattr(store, 'values') or all(map(is_, store.values(), kept.values())):
            return
    store.clear()
    if isinstance(store, list):
        store.extend(kept)
    else:
        store.update(kept)


def _watch(model):
    """Fills with the places where forward() returns, the last one at its end."""
    code = getattr(type(model).forward, '__code__', None)
    places = []
    if code is not None and _places.is_user(code):
        budget.watch_returns(code, lambda instruction: places.append(_places.of_code(code, instruction)))
    return places


def _own_place(model):
    place = model.__dict__.get('_place')
    return [] if place is None else [place]


def _placeholder(trace, value, batch, model):
    tensor = Tensor._make(value.at(batch), value.dtype)
    tensor._trace = trace
    name = trace.add('placeholder', value.name, {}, [[list(tensor.shape), value.dtype.kind]], value.name,
                     places=_argument_place(model, value.name))
    trace.remember(tensor, {'node': name})
    return tensor


def _argument_place(model, name):
    """Where forward's definition names the argument."""
    code = getattr(type(model).forward, '__code__', None)
    if code is None or not _places.is_user(code):
        return _own_place(model)
    for node in _syntax.within(_places.tree(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and code.co_firstlineno in (
            node.lineno, *(decorator.lineno for decorator in node.decorator_list)
        ):
            for argument in [*node.args.posonlyargs, *node.args.args, node.args.vararg]:
                if argument is not None and (argument.arg == name or argument is node.args.vararg):
                    return [_places.of_node(code.co_filename, argument)]
    return _own_place(model)


def _opened(result):
    """A data class or named tuple as a dictionary of what it holds."""
    if isinstance(result, (Tensor, dict, str, int, float, type(None))):
        return {key: _opened(value) for key, value in result.items()} if isinstance(result, dict) else result
    if isinstance(result, (list, tuple)):
        return [_opened(item) for item in result]
    if hasattr(type(result), 'refuse'):
        result.refuse()
    if hasattr(result, '__dataclass_fields__'):
        return {name: _opened(getattr(result, name)) for name in result.__dataclass_fields__}
    raise Unsupported(f'forward() returns a {type(result).__name__}; the reader knows tensors, tuples, lists and dictionaries.')
