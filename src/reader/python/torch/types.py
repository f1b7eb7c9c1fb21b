from typing import Any

from ._types import device as Device
from ._types import dtype as _dtype
from ._types import Size as _size

Number = Any
