from . import _trace
from ._inert import Inert
from ._tensor import Tensor as Variable

# A package in PyTorch: what lies below it and is not here is inert.
__path__ = []


class Function:
    """A user's own gradient: the forward is read, the backward is PyTorch's of that forward."""

    @classmethod
    def apply(cls, *args, **kwargs):
        _trace.report(
            'model/custom-gradient',
            f'`{cls.__name__}` defines its own gradient; the graph uses the gradient of its forward().',
        )
        context = _Context()
        if 'setup_context' in cls.__dict__:
            return cls.forward(*args, **kwargs)
        return cls.forward(context, *args, **kwargs)


class _Context:
    """What forward() keeps for backward(), which is not read."""

    needs_input_grad = ()
    saved_tensors = ()

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def save_for_forward(self, *tensors):
        return None

    mark_dirty = mark_non_differentiable = set_materialize_grads = save_for_forward


def grad(*args, **kwargs):
    from ._bridge import Unsupported
    raise Unsupported('`torch.autograd.grad` is not known to the reader yet.')


class _Anomaly:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


set_detect_anomaly = detect_anomaly = _Anomaly
