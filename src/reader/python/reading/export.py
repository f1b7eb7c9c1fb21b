"""The model as data: modules, tensors with their initialization, nodes."""

from torch import _inits, _trace
from torch._bridge import Unsupported


def modules(state, called):
    listed = list(state.modules)
    listed += [(name, one) for name, one in state.strays if hasattr(one, '_modules')]
    return [_module(path, module, state, id(module) in called) for path, module in listed]


def _module(path, module, state, called):
    kind = type(module)
    own = kind.__dict__.get('_layer')
    layer = getattr(module, '_layer', None)
    is_layer = layer is not None and (own is not None or called)
    name = kind.__name__
    if is_layer:
        shown = layer
    else:
        shown = f'torch.nn.{name}' if kind.__module__.startswith('torch.') else name
    data = {
        'path': path, 'class': shown, 'args': module._args() if is_layer else {}, 'layer': is_layer,
        'state': _state(module, state, is_layer), 'place': module.__dict__.get('_place'),
    }
    if is_layer and (own is None or '_parametrized' in kind.__dict__):
        data['userClass'] = name
    return data


def _state(module, state, is_layer):
    named = {}
    if is_layer:
        for name in module._spec:
            value = module._state(name)
            named[name] = None if value is None else state.names.get(id(value))
        return named
    for store in (module._parameters, module._buffers):
        for name, value in store.items():
            named[name] = None if value is None else state.names.get(id(value))
    return named


def tensors(state):
    """Parameters and buffers, and the packed numbers some of them begin with."""
    _inits.begin()
    found = list(_tensors(state))
    return found, list(_inits.packed)


def _tensors(state):
    found = []
    non_persistent = {
        f'{path}.{name}' if path else name
        for path, module in state.modules for name in module._non_persistent_buffers_set
    }
    for name, tensor in state.parameters:
        found.append(_tensor(name, tensor, 'parameter', tensor.requires_grad, True))
    for name, tensor in state.buffers:
        found.append(_tensor(name, tensor, 'buffer', False, name not in non_persistent))
    for name, stray in state.strays:
        if hasattr(stray, '_modules'):
            for inner, tensor in [*stray.named_parameters(), *stray.named_buffers()]:
                found.append(_tensor(f'{name}.{inner}', tensor, 'buffer', False, False))
        else:
            # The optimizer never sees it: it stays as it begins.
            found.append(_tensor(name, stray, 'buffer', False, False))
    return found


def _tensor(name, tensor, kind, requires_grad, persistent):
    if tensor.is_complex():
        from torch._complex import pair
        # One real tensor; its last dimension holds the real and the imaginary part.
        made = tensor._pair if hasattr(tensor, '_pair') else pair(tensor)
        return {**_tensor(name, made, kind, requires_grad, persistent), 'complex': True}
    try:
        init = _inits.steps(tensor)
    except Unsupported:
        init = None
    if init is None:
        _trace.report(
            'model/initialization', f'What `{name}` starts with cannot be written down; the graph starts it with zeros.', -1,
        )
        init = []
    return {
        'name': name, 'kind': kind, 'shape': list(tensor.shape), 'dtype': tensor.dtype.kind,
        'requires_grad': requires_grad, 'persistent': persistent, 'init': init,
    }


def nodes(trace):
    for node in trace.nodes:
        # A trace that stands for both modes comes twice.
        if node['op'] == 'call_module' and not isinstance(node['target'], str):
            node['target'] = trace.state.path(node['target'])
    return trace.nodes


def called(traces):
    """Modules that are a node, by identity, before their nodes are named."""
    return {id(node['target']) for trace in traces for node in trace.nodes if node['op'] == 'call_module'}
