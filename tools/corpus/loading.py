"""A public file's namespace, in a process of its own: without network, as nobody, for a limited time, in limited memory."""

import ctypes
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import signal
import sys
import traceback
import types
from unittest.mock import MagicMock

import torch

MEMORY = 8 << 30
# Of this program itself; and torchvision, whose compiled operators can be registered once only.
OWN = frozenset(['torch', 'torchvision', 'json', 'types', 'figures', 'find_models', 'recipes', 'loading'])


class _StandIn(types.ModuleType):
    """A package that is not installed, for what does not matter to a model: plots, environments, loggers."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return type(name, (), {}) if name[:1].isupper() else MagicMock(name=f'{self.__name__}.{name}')


class _StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, folder):
        self.folder = str(folder)

    def find_spec(self, name, path=None, target=None):
        above = sys.modules.get(name.rpartition('.')[0])
        if '.' in name and not isinstance(above, _StandIn):
            return None
        frame = sys._getframe(1)
        while frame is not None and 'importlib' in frame.f_code.co_filename:
            frame = frame.f_back
        # What a library looks for and does without stays away.
        if frame is None or not frame.f_code.co_filename.startswith(self.folder):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return _StandIn(spec.name)

    def exec_module(self, module):
        pass


def load(path, folder):
    """The file's namespace; what fails at module level costs what comes after it."""
    parts, above = [path.stem], path.parent
    while (above / '__init__.py').exists() and above != folder:
        parts.insert(0, above.name)
        above = above.parent
    if not any(isinstance(finder, _StandIns) for finder in sys.meta_path):
        sys.meta_path.append(_StandIns(folder))
    between = [one for one in above.parents if folder in one.parents]
    sys.path[:0] = list(dict.fromkeys(map(str, [above, *between, folder])))
    own = {entry.stem for entry in folder.iterdir()} | {entry.stem for entry in above.iterdir()}
    for name in list(sys.modules):
        if name.partition('.')[0] in own - OWN:
            del sys.modules[name]
    name = '.'.join(parts)
    if len(parts) > 1:
        try:
            return importlib.import_module(name)
        except BaseException:
            pass
    module = types.ModuleType(name)
    module.__file__ = str(path)
    module.__package__ = name.rpartition('.')[0]
    sys.modules[name] = module
    try:
        exec(compile(path.read_text(errors='replace'), str(path), 'exec'), module.__dict__)
    except BaseException:
        pass
    return module


def in_child(seconds, work):
    """What `work()` gives, from a process of its own; None when it died or took too long."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        signal.alarm(seconds)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        try:
            data = json.dumps(work(write))
        except BaseException:
            data = json.dumps({'error': traceback.format_exc()[-500:]})
        with os.fdopen(write, 'w') as pipe:
            pipe.write('\n' + data)
            pipe.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    lines = [line for line in text.split('\n') if line]
    return [json.loads(line) for line in lines if line.endswith(('}', ']', '"', 'l'))]


def enclose():
    if os.getuid() == 0:
        # Without network, then without rights.
        ctypes.CDLL(None).unshare(0x40000000)
        os.setgid(65534)
        os.setuid(65534)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    torch.set_num_threads(1)
    scratch = f'/tmp/record-corpus-{os.getpid()}'
    os.makedirs(scratch, exist_ok=True)
    os.chdir(scratch)
    os.environ['HOME'] = scratch


def enclosed(work):
    enclose()
    return work()
