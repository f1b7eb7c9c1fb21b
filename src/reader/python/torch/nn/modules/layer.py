"""Every layer of the table as a class: its constructor, state and call are what the table says.

A call of a layer is one node. A user's class may derive from a layer; its own forward() is then traced.
"""

import importlib
import sys

from ... import _dispatch, _inits, _names, _trace
from ..._bridge import Unsupported, UnsupportedName, ask, ask_name
from ..._constants import Expression
from ..._creation import empty
from ..._signature import bind, plain
from ..._parameter import Parameter
from ..._tensor import Tensor
from ..._types import dtypes
from .lazy import lazy_class
from .module import Module
from .recurrent import recurrent_base

# PyTorch's common ancestors, which user code asks for with isinstance.
_ancestors = {
    'Conv': '_ConvNd', 'LazyConv': '_ConvNd', 'BatchNorm': '_BatchNorm', 'SyncBatchNorm': '_BatchNorm',
    'InstanceNorm': '_InstanceNorm', 'Dropout': '_DropoutNd', 'AlphaDropout': '_DropoutNd',
    'FeatureAlphaDropout': '_DropoutNd', 'RNN': 'RNNBase', 'LSTM': 'RNNBase', 'GRU': 'RNNBase',
    'RNNCell': 'RNNCellBase', 'LSTMCell': 'RNNCellBase', 'GRUCell': 'RNNCellBase',
    'MaxPool': '_MaxPoolNd', 'AvgPool': '_AvgPoolNd', 'AdaptiveAvgPool': '_AdaptiveAvgPoolNd',
    'AdaptiveMaxPool': '_AdaptiveMaxPoolNd', 'ZeroPad': '_ConstantPadNd', 'ConstantPad': '_ConstantPadNd',
    'ReflectionPad': '_ReflectionPadNd', 'ReplicationPad': '_ReplicationPadNd',
}
_child_names = {'out_proj': 'NonDynamicallyQuantizableLinear'}


class _Layer(Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        description = ask_name('layer', self._layer)
        bound = bind(type(self).__name__, description['args'], args, kwargs)
        if getattr(bound.get('dtype'), 'is_complex', False):
            raise Unsupported(f'`{self._layer}` of complex numbers is not known to the reader yet.')
        self.__dict__['_bound'] = {key: value for key, value in bound.items() if key not in ('device', 'dtype')}
        self.__dict__['_plain_bound'] = self._plain(self._bound)
        spec = ask('state', self._layer, self._plain_bound)
        self.__dict__['_spec'] = spec
        self._add_attributes(description['args'], bound, spec)
        for name, tensor in spec.items():
            self._add_state(name, tensor)
        self.reset_parameters()

    def _plain(self, values):
        return {key: plain(value, lambda tensor: None) for key, value in values.items()}

    def _add_attributes(self, params, bound, spec):
        initial = {}
        for param in params:
            name = param['name']
            if name in spec or name in ('device', 'dtype', 'bias') or name.startswith('_'):
                continue
            value = bound.get(name, param['default'])
            if isinstance(self, _ConvNd) or name == 'normalized_shape':
                value = self._tuple(name, value, spec)
            object.__setattr__(self, name, value)
            initial[name] = value
        self.__dict__['_initial'] = initial

    def _tuple(self, name, value, spec):
        """Convolutions keep sizes as tuples."""
        if isinstance(value, list):
            return tuple(value)
        sizes = ('kernel_size', 'stride', 'padding', 'dilation', 'output_padding', 'normalized_shape')
        if name not in sizes or not isinstance(value, int):
            return value
        rank = 1 if name == 'normalized_shape' else len(spec['weight']['shape']) - 2
        return (value,) * rank

    def _add_state(self, name, tensor):
        owner, _, last = name.rpartition('.')
        module = self
        if owner:
            if owner not in self._modules:
                self._modules[owner] = type(_child_names.get(owner, 'Linear'), (_Part,), {})()
            module = self._modules[owner]
        made = None
        if tensor is not None:
            made = empty(tensor['shape'], dtype=dtypes[tensor['dtype']])
            made._expression = None
        if tensor is None:
            store = module._buffers if 'running' in last or 'tracked' in last else module._parameters
            store[last] = None
        elif tensor['kind'] == 'parameter':
            module._parameters[last] = Parameter(made)
        else:
            module.register_buffer(last, made, tensor['persistent'])

    def reset_parameters(self):
        for name, tensor in self.__dict__.get('_spec', {}).items():
            value = self._state(name)
            if value is not None and tensor is not None:
                _inits.layer_default(value, tensor['init'])

    def _state(self, name):
        owner, _, last = name.rpartition('.')
        module = self._modules[owner] if owner else self
        return module._parameters.get(last, module._buffers.get(last))

    def _computed(self):
        """Tensors that stand for parameters: what a hook has set, or a parametrization computes."""
        found = {}
        for name in self._spec:
            if '.' in name or self._state(name) is not None:
                continue
            value = getattr(self, name) if hasattr(type(self), name) else self.__dict__.get(name)
            if isinstance(value, Tensor):
                found[name] = value
        return found

    def _args(self, computed=()):
        """The constructor's arguments, with what the user has changed since."""
        changed = {
            name: self.__dict__[name] for name, value in self._initial.items()
            if self.__dict__.get(name, value) is not value
        }
        bias = 'bias' in computed or self._state('bias') is not None
        if self._spec.get('bias') is not None and not bias:
            changed['bias'] = False
        return {**self._plain_bound, **self._plain(changed)} if changed else self._plain_bound

    def forward(self, *args, **kwargs):
        description = ask_name('layer', self._layer)
        bound = bind(type(self).__name__, description['call'], args, kwargs)
        computed = self._computed()
        own = self._args(computed)
        self._check_state(own, computed)
        bound.update(computed)
        tensors, plain_inputs, types = _dispatch._question(bound)
        trace = _trace.current()
        training = self.training
        tree = ask('layerOutput', self._layer, own, plain_inputs, types, training)
        if trace is None:
            # A call while the model is built, as to find out a size: there is a shape and no value.
            return _dispatch.build(tree, lambda shape, kind, index: _unvalued(shape, kind))
        for tensor in tensors:
            _dispatch.reference(trace, tensor)
        inputs = {key: plain(value, lambda t: _dispatch.reference(trace, t)) for key, value in bound.items()}
        note = None
        if training != trace.training:
            note = f'It is in {"training" if training else "evaluation"} mode while the model is not.'
        node = trace.add('call_module', self, inputs, _dispatch.leaves(tree), trace.state.path(self), note=note)
        first = tensors[0] if tensors else None
        result = _dispatch.build(
            tree, lambda shape, kind, index: _dispatch._traced(trace, shape, kind, node, index, first)
        )
        if own.get('inplace') is True and isinstance(first, Tensor):
            return _dispatch.rebind(first, result)
        return result

    def _check_state(self, args, computed):
        spec = self._spec if args is self._plain_bound else ask('state', self._layer, args)
        for name, tensor in spec.items():
            value = computed.get(name, self._state(name))
            expected = None if tensor is None else tensor['shape']
            found = None if value is None else list(value._shape)
            if expected != found:
                raise Unsupported(
                    f'`{name}` of this `{self._layer}` has been replaced: expected {_shape(expected)} '
                    f'and found {_shape(found)}.'
                )

    def extra_repr(self):
        return ', '.join(f'{key}={value}' for key, value in self._bound.items())


def _unvalued(shape, kind):
    tensor = empty(shape, dtype=dtypes[kind])
    tensor._expression = Expression('state', {})
    return tensor


def _shape(shape):
    return 'None' if shape is None else f'the shape {list(shape)}'


class _Part(Module):
    """A child that only holds a part of its layer's state."""


def _ancestor(name):
    base = name.rstrip('d').rstrip('123')
    found = _ancestors.get(base, _ancestors.get(base.replace('Transpose', '')))
    if name.endswith('Loss'):
        found = '_Loss'
    return found


def _base(name):
    return type(name, (_Layer,), {'__module__': 'torch.nn.modules'})


bases = {name: _base(name) for name in sorted({*_ancestors.values(), '_Loss', '_NormBase'})}
bases['RNNBase'] = recurrent_base(bases['RNNBase'])
bases['_BatchNorm'] = type('_BatchNorm', (bases['_NormBase'],), {})
bases['_InstanceNorm'] = type('_InstanceNorm', (bases['_NormBase'],), {})
_ConvNd = bases['_ConvNd']
_classes = {}


def layer_class(name):
    """The class of `torch.nn.<name>`, or None where the table has no such layer."""
    if name not in _classes:
        full = f'torch.nn.{name}'
        if name.startswith('_') or ask_name('layer', full) is None:
            return None
        ancestor = _ancestor(name)
        parent = bases[ancestor] if ancestor else _Layer
        _classes[name] = type(name, (parent,), {'_layer': full, '__module__': 'torch.nn.modules'})
    return _classes[name]


def forget():
    """Layers are made anew for the next file, as one may have changed them."""
    _classes.clear()


def unknown(name):
    """Stands for a layer nobody knows: it may be named and derived from, and refuses to be built."""
    full = f'torch.nn.{name}'

    def __init__(self, *args, **kwargs):
        raise Unsupported(f'`{full}` is not known to the reader yet.')

    return type(name, (Module,), {'__init__': __init__, '__module__': 'torch.nn.modules'})


def layer_or_unknown(name):
    found = layer_class(name)
    if found is not None:
        return found
    if not _names.has('torch.nn', name):
        raise UnsupportedName(f'PyTorch 2.6 has no `torch.nn.{name}`.')
    if not name[:1].isupper():
        raise UnsupportedName(f'`torch.nn.{name}` is not known to the reader yet.')
    if name not in _classes:
        settled = layer_class(name[4:]) if name.startswith('Lazy') else None
        _classes[name] = unknown(name) if settled is None else lazy_class(name, settled)
    return _classes[name]


_MODULES = frozenset(['parallel', 'quantized'])


def install(module):
    """Gives a module of torch.nn its layers, made when first asked for."""

    def __getattr__(name):
        if name.startswith('__'):
            raise AttributeError(name)
        if name in bases:
            return bases[name]
        if name in _MODULES:
            return importlib.import_module(f'torch.nn.{name}')
        return layer_or_unknown(name)

    sys.modules[module].__getattr__ = __getattr__
