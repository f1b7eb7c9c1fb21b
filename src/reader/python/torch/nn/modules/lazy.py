"""LazyLinear, LazyConv2d, LazyBatchNorm1d, …: layers whose inputs are counted when they are first called."""

import copy

from ..._bridge import Unsupported
from .module import Module

_KEPT = ('_place', '_forward_hooks', '_forward_pre_hooks', 'training')


def lazy_class(name, layer):
    """The lazy form of a layer: its arguments are the layer's but the first, which is the number of features."""

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        self.__dict__['_waiting'] = (args, kwargs)

    def forward(self, input, *rest, **kwargs):
        settle(self, input)
        return self(input, *rest, **kwargs)

    def settle(self, input):
        shape = input.shape
        size = int(layer.__name__[-2]) if layer.__name__[-1] == 'd' else None
        if size is None:
            dim = -1
        else:
            dim = 0 if len(shape) == size + 1 and 'Norm' not in layer.__name__ else 1
        if len(shape) < 1 - dim if dim < 0 else len(shape) <= dim:
            raise Unsupported(f'`{name}` cannot count the features of an input of shape {list(shape)}.')
        args, given = self._waiting
        made = layer(shape[dim], *args, **given)
        kept = {key: self.__dict__[key] for key in _KEPT}
        self.__dict__.clear()
        self.__dict__.update({**made.__dict__, **kept})
        self.__class__ = layer

    return type(name, (layer,), {
        '__init__': __init__, 'forward': forward, '_lazy': True, '__module__': 'torch.nn.modules',
        'extra_repr': lambda self: 'uninitialized',
    })


def settled(model, attempts):
    """The model with its lazy layers settled by the first call that it takes; itself where there are none."""
    if not any(getattr(type(module), '_lazy', False) for module in model.modules()):
        return model
    error = None
    for values in attempts:
        # A call that fails in the middle has settled some layers on a wrong size.
        one = copy.deepcopy(model)
        try:
            one(*values)
            return one
        except Exception as failed:
            error = error or failed
    raise error or Unsupported('The model has lazy layers, and no input is known that would settle them.')
