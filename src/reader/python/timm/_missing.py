"""What timm has and the reader has not: it may be named and derived from, and refuses to be built."""

from torch._inert import Inert
from torch._refused import refused


def missing(space, name):
    if name.startswith('__'):
        raise AttributeError(name)
    full = f'{space}.{name}'
    return refused(full) if name[:1].isupper() else Inert._named(full)
