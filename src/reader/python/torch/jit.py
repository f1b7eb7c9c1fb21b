from .nn.modules.module import Module

# A package in PyTorch: what lies below it and is not here is inert.
__path__ = []


def _as_it_is(obj=None, *args, **kwargs):
    return obj if obj is not None else lambda decorated: decorated


script = trace = freeze = optimize_for_inference = script_if_tracing = interface = _as_it_is
ignore = unused = export = script_method = _overload = _overload_method = _script_if_tracing = _as_it_is


def is_scripting():
    return False


is_tracing = is_scripting


def annotate(_type, value):
    return value


class ScriptModule(Module):
    pass


Final = {}


class _Final:
    def __class_getitem__(cls, item):
        return item


Final = _Final
