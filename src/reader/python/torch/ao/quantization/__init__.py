"""Where quantization will begin and end; before it, nothing happens there."""

from ..._bridge import Unsupported
from ..._inert import Inert, class_named
from ...nn.modules.module import Module


class QuantStub(Module):
    def __init__(self, qconfig=None):
        super().__init__()

    def forward(self, x):
        return x


class DeQuantStub(QuantStub):
    pass


class QuantWrapper(Module):
    def __init__(self, module):
        super().__init__()
        self.add_module('quant', QuantStub())
        self.add_module('dequant', DeQuantStub())
        self.add_module('module', module)
        self.train(module.training)

    def forward(self, x):
        return self.dequant(self.module(self.quant(x)))


def _refused(name):
    def refuse(*args, **kwargs):
        raise Unsupported(f'`torch.ao.quantization.{name}` makes another model of this one; the reader does not quantize.')

    refuse.__name__ = name
    return refuse


prepare, prepare_qat, convert, quantize, quantize_dynamic, quantize_qat, fuse_modules, fuse_modules_qat = (
    _refused(name) for name in (
        'prepare', 'prepare_qat', 'convert', 'quantize', 'quantize_dynamic', 'quantize_qat', 'fuse_modules', 'fuse_modules_qat',
    )
)


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    full = f'torch.ao.quantization.{name}'
    return class_named(full) if name[:1].isupper() else Inert._named(full)
