from .nn.modules.module import Module


def _as_it_is(obj=None, *args, **kwargs):
    return obj if obj is not None else lambda decorated: decorated


script = trace = freeze = optimize_for_inference = script_if_tracing = interface = _as_it_is
ignore = unused = export = script_method = _as_it_is


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
