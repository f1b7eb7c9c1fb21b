"""Every layer of the table as a class: its constructor, state and call are what the table says.

A call of a layer is one node. A user's class may derive from a layer; its own forward() is then traced.
"""

import importlib
import operator
import sys

from ... import _dispatch, _inits, _names, _outputs, _places, _trace
from ..._bridge import Unsupported, UnsupportedName, ask, ask_name
from ..._constants import Expression
from ..._creation import empty
from ..._signature import bind, key, plain
from ..._parameter import Parameter
from ..._tensor import Tensor
from ..._types import Size, dtypes
from .ancestors import conv_base, from_pretrained, loss_base, weighted_base
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


class _Plan:
    """What a layer's arguments make of it: the same for every layer built with the same."""

    __slots__ = ('bound', 'plain', 'spec', 'initial', 'names', 'values', 'own', 'state', 'biased')

    def __init__(self, layer, args, kwargs):
        description = ask_name('layer', layer._layer)
        bound = bind(type(layer).__name__, description['args'], args, kwargs)
        if getattr(bound.get('dtype'), 'is_complex', False):
            raise Unsupported(f'`{layer._layer}` of complex numbers is not known to the reader yet.')
        self.bound = {key: value for key, value in bound.items() if key not in ('device', 'dtype')}
        self.plain = _plain(self.bound)
        self.spec = ask('state', layer._layer, self.plain)
        # Attributes, and the arguments they come from.
        self.initial = self._attributes(layer, description['args'], bound)
        self.names, self.values = tuple(self.initial), tuple(self.initial.values())
        self.own = [name for name in self.spec if '.' not in name]
        # Owner, name, description, shape and format of each of its tensors.
        self.state = [
            (*_split(name), tensor, None if tensor is None else Size(tensor['shape'])) for name, tensor in self.spec.items()
        ]
        self.biased = self.spec.get('bias') is not None

    def __deepcopy__(self, memo):
        return self

    def _attributes(self, layer, params, bound):
        found = {}
        for param in params:
            name = param['name']
            if name in self.spec or name in ('device', 'dtype', 'bias') or name.startswith('_'):
                continue
            value = bound.get(name, param['default'])
            if isinstance(layer, _ConvNd) or name == 'normalized_shape':
                value = self._tuple(name, value)
            found[name] = value
        return found

    def _tuple(self, name, value):
        """Convolutions keep sizes as tuples."""
        if isinstance(value, list):
            return tuple(value)
        sizes = ('kernel_size', 'stride', 'padding', 'dilation', 'output_padding', 'normalized_shape')
        if name not in sizes or not isinstance(value, int):
            return value
        rank = 1 if name == 'normalized_shape' else len(self.spec['weight']['shape']) - 2
        return (value,) * rank


def _plain(values):
    return {key: plain(value, lambda tensor: None) for key, value in values.items()}


def _split(name):
    owner, _, last = name.rpartition('.')
    return owner, last


def _of_format(name, value):
    """What tells an argument apart; which format and device are asked for makes nothing of a layer another."""
    return getattr(value, 'is_complex', False) if name in ('device', 'dtype') else key(value)


_LARGEST = 5000
_plans = {}


def _plan(layer, args, kwargs):
    """The plan for these arguments, and what tells it from others: None where nothing quick does."""
    try:
        known = layer._layer, key(args), *[(name, _of_format(name, value)) for name, value in kwargs.items()]
    except TypeError:
        return _Plan(layer, args, kwargs), None
    found = _plans.get(known)
    if found is None:
        if len(_plans) >= _LARGEST:
            _plans.clear()
        found = _plans[known] = _Plan(layer, args, kwargs)
    return found, known


class _Layer(Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        plan, known = _plan(self, args, kwargs)
        own = self.__dict__
        own['_plan'], own['_plan_key'] = plan, known
        if '_layer' in type(self).__dict__:
            own.update(plan.initial)
        else:
            for name, value in plan.initial.items():
                object.__setattr__(self, name, value)
        place = _places.here()
        for owner, last, tensor, shape in plan.state:
            self._add_state(owner, last, tensor, shape, place)
        self.reset_parameters()

    @property
    def _spec(self):
        return self.__dict__['_plan'].spec

    def _add_state(self, owner, last, tensor, shape, place):
        module = self
        if owner:
            if owner not in self._modules:
                self._modules[owner] = type(_child_names.get(owner, 'Linear'), (_Part,), {})()
            module = self._modules[owner]
        if tensor is None:
            store = module._buffers if 'running' in last or 'tracked' in last else module._parameters
            store[last] = None
        elif tensor['kind'] == 'parameter':
            module._parameters[last] = Parameter._of_layer(shape, dtypes[tensor['dtype']], place)
        else:
            module.register_buffer(last, Tensor._make(shape, dtypes[tensor['dtype']]), tensor['persistent'])

    def reset_parameters(self):
        plan = self.__dict__.get('_plan')
        if plan is None:
            return
        for owner, last, tensor, _ in plan.state:
            value = self._state_of(owner, last)
            if value is not None and tensor is not None:
                _inits.layer_default(value, tensor['init'])

    def _state(self, name):
        return self._state_of(*_split(name))

    def _state_of(self, owner, last):
        module = self._modules[owner] if owner else self
        return module._parameters[last] if last in module._parameters else module._buffers.get(last)

    def _computed(self):
        """Tensors that stand for parameters: what a hook has set, or a parametrization computes."""
        found = {}
        for name in self.__dict__['_plan'].own:
            if self._state_of('', name) is not None:
                continue
            value = getattr(self, name) if hasattr(type(self), name) else self.__dict__.get(name)
            if isinstance(value, Tensor):
                found[name] = value
        return found

    def _args(self, computed=()):
        """The constructor's arguments, with what the user has changed since."""
        plan, own = self.__dict__['_plan'], self.__dict__
        changed = {}
        if not all(map(operator.is_, map(own.get, plan.names), plan.values)):
            changed = {name: own[name] for name, value in plan.initial.items() if own.get(name, value) is not value}
        if plan.biased and 'bias' not in computed and self._state_of('', 'bias') is None:
            changed['bias'] = False
        return {**plan.plain, **_plain(changed)} if changed else plan.plain

    def forward(self, *args, **kwargs):
        own = self.__dict__
        plan = own['_plan']
        bound = bind(type(self).__name__, ask_name('layer', self._layer)['call'], args, kwargs)
        computed = self._computed()
        settings = self._args(computed)
        self._check_state(settings, computed)
        bound.update(computed)
        trace = _trace.current()
        training = own.get('training', True)
        known = own['_plan_key'] if settings is plan.plain else None
        tensors, outputs = _outputs.of_layer(self._layer, settings, known, bound, training)
        if trace is None:
            # A call while the model is built, as to find out a size: there is a shape and no value.
            return _dispatch.build(outputs.tree, lambda shape, kind, index: _unvalued(shape, kind))
        note = None
        if training != trace.training:
            note = f'It is in {"training" if training else "evaluation"} mode while the model is not.'
            trace.by_mode = True
        inputs = _dispatch.arguments(trace, bound)
        node = trace.add('call_module', self, inputs, outputs.leaves, trace.state.path(self), note=note)
        first = tensors[0] if tensors else None
        result = _dispatch.traced(trace, outputs, node, first)
        if settings.get('inplace') is True and isinstance(first, Tensor):
            return _dispatch.rebind(first, result)
        return result

    def _check_state(self, args, computed):
        plan = self.__dict__['_plan']
        if args is plan.plain:
            state = plan.state
        else:
            spec = ask('state', self._layer, args)
            state = [(*_split(name), tensor, tensor and Size(tensor['shape'])) for name, tensor in spec.items()]
        for owner, last, _, expected in state:
            name = f'{owner}.{last}' if owner else last
            value = computed[name] if name in computed else self._state_of(owner, last)
            found = None if value is None else value._shape
            if expected != found:
                raise Unsupported(
                    f'`{name}` of this `{self._layer}` has been replaced: expected {_shape(expected)} '
                    f'and found {_shape(found)}.'
                )

    def extra_repr(self):
        return ', '.join(f'{name}={value}' for name, value in self._plan.bound.items())


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
bases['_ConvNd'] = conv_base(bases['_ConvNd'])
bases['_Loss'] = loss_base(bases['_Loss'])
bases['_WeightedLoss'] = weighted_base(bases['_Loss'])
# A class derived from one of these directly is any layer of its kind: they differ in the inputs they take.
bases['_DropoutNd']._layer = 'torch.nn.Dropout'
bases['_BatchNorm'] = type('_BatchNorm', (bases['_NormBase'],), {'_layer': 'torch.nn.BatchNorm2d'})
bases['_InstanceNorm'] = type('_InstanceNorm', (bases['_NormBase'],), {'_layer': 'torch.nn.InstanceNorm2d'})
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
        body = {'_layer': full, '__module__': 'torch.nn.modules'}
        if name in ('Embedding', 'EmbeddingBag'):
            body['from_pretrained'] = classmethod(from_pretrained)
        _classes[name] = type(name, (parent,), body)
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
