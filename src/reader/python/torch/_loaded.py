"""Weights that lie in a file or on a server the reader does not open: a dictionary of nothing, named with its line."""

from ._inert import Inert
from ._trace import report


class LoadedWeights(Inert):
    """Whatever is taken out of it is again of it; there is nothing to go through."""

    def __init__(self, where):
        self.__dict__['_full_name'] = where

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        return LoadedWeights(self._full_name)

    def __getitem__(self, _):
        return LoadedWeights(self._full_name)

    def __call__(self, *_, **__):
        return LoadedWeights(self._full_name)

    def __repr__(self):
        return f'<weights of {self._full_name}, not loaded>'

    def items(self):
        return []

    keys = values = items

    def get(self, _, default=None):
        return LoadedWeights(self._full_name)

    pop = setdefault = get

    def copy(self):
        return self

    def update(self, *_, **__):
        return None


def not_loaded(where):
    shown = where if isinstance(where, str) else getattr(where, '_full_name', type(where).__name__)
    report('model/loaded-weights', f'Weights of `{shown}` are loaded here; the reader keeps the initial ones.')
    return LoadedWeights(shown)
