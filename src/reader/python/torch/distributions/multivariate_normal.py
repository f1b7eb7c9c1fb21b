from .normal import MultivariateNormal
