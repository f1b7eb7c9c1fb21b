"""Number formats, and single numbers that know theirs."""


class generic:
    shape = ()
    ndim = 0
    size = 1

    @property
    def dtype(self):
        return type(self)

    @property
    def T(self):
        return self

    def item(self):
        return self.__class__.__mro__[-2](self)

    tolist = item

    def astype(self, dtype):
        return of(dtype)(self)

    def copy(self):
        return self

    def __array_like__(self):
        return self


class number(generic):
    pass


class integer(number):
    pass


class signedinteger(integer):
    pass


class inexact(number):
    pass


class floating(inexact):
    pass


def _named(name, *bases, item=8):
    return type(name, bases, {'name': name, 'itemsize': item, '__module__': 'numpy'})


float64 = _named('float64', floating, float)
float32 = _named('float32', floating, float, item=4)
float16 = _named('float16', floating, float, item=2)
int64 = _named('int64', signedinteger, int)
int32 = _named('int32', signedinteger, int, item=4)
int16 = _named('int16', signedinteger, int, item=2)
int8 = _named('int8', signedinteger, int, item=1)
uint8 = _named('uint8', integer, int, item=1)
bool_ = _named('bool', generic, int, item=1)
bool_.__repr__ = bool_.__str__ = lambda self: 'True' if self == 1 else 'False'
bool_.item = bool_.tolist = lambda self: self == 1

ORDER = [bool_, uint8, int8, int16, int32, int64, float16, float32, float64]
_WORDS = {kind.name: kind for kind in ORDER} | {
    'float': float64, 'double': float64, 'single': float32, 'half': float16, 'int': int64, 'long': int64, 'f': float32,
    'f4': float32, 'f8': float64, 'i4': int32, 'i8': int64, 'd': float64, 'bool_': bool_, '?': bool_,
}


def of(dtype):
    """A format from a format, a word or a type of Python's."""
    if dtype in (float, int, bool):
        return {float: float64, int: int64, bool: bool_}[dtype]
    if isinstance(dtype, str):
        return _WORDS[dtype]
    return dtype


def is_float(dtype):
    return issubclass(dtype, floating)


def promoted(*kinds):
    return ORDER[max(ORDER.index(kind) for kind in kinds)]


def of_numbers(numbers):
    if numbers and all(isinstance(n, (bool, bool_)) for n in numbers):
        return bool_
    if not numbers or any(isinstance(n, float) for n in numbers):
        return float64
    return int64
