"""Who shares memory with whom, and what an in-place change does to the others.

A change through a view is written back to the whole; other views are made again from it when they are next used.
Where a view does not say which part of the whole it is, using the whole afterwards is refused.
"""

from . import _dispatch, _trace
from ._bridge import Unsupported

# Views in the same order of elements: a change of the view is a change of the whole.
_SAME_ORDER = frozenset('view reshape flatten ravel squeeze unsqueeze detach view_as reshape_as unflatten'.split())
_PIECES = frozenset('split split_with_sizes chunk unsafe_chunk tensor_split'.split())


class Storage:
    __slots__ = ('version',)

    def __init__(self):
        self.version = 0


class Memory:
    """The part of a tensor that knows of other tensors."""

    _alias = None
    # For a view: the tensor it is of, the kind of view with its arguments, and the call that makes it again.
    _source = None
    _part = None
    _call = None
    _span = None

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

    def _share(self, base, kind, call, position, before):
        """This is a view of `base`: output `position` of `call`; `before` are the shapes of the outputs before it."""
        if self is base:
            return
        self._storage, self._seen = base._storage, base._seen
        self._source = base
        self._call = (call, position)
        bound = call[1]
        self._part = (kind, bound.get('index') if kind == '__getitem__' else bound)
        if kind == 'narrow':
            self._span = (bound['dim'], bound['start'], bound['length'])
        elif kind == 'unbind':
            self._span = (bound.get('dim', 0), position, None)
        elif kind == 'select':
            self._span = (bound['dim'], bound['index'], None)
        elif kind in _PIECES:
            dim = bound.get('dim', 0)
            self._span = (dim, sum(shape[dim] for shape in before), self._shape[dim])

    def _freshen(self):
        """Brings a tensor up to date with changes made through others of the same memory."""
        owner = self if self._alias is None else self._alias
        version = owner._storage.version
        if owner._seen != version:
            owner._derive()
        if self is not owner and self._seen != version:
            self._seen = version
            self._expression, self._index = owner._expression, owner._index

    def _derive(self):
        if self._source is None or self._call is None or self._seen == -1:
            raise Unsupported('A tensor is used after a view of it was changed in place in a way the reader cannot follow.')
        self._source._freshen()
        (description, bound, key), position = self._call
        made = _dispatch.apply(description, {**bound, key: self._source})
        self._take(made if position is None else made[position])

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
        index = part if kind == '__getitem__' else self._index_of_span(source)
        if index is not None:
            result = _dispatch.set_item(source, index, self)
        elif kind in _SAME_ORDER:
            result = _dispatch.call('torch.reshape', (self, list(source._shape)), {})
        else:
            result = self._turned_back(kind, part)
        if result is None:
            source._seen = -1
            return
        source._take(result)
        source._write_back()

    def _index_of_span(self, source):
        if self._span is None:
            return None
        dim, start, length = self._span
        piece = start if length is None else slice(start, start + length)
        return [slice(None)] * (dim % source.ndim) + [piece]

    def _turned_back(self, kind, bound):
        """The whole from a view that has its dimensions in another order."""
        given = [value for key, value in bound.items() if not getattr(value, '_is_tensor', False)]
        if kind in ('transpose', 'swapdims', 'swapaxes', 't'):
            return _dispatch.call('torch.transpose', (self, *(given or (0, -1))), {})
        if kind == 'permute':
            dims = [dim % self.ndim for dim in bound['dims']]
            return _dispatch.call('torch.permute', (self, [dims.index(d) for d in range(self.ndim)]), {})
        if kind in ('movedim', 'moveaxis'):
            return _dispatch.call('torch.movedim', (self, bound['destination'], bound['source']), {})
        return None

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
        if _inits.outside(self) and _inits.weight_of(self) is not None:
            return _inits.assign(self, source)
        return _dispatch.call('torch.Tensor.copy_', (self, source), {})
