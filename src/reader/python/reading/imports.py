"""Where imports come from: the user's files, the interpreter's library, and inert stand-ins for all else."""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys

from torch import _inert, _places, _syntax


class _Loader(importlib.abc.Loader):
    def __init__(self, path, text):
        self.path, self.text = path, text

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(_syntax.file(self.path, self.text).code(), module.__dict__)

    def get_source(self, fullname):
        return self.text


class _Library(_Loader):
    """A file of an installed package. A statement that fails costs the names it binds: they become inert, as the whole
    package would be without its files."""

    def exec_module(self, module):
        lost = set()
        module.__dict__['__getattr__'] = _losses(module.__name__, lost)
        flags = 0
        for statement in _body(self.text, self.path):
            if isinstance(statement, ast.ImportFrom) and statement.module == '__future__':
                import __future__
                for alias in statement.names:
                    flags |= getattr(__future__, alias.name).compiler_flag
            try:
                code = compile(ast.Module([statement], []), self.path, 'exec', flags=flags, dont_inherit=True)
                exec(code, module.__dict__)
            except Exception:
                lost.update(_syntax.bound(statement))


def _losses(module, lost):
    def missing(name):
        if name not in lost:
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        return _stand_in(f'{module}.{name}')

    return missing


def _stand_in(full):
    return _inert.class_named(full) if full.rpartition('.')[2][:1].isupper() else _inert.Inert._named(full)


class _Package(importlib.abc.Loader):
    """A package around the entry. Its __init__ runs as far as names are asked of it, so that reading one file of a
    large package does not need all of it; a statement that fails costs the names it binds."""

    def __init__(self, path, text, holds, library):
        self.path, self.text, self.holds, self.library = path, text, holds, library

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        statements = _body(self.text, self.path)
        module.__dict__['__getattr__'] = _Lazily(module, statements, self.path, self.holds, self.library)

    def get_source(self, fullname):
        return self.text


def _body(text, path):
    try:
        return _syntax.file(path, text).tree().body
    except (SyntaxError, ValueError, RecursionError):
        return []


class _Lazily:
    """A package's __getattr__."""

    def __init__(self, module, statements, path, holds, library):
        self.module, self.path, self.holds, self.library = module, path, holds, library
        self.waiting = list(statements)
        self.bound = {name for statement in statements for name in _syntax.bound(statement)}
        self.failures = {}

    def __call__(self, name):
        namespace = self.module.__dict__
        # A file of the package goes by its name, unless __init__ gives the name to something else.
        if name not in self.bound and (name[:2] == '__' and name != '__all__' or self.holds(name)):
            raise AttributeError(name)
        if self.library:
            self._run_import_of(name)
        while self.waiting and name not in namespace:
            self._run(self.waiting.pop(0))
        if name in namespace:
            return namespace[name]
        if name in self.failures and self.library:
            return _stand_in(f'{self.module.__name__}.{name}')
        if name in self.failures:
            raise self.failures[name]
        raise AttributeError(f"module '{self.module.__name__}' has no attribute '{name}'")

    def _run_import_of(self, name):
        """A large library's `from .drop import DropPath` alone, without the hundreds of lines before it."""
        for statement in self.waiting:
            if isinstance(statement, ast.ImportFrom) and name in [one.asname or one.name for one in statement.names]:
                self.waiting.remove(statement)
                self._run(statement)
                return

    def _run(self, statement):
        try:
            exec(_syntax.code(statement, self.path), self.module.__dict__)
        except Exception as error:
            for name in _syntax.bound(statement):
                self.failures[name] = error


class _Folder(importlib.abc.Loader):
    """A package without code to run."""

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        return None


class _Stub(importlib.abc.Loader):
    def create_module(self, spec):
        return _inert.InertModule(spec.name)

    def exec_module(self, module):
        return None


class Workspace(importlib.abc.MetaPathFinder):
    def __init__(self, files, roots, bare, packages):
        self.files = files
        self.roots = [*roots, *packages]
        self.packages = tuple(f'{folder}/' for folder in packages)
        # Packages the entry lies in; what of their __init__ nobody asks for is not run.
        self.bare = bare
        self.folders = set()
        for path in files:
            folder = path.rpartition('/')[0]
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition('/')[0]

    def find_spec(self, name, path=None, target=None):
        tail = name.rpartition('.')[2] if path is not None else name
        for folder in path if path is not None else self.roots:
            spec = self._in(f'{folder}/{tail}' if folder else tail, name)
            if spec is not None:
                return spec
        return None

    def _in(self, base, name):
        init = f'{base}/__init__.py'
        if init in self.files:
            lazy = name in self.bare or self._installed(init)
            loader = self._package(base, init) if lazy else _Loader(init, self.files[init])
            return self._spec(name, loader, init, [base])
        file = f'{base}.py'
        if file in self.files:
            loader = (_Library if self._installed(file) else _Loader)(file, self.files[file])
            return self._spec(name, loader, file, None)
        if base in self.folders and not _installed(name):
            return self._spec(name, _Folder(), None, [base])
        return None

    def _package(self, base, init):
        holds = lambda name: f'{base}/{name}.py' in self.files or f'{base}/{name}' in self.folders
        return _Package(init, self.files[init], holds, self._installed(init))

    def _installed(self, path):
        return path.startswith(self.packages)

    def _spec(self, name, loader, origin, locations):
        spec = importlib.machinery.ModuleSpec(name, loader, origin=origin, is_package=locations is not None)
        if locations is not None:
            spec.submodule_search_locations = locations
        spec.has_location = origin is not None
        return spec


class _Kept(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The reader's own packages that each file gets anew. Their code is read from the archive once."""

    def __init__(self):
        self.specs = {}
        self.codes = {}

    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] not in _ANEW:
            return None
        if name not in self.specs:
            self.specs[name] = importlib.machinery.PathFinder.find_spec(name, path)
        found = self.specs[name]
        if found is None or found.origin is None:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        if name not in self.codes:
            self.codes[name] = self.specs[name].loader.get_code(name)
        exec(self.codes[name], module.__dict__)


_kept = _Kept()
# A workspace may hold its own, and a file may change them.
_ANEW = frozenset(['torchvision', 'timm'])
# Packages the reader has a part of; what they lack is inert.
_OWN = frozenset(['torch', 'torchvision', 'timm', 'einops', 'numpy', 'scipy'])


def _installed(name):
    return name.partition('.')[0] in sys.stdlib_module_names or name.partition('.')[0] in _OWN


class Strangers(importlib.abc.MetaPathFinder):
    """Comes last. What nobody has becomes inert, except where the user's code is ready for its absence."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        top = name.partition('.')[0]
        owner = sys.modules.get(name.rpartition('.')[0])
        if owner is not None and top not in _OWN and not isinstance(owner, _inert.InertModule):
            if not isinstance(getattr(owner.__spec__, 'loader', None), _Stub):
                return None
        if _no_part_of_torch(name):
            return None
        if top not in sys.stdlib_module_names and top != 'torch' and _asked_with_care(name):
            return None
        if top != 'torch':
            self.names.add(top)
        return importlib.machinery.ModuleSpec(name, _Stub(), is_package=True)


def _no_part_of_torch(name):
    """`torch._six` and the like: what this PyTorch does not have is not found."""
    parts = name.split('.')
    return parts[0] == 'torch' and len(parts) == 2 and parts[1] not in sys.modules['torch']._modules


def _asked_with_care(name):
    """Whether the import stands in a `try` that expects it to fail, or is a question of find_spec."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_name == 'find_spec' and code.co_filename.endswith('importlib/util.py'):
            return True
        if _places.is_read(code):
            line = frame.f_lineno
            return any(start <= line <= end for start, end in _careful_lines(code.co_filename))
        frame = frame.f_back
    return False


def _careful_lines(path):
    file = _places.file(path)
    if file.careful is None:
        # Without an `except` there is nothing to look for.
        nodes = _syntax.within(_places.tree(path)) if 'except' in file.text else ()
        file.careful = [
            (node.body[0].lineno, node.body[-1].end_lineno) for node in nodes
            if isinstance(node, ast.Try) and any(_expects_import_error(handler) for handler in node.handlers)
        ]
    return file.careful


def _expects_import_error(handler):
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {getattr(kind, 'id', getattr(kind, 'attr', None)) for kind in kinds if kind is not None}
    # One that raises again is no way out.
    if any(isinstance(part, ast.Raise) for part in ast.walk(handler)):
        return False
    return handler.type is None or bool(names & {'ImportError', 'ModuleNotFoundError', 'Exception', 'BaseException'})


class Imports:
    """The user's files are importable while this is entered; afterwards no module of theirs is left."""

    def __init__(self, files, roots, bare, packages=()):
        self.workspace = Workspace(files, roots, bare, packages)
        self.strangers = Strangers(self.workspace)

    def __enter__(self):
        self.before = dict(sys.modules)
        self.finders = list(sys.meta_path)
        # After the closed door, before the library: a workspace's own `utils` wins, `torch` does not.
        sys.meta_path[1:1] = [_Only(self.workspace), _kept]
        sys.meta_path.append(self.strangers)
        return self

    def __exit__(self, *_):
        sys.meta_path[:] = self.finders
        for name in list(sys.modules):
            if name not in self.before:
                module = sys.modules[name]
                if not _is_library(module):
                    del sys.modules[name]
        for name, module in self.before.items():
            sys.modules[name] = module


def _is_library(module):
    origin = getattr(getattr(module, '__spec__', None), 'origin', None) or ''
    if module.__name__.partition('.')[0] in _ANEW:
        return False
    return origin.startswith('/lib/') or origin in ('built-in', 'frozen')


class _Only(importlib.abc.MetaPathFinder):
    def __init__(self, workspace):
        self.workspace = workspace

    def find_spec(self, name, path=None, target=None):
        top = name.partition('.')[0]
        if top == 'torch' or (top in sys.stdlib_module_names and top in sys.modules):
            return None
        return self.workspace.find_spec(name, path, target)
