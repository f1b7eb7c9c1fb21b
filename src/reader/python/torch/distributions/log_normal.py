from .normal import LogNormal
