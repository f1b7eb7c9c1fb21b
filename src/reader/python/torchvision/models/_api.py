"""What all factories share: weights that are named and not loaded, and building by name."""

import functools

from torch._bridge import Unsupported
from torch._inert import Inert
from torch._trace import report

_factories = {}


def factory(build):
    """A function of the namespace: `weights`, `pretrained` and `progress` are taken, and named where they ask for numbers."""

    @functools.wraps(build)
    def create(*positional, weights=None, progress=True, pretrained=False, weights_backbone=None, pretrained_backbone=False,
               **kwargs):
        if positional:
            # Old code gave `pretrained` by position.
            weights = weights or (positional[0] if positional[0] not in (False, None) else None)
        loaded = weights is not None or pretrained
        if loaded:
            report(
                'model/loaded-weights',
                f'Pretrained weights of `{build.__name__}` are asked for here; the reader keeps the initial ones.',
            )
        return build(loaded, **kwargs) if getattr(build, 'asks', False) else build(**kwargs)

    _factories[build.__name__] = create
    # Older versions of these files had more names, of addresses mostly.
    build.__globals__.setdefault('__getattr__', _missing)
    return create


def _missing(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return weights_named(name) if name.endswith('_Weights') else Inert._named(f'torchvision.models.{name}')


def asks(build):
    """Marks a factory that builds something else where weights are loaded."""
    build.asks = True
    return build


def get_model(name, **config):
    name = name.lower()
    if name not in _factories:
        raise Unsupported(f'`torchvision.models.{name}` is not known to the reader yet.')
    return _factories[name](**config)


def get_model_builder(name):
    return _factories[name.lower()]


def list_models(module=None, include=None, exclude=None):
    return sorted(_factories)


class _Weights:
    """`ResNet50_Weights.DEFAULT`: a name."""

    def __init__(self, name):
        self._name = name
        self.meta = {'categories': [str(i) for i in range(1000)], 'num_params': 0}

    def transforms(self, **_):
        return Inert._named(f'{self._name}.transforms')

    def get_state_dict(self, *_, **__):
        report('model/loaded-weights', 'Weights are loaded here; the reader keeps the initial ones.')
        return {}

    @property
    def url(self):
        return ''

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        return _Weights(f'{self._name}.{name}')


class WeightsEnum:
    pass


def weights_named(name):
    return _Weights(name)
