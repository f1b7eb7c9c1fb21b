"""One process, as where a model is read: what asks for its fellows hears of none."""

from .._inert import Inert as _Inert, class_named as _class_named

__path__ = []


def is_available():
    return True


def is_initialized():
    return False


is_torchelastic_launched = is_nccl_available = is_mpi_available = is_initialized
is_gloo_available = is_available


def get_rank(group=None):
    return 0


def get_world_size(group=None):
    return 1


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    full = f'torch.distributed.{name}'
    return _class_named(full) if name[:1].isupper() else _Inert._named(full)
