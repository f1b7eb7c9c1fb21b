"""What went wrong in the user's code, as a sentence with a place."""

from torch import _places
from torch._bridge import DependsOnData, TableError, Unsupported


class Failure(Exception):
    """Ends a stage of the reading: (code, message, place)."""

    def __init__(self, code, message, place=None):
        super().__init__(message)
        self.code, self.message, self.place = code, message, place


def describe(error, doing):
    """The problem an exception of the user's code is; `doing` is what was being done, `SimpleNet()`."""
    if isinstance(error, Failure):
        return (error.code, error.message, error.place)
    place = getattr(error, 'place', None)
    place = _places.of_exception(error) if place is None else place
    if isinstance(error, SyntaxError):
        return ('python/syntax', f'Python cannot read this: {error.msg}.', place)
    if isinstance(error, DependsOnData):
        return ('model/data-dependent', str(error), place)
    if isinstance(error, Unsupported):
        return ('model/unsupported', str(error), place)
    if isinstance(error, TableError):
        return (error.code, str(error), place)
    if isinstance(error, RecursionError):
        return ('python/recursion', f'{doing} calls itself without end.', place)
    if isinstance(error, MemoryError):
        return ('python/memory', f'{doing} needs more memory than the reader has.', place)
    if isinstance(error, SystemExit):
        return ('python/exit', f'{doing} ends the program.', place)
    text = ' '.join(str(error).split()) or 'no message'
    return ('python/exception', f'{doing} raises {type(error).__name__}: {text[:500]}.'.replace('..', '.'), place)
