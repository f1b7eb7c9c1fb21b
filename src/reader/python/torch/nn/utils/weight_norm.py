"""torch.nn.utils.weight_norm: a weight made of a direction and a length before every call."""

from ..._functions import function
from ..._inits import dependent
from ..._parameter import Parameter


class WeightNorm:
    def __init__(self, name, dim):
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module):
        g, v = getattr(module, f'{self.name}_g'), getattr(module, f'{self.name}_v')
        return function('torch._weight_norm')(v, g, self.dim)

    def __call__(self, module, inputs):
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module, name='weight', dim=0):
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == name:
            raise RuntimeError(f'Cannot register two weight_norm hooks on the same parameter {name}')
    hook = WeightNorm(name, dim)
    weight = module._parameters.pop(name)
    g = function('torch.norm_except_dim')(weight, 2, hook.dim)
    g = dependent(g, 'torch.norm_except_dim', {'tensor': f'{name}_v', 'dim': hook.dim})
    module.register_parameter(f'{name}_g', Parameter(g))
    module.register_parameter(f'{name}_v', Parameter(weight))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module, name='weight'):
    for key, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, WeightNorm) and hook.name == name:
            # As long as the model is only built, length and direction are those of the weight itself.
            v = module._parameters.pop(f'{name}_v')
            del module._parameters[f'{name}_g']
            module.__dict__.pop(name, None)
            module._parameters[name] = Parameter(v)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
