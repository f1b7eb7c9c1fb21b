"""One forward pass, written down node by node."""

from . import _places
from ._bridge import Unsupported

_current = None
# What is read only approximately, or needs a person's eye; (code, message, place).
problems = []


def current():
    return _current


def report(code, message, place=None):
    entry = (code, message, _places.here() if place is None else None if place == -1 else place)
    if entry not in problems:
        problems.append(entry)


_bases = {}


def _base(name):
    known = _bases.get(name)
    if known is None:
        known = name.replace('.', '_').strip('_') or 'node'
        known = _bases[name] = '_' + known if known[0].isdigit() else known
    return known


def mode_asked():
    """The user's code looks at which mode a module is in; what it does may follow from it."""
    if _current is not None:
        _current.by_mode = True


class Trace:
    """Nodes in order. Values are looked up by the tensors' identity; `state` names parameters and buffers."""

    def __init__(self, state, training, limit=200_000):
        self.nodes = []
        self.state = state
        self.training = training
        self.names = {}
        self.refs = {}
        self.kept = []
        self.limit = limit
        # The answers of the table it is made of, and whether the code asked which mode it is in.
        self.asked = set()
        self.by_mode = False

    def __enter__(self):
        global _current
        self.outer, _current = _current, self
        return self

    def __exit__(self, *_):
        global _current
        _current = self.outer

    def name(self, base):
        base = _base(base)
        count = self.names.get(base)
        self.names[base] = 0 if count is None else count + 1
        name = base if count is None else f'{base}_{count + 1}'
        return name if count is None or name not in self.names else self.name(base)

    def add(self, op, target, args, outputs, base, tensors=None, note=None, places=None):
        if len(self.nodes) >= self.limit:
            raise Unsupported(f'forward() makes more than {self.limit} calls.')
        name = self.name(base)
        if places is None:
            places = _places.stack()
        self.nodes.append({
            'name': name, 'op': op, 'target': target, 'args': args, 'outputs': outputs,
            'place': places[0] if places else None, 'stack': places[1:], 'note': note,
        })
        return name

    def made(self, ref):
        """The kind of node a reference is to."""
        return next((node['op'] for node in reversed(self.nodes) if node['name'] == ref['node']), None)

    def remember(self, tensor, ref):
        self.refs[id(tensor)] = ref
        self.kept.append(tensor)
