"""Classification networks by name. Those for detection, segmentation and video may be named, and refuse to be built."""

from importlib import import_module as _import

from torch._refused import refused as _refused

from ._api import WeightsEnum, get_model, get_model_builder, list_models, weights_named

_FILES = (
    'alexnet convnext densenet efficientnet googlenet inception mnasnet mobilenetv2 mobilenetv3 regnet resnet shufflenetv2 '
    'squeezenet swin_transformer vgg vision_transformer'
).split()
_CLOSED = ('detection', 'segmentation', 'video', 'optical_flow', 'quantization')
_loaded = []


def _load():
    """Every network's file, when the first of them is asked for."""
    if not _loaded:
        _loaded.append(True)
        for file in _FILES:
            module = _import(f'{__name__}.{file}')
            for name, value in vars(module).items():
                own = getattr(value, '__module__', '') == module.__name__
                # A file and the function in it may share their name; `models.resnet` is the file, `models.densenet` too.
                if not name.startswith('_') and own and name not in globals():
                    globals()[name] = value
        for name in ('alexnet', 'googlenet'):
            globals()[name] = getattr(_import(f'{__name__}.{name}'), name)


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    if name in _FILES and name not in ('alexnet', 'googlenet'):
        return _import(f'{__name__}.{name}')
    if name.endswith('_Weights'):
        return weights_named(name)
    if name in _CLOSED:
        return _import(f'{__name__}.{name}')
    _load()
    if name in globals():
        return globals()[name]
    return _refused(f'torchvision.models.{name}')
