"""Names of packages the reader has a part of: they may be imported and derived from, and refuse to be called."""

from ._bridge import Unsupported


def refused(full):
    """A class for a capitalized name, else a function; both say which name is not known."""
    name = full.rpartition('.')[2]

    def refuse(*args, **kwargs):
        raise Unsupported(f'`{full}` is not known to the reader yet.')

    refuse.__name__ = name
    if not name[:1].isupper():
        return refuse
    from .nn import Module
    return type(name, (Module,), {'__init__': refuse, '__module__': full.rpartition('.')[0]})


def install(space):
    """A module's __getattr__ for names that are not there."""
    def __getattr__(name):
        if name.startswith('__'):
            raise AttributeError(name)
        return refused(f'{space}.{name}')

    return __getattr__
