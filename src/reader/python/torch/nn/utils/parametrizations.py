"""torch.nn.utils.parametrizations: weight and spectral normalization as parametrizations."""

from ..._creation import empty
from ..._functions import function
from ..._inits import dependent
from ..modules.module import Module
from .parametrize import register_parametrization


class _WeightNorm(Module):
    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return function('torch._weight_norm')(weight_v, weight_g, self.dim)

    def right_inverse(self, weight):
        g = function('torch.norm_except_dim')(weight, 2, self.dim)
        return dependent(g, 'torch.norm_except_dim', {'tensor': 'original1', 'dim': self.dim}), weight


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations=1, dim=0, eps=1e-12):
        super().__init__()
        dim = dim if dim >= 0 else dim + weight.ndim
        self.dim, self.n_power_iterations, self.eps = dim, n_power_iterations, eps
        if n_power_iterations <= 0:
            raise ValueError(f'Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}')
        if weight.ndim < 2:
            return
        rows = weight.shape[dim]
        about = {'tensor': '../original', 'dim': dim, 'eps': eps}
        u, v = empty(rows), empty(weight.numel() // rows)
        self.register_buffer('_u', dependent(u, 'torch._singular_vector', {**about, 'iterations': 15}))
        self.register_buffer('_v', dependent(v, 'torch._singular_vector', {**about, 'left': '_u'}))

    def forward(self, weight):
        if weight.ndim == 1:
            return function('torch.nn.functional.normalize')(weight, dim=0, eps=self.eps)
        return function('torch._spectral_norm')(
            weight, self._u, self._v, self.n_power_iterations, self.eps, self.dim, self.training
        )

    def right_inverse(self, value):
        return value


def weight_norm(module, name='weight', dim=0):
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


def spectral_norm(module, name='weight', n_power_iterations=1, eps=1e-12, dim=None):
    weight = getattr(module, name)
    if dim is None:
        dim = 1 if type(module).__name__.startswith('ConvTranspose') else 0
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


def __getattr__(name):
    from . import __getattr__ as refuse
    return refuse(name)
