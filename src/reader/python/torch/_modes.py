"""Context managers and decorators that change how PyTorch computes and not what the model is."""

import functools


class _Mode:
    def __init__(self, *args, **kwargs):
        pass

    def __new__(cls, *args, **kwargs):
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], type):
            # `@torch.no_grad` without parentheses.
            return args[0]
        return object.__new__(cls)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __call__(self, decorated):
        if isinstance(decorated, type):
            return decorated

        @functools.wraps(decorated)
        def call(*args, **kwargs):
            return decorated(*args, **kwargs)

        return call


class no_grad(_Mode):
    pass


class enable_grad(_Mode):
    pass


class inference_mode(_Mode):
    pass


class set_grad_enabled(_Mode):
    pass


class autocast(_Mode):
    pass


def is_grad_enabled():
    return True


def compile(model=None, **kwargs):
    return model if model is not None else lambda decorated: decorated


def manual_seed(seed):
    from . import Generator
    return Generator()


def seed():
    return 0


initial_seed = seed


def get_rng_state():
    return None


def set_rng_state(state):
    return None
