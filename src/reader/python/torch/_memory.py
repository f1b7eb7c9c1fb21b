"""Who shares memory with whom, and what an in-place change does to the others.

A change through a view reaches the whole where the view says which part it is; other views of it go out of date,
and using one that is out of date is refused.
"""

from . import _dispatch, _trace
from ._bridge import Unsupported

# Views in the same order of elements: a change of the view is a change of the whole.
_SAME_ORDER = frozenset('view reshape flatten squeeze unsqueeze detach view_as unflatten'.split())


class Storage:
    __slots__ = ('version',)

    def __init__(self):
        self.version = 0


class Memory:
    """The part of a tensor that knows of other tensors."""

    _alias = None
    _source = None
    _part = None

    @property
    def _owner(self):
        return self if self._alias is None else self._alias

    def _view_of_all(self):
        """The same memory under another name, as `.data` and `.detach()` outside of a trace."""
        other = self._make(self._shape, self._dtype)
        other._alias = self._owner
        other._trace, other._expression, other._index = self._trace, self._expression, self._index
        other._storage, other._seen = self._storage, self._seen
        trace = _trace.current()
        if trace is not None:
            if self._is_state(trace) or id(self) in trace.refs:
                trace.remember(other, _dispatch.reference(trace, self))
                other._trace = trace
        return other

    def _share(self, base, kind, part):
        if self is not base:
            self._storage, self._seen = base._storage, base._seen
            self._source = base
            self._part = (kind, part)

    def _check_fresh(self):
        owner = self._owner
        if owner._seen != owner._storage.version:
            raise Unsupported('A tensor is used after another view of the same memory was changed in place.')

    def _is_state(self, trace):
        return trace.state(self) is not None

    def _frozen(self):
        """This constant as it is now."""
        if self._trace is not None:
            return self
        source = self._owner
        other = self._make(source._shape, source._dtype)
        other._expression, other._index = source._expression, source._index
        other._frozen_from = source
        return other

    def _become(self, result):
        """Takes the value of `result`: what every in-place operation does. Other views of it go out of date."""
        owner = self._owner
        owner._storage.version += 1
        for tensor in {id(self): self, id(owner): owner}.values():
            tensor._storage = owner._storage
            tensor._take(result)
        owner._write_back()

    def _take(self, result):
        trace = _trace.current()
        self._seen = self._storage.version
        if trace is not None and id(result) in trace.refs:
            state = trace.state(self)
            if state is not None:
                _trace.report(
                    'model/state-update',
                    f'`{state}` is changed while the model runs; in the graph the change lasts for one call.',
                )
            else:
                self._trace = trace
            trace.remember(self, trace.refs[id(result)])
        else:
            self._expression, self._index = result._expression, result._index

    def _write_back(self):
        """The tensor this is a view of changes with it, where the view says which part it is."""
        source = self._source
        if source is None:
            return
        kind, part = self._part
        source._seen = source._storage.version
        if kind == '__getitem__':
            result = _dispatch.set_item(source, part, self)
        elif kind == 'select':
            index = (slice(None),) * (part['dim'] % source.ndim) + (part['index'],)
            result = _dispatch.set_item(source, list(index), self)
        elif kind in _SAME_ORDER:
            result = _dispatch.call('torch.reshape', (self, list(source._shape)), {})
        else:
            source._seen = -1
            return
        source._take(result)
        source._write_back()

    def clone(self, memory_format=None):
        trace = _trace.current()
        if trace is not None and _dispatch.is_dynamic(trace, self) and _dispatch.find('torch.clone') is not None:
            return _dispatch.call('torch.clone', (self,), {})
        other = self._view_of_all()
        other._alias, other._storage, other._seen = None, Storage(), 0
        return other

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        other = object.__new__(type(self))
        memo[id(self)] = other
        other.__dict__.update(self.__dict__)
        other._storage, other._seen, other._alias = Storage(), 0, None
        return other

    def copy_(self, source, non_blocking=False):
        from . import _inits
        if _inits.outside(self):
            return _inits.assign(self, source)
        return _dispatch.call('torch.Tensor.copy_', (self, source), {})
