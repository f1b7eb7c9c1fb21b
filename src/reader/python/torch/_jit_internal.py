from .jit import _as_it_is as export
from .jit import Final, ignore, is_scripting, unused

_overload_method = _overload = boolean_dispatch = export
