from .._bridge import ask as _ask
from .._parameter import Buffer, Parameter
from . import init, modules, parameter, utils
from . import functional
from .modules.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .modules.module import Module
from .modules.transformer import (
    Transformer, TransformerDecoder, TransformerDecoderLayer, TransformerEncoder, TransformerEncoderLayer,
)
from .modules.parallel import DataParallel
from .modules.layer import install as _install

_install(__name__)
_layers = [name.rpartition('.')[2] for name in _ask('layers')]
__all__ = [*_layers, *(name for name in globals() if name[:1].isupper())]
