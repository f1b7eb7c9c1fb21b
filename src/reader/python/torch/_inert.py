"""Things that may be named, built, derived from and called, and do nothing; a tensor given to one is refused.

They stand for what does not matter to the model's structure: data loaders, optimizers, loggers, other packages.
"""

import types

from ._bridge import Unsupported


# What tensors, arrays and modules are known by.
_OURS = frozenset(['_is_tensor', '_as_lists', '_modules', '_layer'])


class _Names(type):
    def __getattr__(cls, name):
        if name.startswith('__') or name in _OURS:
            raise AttributeError(name)
        return Inert._named(f'{cls._full_name}.{name}')

    def __getitem__(cls, _):
        return cls

    def __or__(cls, other):
        return cls

    __ror__ = __or__

    def __iter__(cls):
        return iter(())


class Inert(metaclass=_Names):
    _is_opaque = True
    _full_name = 'an unknown package'

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        _refuse_tensors(type(self)._full_name, args, kwargs)

    @staticmethod
    def _named(name):
        made = object.__new__(Inert)
        made.__dict__['_full_name'] = name
        return made

    def __getattr__(self, name):
        if name.startswith('__') or name in _OURS:
            raise AttributeError(name)
        return Inert._named(f'{self._full_name}.{name}')

    def __call__(self, *args, **kwargs):
        _refuse_tensors(self._full_name, args, kwargs)
        # As a decorator it leaves what it decorates.
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        made = Inert._named(self._full_name)
        made.__dict__['_called'] = True
        return made

    def __mro_entries__(self, bases):
        return (class_named(self._full_name),)

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return not self.__dict__.get('_called') or _answered(self, 'is asked for its truth', True)

    def __contains__(self, _):
        return False

    def __getitem__(self, _):
        return Inert._named(self._full_name)

    def __setitem__(self, _, value):
        return None

    def __delitem__(self, _):
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __or__(self, other):
        return self

    __ror__ = __or__

    # A comparison is mostly one of versions, and what is not there counts as new.

    def __ge__(self, other):
        return _compared(self, True)

    def __lt__(self, other):
        return _compared(self, False)

    __gt__, __le__ = __ge__, __lt__


def _compared(value, answer):
    return _answered(value, 'is compared', answer)


def _answered(value, how, answer):
    from ._trace import report
    report(
        'model/unknown-value',
        f'`{value._full_name}` {how} here and its value is not known to the reader; the answer is taken to be {answer}.',
    )
    return answer


def _refuse_tensors(name, args, kwargs):
    from ._trace import current
    if current() is None:
        return
    for value in (*args, *kwargs.values()):
        parts = value if isinstance(value, (list, tuple)) else (value,)
        if any(getattr(part, '_is_tensor', False) for part in parts):
            raise Unsupported(f'`{name}` gets a tensor; what it does is not known to the reader.')


_classes = {}


def class_named(name):
    if name not in _classes:
        body = {'_full_name': name, '__module__': name.rpartition('.')[0] or name}
        _classes[name] = type(name.rpartition('.')[2], (Inert,), body)
    return _classes[name]


class InertModule(types.ModuleType):
    """A module in which every name can be found: capitalized ones are classes."""

    def __init__(self, name):
        super().__init__(name)
        self.__path__ = []
        self.__all__ = []
        self.__version__ = '0.0.0'

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        full = f'{self.__name__}.{name}'
        value = class_named(full) if name[:1].isupper() else Inert._named(full)
        setattr(self, name, value)
        return value
