"""dtype, device, Size and the other small values of the `torch` namespace."""


class dtype:
    __slots__ = ('name', 'kind', 'bits')

    def __init__(self, name, kind, bits):
        self.name, self.kind, self.bits = name, kind, bits

    def __repr__(self):
        return 'torch.' + self.name

    @property
    def is_floating_point(self):
        return self.kind == 'float32'

    @property
    def is_complex(self):
        return self.kind == 'complex64'

    @property
    def itemsize(self):
        return self.bits // 8

    def __reduce__(self):
        return (_dtype_named, (self.name,))


def _dtype_named(name):
    return dtypes[name]


# `kind` is the number format the engine computes in.
dtypes = {
    name: dtype(name, kind, bits)
    for name, kind, bits in [
        ('float32', 'float32', 32), ('float64', 'float32', 64), ('float16', 'float32', 16), ('bfloat16', 'float32', 16),
        ('int64', 'int64', 64), ('int32', 'int64', 32), ('int16', 'int64', 16), ('int8', 'int64', 8),
        ('uint8', 'int64', 8), ('bool', 'bool', 8), ('complex64', 'complex64', 64), ('complex128', 'complex64', 128),
        ('complex32', 'complex64', 32),
    ]
}
dtype_aliases = {
    'float': 'float32', 'double': 'float64', 'half': 'float16', 'long': 'int64', 'int': 'int32', 'short': 'int16',
    'cfloat': 'complex64', 'cdouble': 'complex128', 'chalf': 'complex32',
}
float32, int64, bool_ = dtypes['float32'], dtypes['int64'], dtypes['bool']
_default = [float32]


def get_default_dtype():
    return _default[0]


def set_default_dtype(new):
    _default[0] = new


class device:
    def __init__(self, type='cpu', index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = 'cuda', type
        name, _, number = str(type).partition(':')
        self.type = name
        self.index = int(number) if number else index

    def __repr__(self):
        return f"device(type='{self.type}')"

    def __str__(self):
        return self.type if self.index is None else f'{self.type}:{self.index}'

    def __eq__(self, other):
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self):
        return hash((self.type, self.index))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Size(tuple):
    def numel(self):
        n = 1
        for size in self:
            n *= size
        return n

    def __getitem__(self, index):
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other):
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other):
        return Size(tuple(other) + tuple(self))

    def __repr__(self):
        return f'torch.Size({list(self)})'


class Constant:
    """A name that is passed around and compared, such as a layout or a memory format."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name
