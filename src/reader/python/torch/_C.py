"""What PyTorch's compiled part answers to questions about the running program; nothing of it computes here."""

from ._inert import Inert, class_named

# A package in PyTorch: what lies below it and is not here is inert.
__path__ = []


def _nothing(*args, **kwargs):
    return None


_get_tracing_state = _log_api_usage_once = _set_default_tensor_type = _nothing


def _has_torch_function(*args):
    return False


_has_torch_function_unary = _has_torch_function_variadic = _is_tracing = _has_torch_function
_cuda_isCurrentStreamCapturing = is_autocast_enabled = _has_torch_function


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    full = f'torch._C.{name}'
    return class_named(full) if name[:1].isupper() else Inert._named(full)
