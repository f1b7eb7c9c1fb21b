def checkpoint(function, *args, use_reentrant=None, **kwargs):
    """Recomputation in the backward pass; the forward is the same."""
    for name in ('preserve_rng_state', 'context_fn', 'determinism_check', 'debug'):
        kwargs.pop(name, None)
    return function(*args, **kwargs)


def checkpoint_sequential(functions, segments, input, **kwargs):
    for function in functions:
        input = function(input)
    return input
