"""Numbers out of nothing, by chance, and by the steps of an initialization."""

import math
import random

from .._bridge import Unsupported
from .array import broadcast, flattened

_chance = random.Random(0)


def reseed():
    """Every trace of a model sees the same chance."""
    _chance.seed(0)


def _filled(number):
    return lambda out, **named: (tuple(out._shape), [number(named)] * out.numel())


def _counted(number):
    return lambda out, **named: (tuple(out._shape), [number(i, named) for i in range(out.numel())])


def _linspace(out, start, end, steps, **_):
    step = (end - start) / max(steps - 1, 1)
    return (steps,), [start + step * i if i < steps / 2 else end - step * (steps - 1 - i) for i in range(steps)]


def _logspace(out, start, end, steps=100, base=10.0, **_):
    return (steps,), [base ** n for n in _linspace(out, start, end, steps)[1]]


def _random(draw):
    def operation(out, input=None, **named):
        from .._trace import report
        report(
            'model/random-value',
            'The model\'s structure depends on random numbers; the graph shows one outcome of them.',
        )
        return tuple(out._shape), [draw(named) for _ in range(out.numel())]

    return operation


def _randperm(out, n):
    from .._trace import report
    report('model/random-value', 'The model\'s structure depends on a random order; the graph shows one of them.')
    order = list(range(n))
    _chance.shuffle(order)
    return (n,), order


def _uniform(named):
    low = named.get('low', named.get('from', 0))
    return low + (named.get('to', 1) - low) * _chance.random()


def _state(out, **_):
    raise Unsupported('The numbers of a weight are needed while the model is built; they are only known when it runs.')


_FILLS = {'zeros_': 0, 'zero_': 0, 'ones_': 1, 'constant_': 'val', 'fill_': 'value'}
_DRAWN = {
    'uniform_': _random(_uniform),
    'normal_': _random(lambda named: _chance.gauss(named.get('mean', 0), named.get('std', 1))),
    'bernoulli_': _random(lambda named: float(_chance.random() < named.get('p', 0.5))),
}


def _init(out, prior, call):
    """A step of an initialization, where its numbers are asked for."""
    from . import operations as known
    name = call['target'].rpartition('.')[2]
    args = call['args']
    if name in _FILLS:
        value = _FILLS[name]
        return tuple(out._shape), [args[value] if isinstance(value, str) else value] * out.numel()
    if name in _DRAWN:
        return _DRAWN[name](out, **args)
    if name[:-1] in known and prior is not None:
        return known[name[:-1]](out, prior, **args)
    return _state(out)


def _triangle_indices(keeps):
    def operation(out, row, col, offset=0, **_):
        pairs = [(i, j) for i in range(row) for j in range(col) if keeps(j - i, offset)]
        return (2, len(pairs)), [i for i, _ in pairs] + [j for _, j in pairs]

    return operation


def _window(weight):
    def operation(out, window_length, periodic=True, **_):
        n = window_length if periodic else max(window_length - 1, 1)
        return (window_length,), [float(weight(i / n)) for i in range(window_length)]

    return operation


operations = {
    'zeros': _filled(lambda a: 0), 'empty': _filled(lambda a: 0), 'ones': _filled(lambda a: 1),
    'zeros_like': _filled(lambda a: 0), 'empty_like': _filled(lambda a: 0), 'ones_like': _filled(lambda a: 1),
    'full': _filled(lambda a: a['fill_value']), 'full_like': _filled(lambda a: a['fill_value']),
    'new_zeros': _filled(lambda a: 0), 'new_ones': _filled(lambda a: 1), 'new_full': _filled(lambda a: a['fill_value']),
    'zero_': _filled(lambda a: 0), 'fill_': _filled(lambda a: a['value']),
    'arange': _counted(lambda i, a: a['start'] + i * a['step']),
    'linspace': _linspace, 'logspace': _logspace,
    'eye': _counted(lambda i, a: int(i // a['m'] == i % a['m'])),
    'tril_indices': _triangle_indices(lambda right, offset: right <= offset),
    'triu_indices': _triangle_indices(lambda right, offset: right >= offset),
    'hann_window': _window(lambda x: 0.5 - 0.5 * math.cos(2 * math.pi * x)),
    'hamming_window': _window(lambda x: 0.54 - 0.46 * math.cos(2 * math.pi * x)),
    'tensor': lambda out, data: (tuple(out._shape), flattened(data)),
    'copy_': lambda out, input, src, **_: (input.shape, broadcast(src, input.shape)),
    'rand': _random(lambda a: _chance.random()),
    'randn': _random(lambda a: _chance.gauss(0, 1)),
    'rand_like': _random(lambda a: _chance.random()),
    'randn_like': _random(lambda a: _chance.gauss(0, 1)),
    'randint': _random(lambda a: _chance.randrange(a['low'], a['high'])),
    'randperm': _randperm,
    'bernoulli': lambda out, input, p=None: _random(lambda a: None)(out)[:1] + (
        [float(_chance.random() < (n if p is None else p)) for n in input.flat],),
    'state': _state,
    'init': _init,
    **_DRAWN,
}
