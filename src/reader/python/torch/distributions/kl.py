from .._bridge import Unsupported
from .normal import Normal


def kl_divergence(p, q):
    if type(p) is not Normal or type(q) is not Normal:
        raise Unsupported('`torch.distributions.kl_divergence` of other distributions than Normal is not known to the reader yet.')
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())
