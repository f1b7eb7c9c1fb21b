"""torch.nn.utils.parametrize: an attribute of a module that is computed from others whenever it is asked for."""

from ..._bridge import Unsupported
from ..._parameter import Buffer, Parameter
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module


class ParametrizationList(ModuleList):
    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        parts = original
        for module in reversed(list(modules)):
            if hasattr(module, 'right_inverse'):
                parts = module.right_inverse(parts)
        self.__dict__['is_tensor'] = not isinstance(parts, (list, tuple))
        kind = Parameter if isinstance(original, Parameter) else Buffer
        named = [('original', parts)] if self.is_tensor else [(f'original{i}', part) for i, part in enumerate(parts)]
        self.__dict__['ntensors'] = len(named)
        for name, part in named:
            if kind is Parameter:
                self.register_parameter(name, part if isinstance(part, Parameter) else Parameter(part))
            else:
                self.register_buffer(name, part)

    def forward(self):
        if self.is_tensor:
            value = self[0](self.original)
        else:
            value = self[0](*(getattr(self, f'original{i}') for i in range(self.ntensors)))
        for module in list(self)[1:]:
            value = module(value)
        return value


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    if not isinstance(parametrization, Module):
        raise Unsupported('A parametrization that is no module is not known to the reader yet.')
    if is_parametrized(module, tensor_name):
        held = module.parametrizations[tensor_name]
        if hasattr(parametrization, 'right_inverse'):
            raise Unsupported('A second parametrization with an inverse is not known to the reader yet.')
        held.append(parametrization)
        return module
    store = module._parameters if tensor_name in module._parameters else module._buffers
    if store.get(tensor_name) is None:
        raise ValueError(f"Module '{type(module).__name__}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'")
    original = store.pop(tensor_name)
    held = ParametrizationList([parametrization], original, unsafe)
    if not is_parametrized(module):
        _specialize(module)
        module.parametrizations = ModuleDict()
    module.parametrizations[tensor_name] = held
    setattr(type(module), tensor_name, property(lambda self: self.parametrizations[tensor_name]()))
    return module


def _specialize(module):
    """A class of its own for the module, to hold the properties."""
    base = type(module)
    own = {'__module__': base.__module__, '_parametrized': base}
    if '_layer' in base.__dict__:
        own['_layer'] = base._layer
    module.__class__ = type(f'Parametrized{base.__name__}', (base,), own)


def is_parametrized(module, tensor_name=None):
    held = module._modules.get('parametrizations')
    if not isinstance(held, ModuleDict) or '_parametrized' not in type(module).__dict__:
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    if not is_parametrized(module, tensor_name):
        raise ValueError(f'Module {type(module).__name__} does not have a parametrization on {tensor_name}')
    held = module.parametrizations[tensor_name]
    if not held.is_tensor:
        raise Unsupported('Removing a parametrization of several tensors is not known to the reader yet.')
    original = held.original
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if len(module.parametrizations) == 0:
        del module._modules['parametrizations']
        module.__class__ = type(module)._parametrized
    store = module._parameters if isinstance(original, Parameter) else module._buffers
    store[tensor_name] = original
    return module


class cached:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def __getattr__(name):
    from . import __getattr__ as refuse
    return refuse(name)
