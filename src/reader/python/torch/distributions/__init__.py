"""Normal as variational models use it; the others may be named, and refuse to be made."""

from .._refused import install as _install
from . import kl, normal
from .kl import kl_divergence
from .normal import Normal

__getattr__ = _install(__name__)
