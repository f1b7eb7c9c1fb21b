"""The tracing `torch`: it writes down what a model does instead of doing it.

Layers and functions come from the table on the other side of the bridge; none is known here by name.
"""

import builtins as _builtins
import math as _math

from . import _functions, _types
from ._creation import (
    BoolTensor, ByteTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, arange, as_tensor, empty,
    empty_like, eye, from_numpy, full, full_like, linspace, normal, ones, ones_like, rand, rand_like, randint, randn, randn_like,
    randperm, tensor, zeros, zeros_like,
)
from ._modes import (
    autocast, compile, enable_grad, get_rng_state, inference_mode, initial_seed, is_grad_enabled, manual_seed, no_grad,
    seed, set_grad_enabled, set_rng_state,
)
from ._tensor import Tensor
from ._types import Size, device, dtype, get_default_dtype, set_default_dtype

__version__ = '2.6.0'
for _name, _value in _types.dtypes.items():
    globals()[_name] = _value
for _name, _kind in _types.dtype_aliases.items():
    globals()[_name] = _types.dtypes[_kind]

pi, inf, nan, e = _math.pi, _math.inf, _math.nan, _math.e
newaxis = None
strided = _types.Constant('torch.strided')
contiguous_format = _types.Constant('torch.contiguous_format')
channels_last = _types.Constant('torch.channels_last')
channels_last_3d = _types.Constant('torch.channels_last_3d')
preserve_format = _types.Constant('torch.preserve_format')


def is_tensor(value):
    return isinstance(value, Tensor)


def is_floating_point(input):
    return input.is_floating_point()


def numel(input):
    return input.numel()


def is_storage(value):
    return False


def get_num_threads():
    return 1


def set_num_threads(n):
    return None


def set_float32_matmul_precision(precision):
    return None


def set_default_tensor_type(kind):
    return None


def set_default_device(device):
    return None


def use_deterministic_algorithms(mode, warn_only=False):
    return None


def _assert(condition, message):
    assert condition, message


def set_printoptions(**kwargs):
    return None


def save(*args, **kwargs):
    return None


def load(f=None, *args, **kwargs):
    from ._loaded import not_loaded
    return not_loaded(f)


def broadcast_shapes(*shapes):
    from ._constants import common
    return Size(common(*shapes))


class finfo:
    def __init__(self, dtype=None):
        bits = (dtype or get_default_dtype()).bits
        small = (dtype or get_default_dtype()).name == 'float16'
        self.bits = bits
        self.max = 65504.0 if small else 3.4028234663852886e38 if bits <= 32 else 1.7976931348623157e308
        self.min = -self.max
        self.eps = 0.0009765625 if small else 1.1920928955078125e-07 if bits <= 32 else 2.220446049250313e-16
        self.tiny = self.smallest_normal = 6.103515625e-05 if small else 1.1754943508222875e-38


class iinfo:
    def __init__(self, dtype):
        self.bits = dtype.bits
        self.min, self.max = -(2 ** (dtype.bits - 1)), 2 ** (dtype.bits - 1) - 1


class Generator:
    def __init__(self, device=None):
        self.device = device

    def manual_seed(self, seed):
        return self


def __getattr__(name):
    if name.startswith('_') and name not in _modules:
        raise AttributeError(name)
    import importlib
    if name in _modules:
        return importlib.import_module(f'torch.{name}')
    return _functions.function(f'torch.{name}')


def __dir__():
    return _functions.names(__name__, __name__)


# Its modules, as PyTorch has them; those without a file here are inert.
_modules = frozenset(
    'nn optim utils jit fx cuda amp autograd backends distributed distributions hub linalg multiprocessing onnx '
    'profiler quantization ao sparse special testing types version fft mps xpu random _C _dynamo _jit_internal overrides '
    'func export library package signal cpu functional accelerator compiler futures masked monitor mtia nested '
    'quasirandom return_types serialization storage torch_version _functorch _higher_order_ops _inductor _library '
    '_logging _lowrank _ops _prims _prims_common _refs _subclasses _tensor _utils _export _decomp _classes _guards '
    '__config__ contrib _weights_only_unpickler'.split()
)

from . import autograd, nn, utils  # noqa: E402
