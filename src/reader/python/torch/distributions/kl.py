from .._bridge import Unsupported
from .choices import Bernoulli, Categorical, OneHotCategorical
from .independent import Independent
from .normal import Normal


def kl_divergence(p, q):
    for kind, divergence in _KNOWN:
        if isinstance(p, kind) and isinstance(q, kind):
            return divergence(p, q)
    kinds = f'{type(p).__name__} and {type(q).__name__}'
    raise Unsupported(f'`torch.distributions.kl_divergence` of {kinds} is not known to the reader yet.')


def _normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


def _bernoulli(p, q):
    a, b = p.probs, q.probs
    return a * (a / b).log() + (1 - a) * ((1 - a) / (1 - b)).log()


def _categorical(p, q):
    return (p.probs * (p.logits - q.logits)).sum(-1)


def _independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return p._summed(kl_divergence(p.base_dist, q.base_dist))


_KNOWN = (
    (Independent, _independent), (Normal, _normal), (Bernoulli, _bernoulli), (Categorical, _categorical),
    (OneHotCategorical, _categorical),
)
