"""nn.Module: the tree of modules, parameters and buffers, as PyTorch keeps it."""

import functools
import inspect
from collections import OrderedDict

from ... import _places, _trace
from ..._parameter import Buffer, Parameter
from ..._tensor import Tensor
from ...utils.hooks import RemovableHandle


class _Mode:
    """`module.training`. Whoever reads it may do one thing in one mode and another in the other."""

    def __get__(self, module, owner=None):
        if module is None:
            return True
        _trace.mode_asked()
        return module.__dict__.get('training', True)

    def __set__(self, module, mode):
        module.__dict__['training'] = mode


class Module:
    dump_patches = False
    training = _Mode()
    call_super_init = False
    # The layer's name in the table; None for containers and the user's classes.
    _layer = None

    def __new__(cls, *args, **kwargs):
        module = object.__new__(cls)
        module.__dict__['_place'] = _places.here()
        return module

    def __init__(self, *args, **kwargs):
        own = self.__dict__
        for name in ('_parameters', '_buffers', '_modules', '_forward_hooks', '_forward_pre_hooks'):
            own[name] = OrderedDict()
        own['_non_persistent_buffers_set'] = set()
        object.__setattr__(self, 'training', True)

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        if not self._forward_pre_hooks and not self._forward_hooks:
            return self.forward(*args, **kwargs)
        named = self.__dict__.get('_hooks_with_kwargs', ())
        for key, hook in self._forward_pre_hooks.items():
            changed = hook(self, args, kwargs) if key in named else hook(self, args)
            if changed is not None and key in named:
                args, kwargs = changed
            elif changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        result = self.forward(*args, **kwargs)
        for key, hook in self._forward_hooks.items():
            changed = hook(self, args, kwargs, result) if key in named else hook(self, args, result)
            result = result if changed is None else changed
        return result

    # Attributes.

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            self._needs_init('parameters')
            self._forget(name)
            self._parameters[name] = value
        elif isinstance(value, Module):
            self._needs_init('module')
            self._forget(name)
            self._modules[name] = value
        elif self.__dict__.get('_parameters') and name in self._parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self._parameters[name] = None
        elif self.__dict__.get('_modules') and name in self._modules:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            self._modules[name] = None
        elif isinstance(value, Buffer):
            self._needs_init('buffer')
            self.register_buffer(name, value, value.persistent)
        elif self.__dict__.get('_buffers') and name in self._buffers:
            if _trace.current() is not None and isinstance(value, Tensor):
                _trace.report(
                    'model/state-update',
                    f'The buffer `{name}` is replaced while the model runs; in the graph that lasts for one call.',
                )
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def _needs_init(self, kind):
        if '_parameters' not in self.__dict__:
            raise AttributeError(f'cannot assign {kind} before Module.__init__() call')

    def _forget(self, name):
        for store in (self._parameters, self._buffers, self._modules, self.__dict__):
            store.pop(name, None)

    def __getattr__(self, name):
        for store in ('_parameters', '_buffers', '_modules'):
            values = self.__dict__.get(store)
            if values is not None and name in values:
                return values[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        for store in (self._parameters, self._buffers, self._modules):
            if name in store:
                del store[name]
                return
        object.__delattr__(self, name)

    def __dir__(self):
        return [*object.__dir__(self), *self._parameters, *self._buffers, *self._modules]

    def __setstate__(self, state):
        self.__dict__.update(state)

    def register_parameter(self, name, param):
        self._needs_init('parameter')
        if '.' in str(name):
            raise KeyError('parameter name can\'t contain "."')
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type(param).__name__}' object to parameter '{name}'")
        self._parameters[name] = param

    def register_buffer(self, name, tensor, persistent=True):
        self._needs_init('buffer')
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (torch Tensor or None required)")
        self.__dict__.pop(name, None)
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name, module):
        self._needs_init('module')
        if module is not None and not isinstance(module, Module):
            raise TypeError(f'{type(module).__name__} is not a Module subclass')
        if hasattr(self, name) and name not in self._modules:
            raise KeyError(f"attribute '{name}' already exists")
        if '.' in name or name == '':
            raise KeyError(f'module name can\'t be empty or contain ".", got: {name}')
        self._modules[name] = module

    register_module = add_module

    # Walking.

    def children(self):
        for _, module in self.named_children():
            yield module

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def named_modules(self, memo=None, prefix='', remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f'{prefix}.{name}' if prefix else name, remove_duplicate)

    def _named(self, store, prefix, recurse, remove_duplicate):
        seen = set()
        modules = self.named_modules(prefix=prefix) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in getattr(module, store).items():
                if value is None or (remove_duplicate and id(value) in seen):
                    continue
                seen.add(id(value))
                yield (f'{path}.{name}' if path else name), value

    def named_parameters(self, prefix='', recurse=True, remove_duplicate=True):
        yield from self._named('_parameters', prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        for _, value in self.named_parameters(recurse=recurse):
            yield value

    def named_buffers(self, prefix='', recurse=True, remove_duplicate=True):
        yield from self._named('_buffers', prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        for _, value in self.named_buffers(recurse=recurse):
            yield value

    def get_submodule(self, target):
        return functools.reduce(getattr, [part for part in target.split('.') if part], self)

    get_parameter = get_buffer = get_submodule

    def state_dict(self, *args, prefix='', **kwargs):
        state = OrderedDict()
        for path, module in self.named_modules(prefix=prefix.rstrip('.'), remove_duplicate=False):
            before = f'{path}.' if path else ''
            for name, value in module._parameters.items():
                if value is not None:
                    state[before + name] = value
            for name, value in module._buffers.items():
                if value is not None and name not in module._non_persistent_buffers_set:
                    state[before + name] = value
        return state

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Another model's tensors become this one's beginning; what is in files is not loaded."""
        own = self.state_dict()
        given = dict(state_dict.items()) if hasattr(state_dict, 'items') else {}
        tensors = {name: value for name, value in given.items() if isinstance(value, Tensor)}
        if not tensors:
            if not hasattr(state_dict, '_full_name'):
                _trace.report('model/loaded-weights', 'Weights are loaded here; the reader keeps the initial ones.')
            return _Keys([], [])
        missing = [name for name in own if name not in given]
        unexpected = [name for name in given if name not in own]
        if strict and (missing or unexpected):
            found = '; '.join(f'{what} key(s): {", ".join(names)}' for what, names in (
                ('Missing', missing), ('Unexpected', unexpected)) if names)
            raise RuntimeError(f'Error(s) in loading state_dict for {type(self).__name__}: {found}')
        for name, value in tensors.items():
            if name in own:
                if own[name].shape != value.shape:
                    raise RuntimeError(
                        f'size mismatch for {name}: copying a param with shape {value.shape} from checkpoint, '
                        f'the shape in current model is {own[name].shape}.'
                    )
                own[name].copy_(value)
        return _Keys(missing, unexpected)

    # Modes and formats.

    def apply(self, fn):
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        if not isinstance(mode, bool):
            raise ValueError('training mode is expected to be boolean')
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        return None

    def _same(self, *args, **kwargs):
        return self

    to = cuda = cpu = float = double = half = bfloat16 = type = share_memory = to_empty = ipu = xpu = _same

    def compile(self, *args, **kwargs):
        return None

    # Hooks.

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        return self._hook(self._forward_hooks, hook, with_kwargs)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        return self._hook(self._forward_pre_hooks, hook, with_kwargs)

    def _hook(self, hooks, hook, with_kwargs):
        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        if with_kwargs:
            self.__dict__.setdefault('_hooks_with_kwargs', set()).add(handle.id)
        return handle

    def register_full_backward_hook(self, hook, prepend=False):
        return RemovableHandle({})

    register_backward_hook = register_full_backward_pre_hook = register_full_backward_hook

    def register_load_state_dict_post_hook(self, hook):
        return RemovableHandle({})

    _register_load_state_dict_pre_hook = _register_state_dict_hook = register_load_state_dict_post_hook

    def extra_repr(self):
        return ''

    def _get_name(self):
        return type(self).__name__

    def __repr__(self):
        lines = [f'({name}): ' + repr(module).replace('\n', '\n  ') for name, module in self._modules.items()]
        inner = '\n  '.join(lines)
        return f'{self._get_name()}(\n  {inner}\n)' if lines else f'{self._get_name()}({self.extra_repr()})'


def tree(model):
    """What named_modules() gives, as a list and at once."""
    found, memo = [], set()

    def collect(path, module):
        if type(module).named_modules is not _named_modules:
            found.extend(module.named_modules(memo, path))
        elif module not in memo:
            memo.add(module)
            found.append((path, module))
            for name, child in module._modules.items():
                if child is not None:
                    collect(f'{path}.{name}' if path else name, child)

    collect('', model)
    return found


_named_modules = Module.named_modules


_ON_MODES = {name: vars(Module)[name] for name in ('training', 'train', 'eval', 'children', 'named_children')}


def one_in_both_modes(kind):
    """Whether modules of a class can only tell their mode by reading `training`."""
    return all(inspect.getattr_static(kind, name) is value for name, value in _ON_MODES.items())


class _Keys(tuple):
    """What load_state_dict gives back."""

    def __new__(cls, missing, unexpected):
        keys = tuple.__new__(cls, (missing, unexpected))
        keys.missing_keys, keys.unexpected_keys = missing, unexpected
        return keys
