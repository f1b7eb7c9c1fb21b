"""Shuts what could lead out of the interpreter: JavaScript, processes, the network, builtin bridges."""

import _imp
import importlib.abc
import importlib.machinery
import os
import sys

# Python's side of Pyodide, and modules that reach processes, memory or the network.
BRIDGES = frozenset(['js', 'pyodide_js', 'pyodide', '_pyodide', '_pyodide_core', '_ctypes', 'ctypes', '_socket', '_posixsubprocess'])
PROCESS_CALLS = (
    'system popen fork forkpty kill killpg execv execve execl execle execlp execlpe execvp execvpe posix_spawn '
    'posix_spawnp spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe abort _exit'
).split()
RECURSION = 6000


class _Closed(importlib.abc.MetaPathFinder):
    """Answers first, so that a bridge cannot be imported again."""

    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in BRIDGES:
            raise ImportError(f'The module {name} is closed here.', name=name)
        return None


def _refused(name):
    def call(*args, **kwargs):
        raise PermissionError(f'{name} is closed here.')

    return call


def close():
    from _pyodide import _importhook
    _importhook.jsfinder.jsproxies.clear()
    sys.meta_path[:] = [_Closed(), *(finder for finder in sys.meta_path if 'pyodide' not in type(finder).__module__)]
    for name in list(sys.modules):
        if name.partition('.')[0] in BRIDGES:
            del sys.modules[name]
    import posix
    for module in (os, posix):
        for name in PROCESS_CALLS:
            if hasattr(module, name):
                setattr(module, name, _refused(name))
    _close_builtins()
    set_limit = sys.setrecursionlimit
    set_limit(1000)
    sys.setrecursionlimit = lambda limit: set_limit(min(limit, RECURSION))


def _close_builtins():
    create = _imp.create_builtin

    def create_builtin(spec):
        if spec.name in BRIDGES or spec.name in ('posix', '_pyodide_core'):
            raise ImportError(f'The module {spec.name} is closed here.', name=spec.name)
        return create(spec)

    _imp.create_builtin = create_builtin
