"""torch.nn.utils.spectral_norm: a weight divided by its largest singular value before every call."""

from ..._creation import empty
from ..._functions import function
from ..._inits import dependent
from ..._parameter import Parameter


class SpectralNorm:
    def __init__(self, name='weight', n_power_iterations=1, dim=0, eps=1e-12):
        if n_power_iterations <= 0:
            raise ValueError(f'Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}')
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def compute_weight(self, module, do_power_iteration):
        parts = (getattr(module, f'{self.name}_{end}') for end in ('orig', 'u', 'v'))
        return function('torch._spectral_norm')(*parts, self.n_power_iterations, self.eps, self.dim, do_power_iteration)

    def __call__(self, module, inputs):
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(module, name='weight', n_power_iterations=1, eps=1e-12, dim=None):
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            raise RuntimeError(f'Cannot register two spectral_norm hooks on the same parameter {name}')
    if dim is None:
        dim = 1 if type(module).__name__.startswith('ConvTranspose') else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = module._parameters.pop(name)
    rows = weight.shape[dim]
    about = {'tensor': f'{name}_orig', 'dim': dim, 'eps': eps}
    module.register_parameter(f'{name}_orig', weight)
    setattr(module, name, weight.detach())
    module.register_buffer(f'{name}_u', dependent(empty(rows), 'torch._singular_vector', about))
    module.register_buffer(f'{name}_v', dependent(empty(weight.numel() // rows), 'torch._singular_vector', about))
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module, name='weight'):
    for key, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, SpectralNorm) and hook.name == name:
            weight = module._parameters.pop(f'{name}_orig')
            for end in ('u', 'v'):
                del module._buffers[f'{name}_{end}']
            module.__dict__.pop(name, None)
            module._parameters[name] = weight
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"spectral_norm of '{name}' not found in {module}")
