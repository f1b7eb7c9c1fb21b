"""Distributions as models draw from them; the others may be named, and refuse to be made."""

from .._refused import install as _install
from . import kl
from .choices import Bernoulli, Categorical, OneHotCategorical, OneHotCategoricalStraightThrough
from .continuous import Beta, Chi2, Dirichlet, Exponential, Gamma, Laplace, Uniform
from .distribution import Distribution
from .independent import Independent
from .kl import kl_divergence
from .normal import LogNormal, MultivariateNormal, Normal

_refused = _install(__name__)
_FILES = frozenset(
    'bernoulli beta categorical dirichlet exponential gamma laplace log_normal multivariate_normal one_hot_categorical uniform'.split()
)


def __getattr__(name):
    if name in _FILES:
        import importlib
        return importlib.import_module(f'{__name__}.{name}')
    return _refused(name)
