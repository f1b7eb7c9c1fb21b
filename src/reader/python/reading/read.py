"""One reading: the entry file's classes, the chosen model, its forward in both modes at two batch sizes."""

import ast
import sys
import types

import torch
from torch import Tensor, _places, _syntax, _trace, _types
from torch._bridge import Unsupported
from torch.nn.modules import lazy

from . import choose, classes, export, forward, usage
from .failures import Failure, describe
from .folders import Folders
from .imports import Imports
from .slicer import Slice, run as run_slice


class Reading:
    def __init__(self, request):
        self.files = request['files']
        self.entry = request['entry']
        self.roots = request['roots']
        # Folders of installed packages: importable last, and code of others.
        self.packages = request.get('packages', [])
        self.construct = request['construct']
        self.input = request['input']
        self.found = []
        # Statements of the entry that failed, each with its error.
        self.failures = []
        self.input_text = ''
        # Where examples of inputs are looked for: paths with statements.
        self.examples = []
        self.model = None
        # Where the class is that is being read: the place of what has none of its own.
        self.about = None
        _trace.problems.clear()
        _places.begin(self.files, self.packages)

    def data(self):
        return {
            'classes': [one.as_data() for one in self.found], 'problems': _trace.problems, 'model': self.model,
            'input': self.input_text, 'places': _places.table(),
        }

    def fail(self, error, doing):
        code, message, place = describe(error, doing)
        if place is None:
            place = self.about
        _trace.report(code, message, -1 if place is None else place)

    def go(self):
        try:
            tree = _places.file(self.entry).tree()
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.fail(error, 'The file')
            return
        name, bare = self._module_name()
        top = self._top(name)
        roots = list(dict.fromkeys([top, *self._between(top), *self.roots]))
        with Folders(self.files), Imports(self.files, roots, bare, self.packages) as imports:
            self._read(tree, name, imports)

    def _module_name(self):
        """The dotted name of the entry, and the packages around it."""
        folder, _, file = self.entry.rpartition('/')
        parts = [file.removesuffix('.py')]
        while folder and f'{folder}/__init__.py' in self.files:
            folder, _, last = folder.rpartition('/')
            parts.insert(0, last)
        return '.'.join(parts), {'.'.join(parts[:i]) for i in range(1, len(parts))}

    def _top(self, name):
        folder = self.entry
        for _ in name.split('.'):
            folder = folder.rpartition('/')[0]
        return folder

    def _between(self, folder):
        """The folders from the entry's up to a root: a script may have been started in any of them."""
        while any(folder.startswith(f'{root.rstrip("/")}/') for root in self.roots):
            folder = folder.rpartition('/')[0]
            yield folder

    def _read(self, tree, name, imports):
        module = types.ModuleType(name)
        module.__file__ = self.entry
        module.__package__ = name.rpartition('.')[0]
        sys.modules[name] = module
        if module.__package__:
            self._import_parents(module)
        namespace = module.__dict__
        wanted = {part.id for text in (self.construct, self.input) if text for part in _expression_names(text)}
        slice_ = Slice(tree, wanted | usage.trained(tree, self.entry))
        run_slice(slice_, self.entry, namespace, lambda *failure: self.failures.append(failure))
        self.found = classes.find(tree, self.entry, namespace)
        for statement, error in self.failures:
            if self._cause(error) is error:
                self.fail(error, _named(statement))
        built = self._build(slice_, namespace)
        if built is not None:
            self._trace(*built, namespace)

    def _import_parents(self, module):
        import importlib
        try:
            package = importlib.import_module(module.__package__)
            setattr(package, module.__name__.rpartition('.')[2], module)
        except Exception as error:
            self.fail(error, f'Importing `{module.__package__}`')

    def _build(self, slice_, namespace):
        if self.construct is not None:
            options = [(self.construct, None, None)]
        else:
            options = choose.candidates(self.found, slice_, namespace, self.entry, self.files)
        if not options:
            self.fail(choose.nothing_to_build(self.found), '')
            return None
        errors = []
        for text, one, call in options:
            self.about = classes.place_of(text.partition('(')[0].strip(), self.entry)
            try:
                model = eval(compile(text, '<construct>', 'eval'), namespace)
            except (Exception, SystemExit) as error:
                errors.append((error, text))
                continue
            if choose.is_model(model):
                self._tell_choice(text, one, call, options)
                self.examples = choose.examples(slice_, self.entry, call)
                return text, model
            errors.append((Failure('model/construct', f'`{text}` gives a {type(model).__name__} and not a module.'), text))
        # The first is the likeliest; what the others say follows from it more often than not.
        error, text = errors[0]
        cause = self._cause(error)
        if cause is error:
            self.fail(error, f'`{text}`')
        else:
            # It is told already, and told again as what the reading ends with.
            statement = next(statement for statement, failed in self.failures if failed is cause)
            self.fail(cause, _named(statement))
        return None

    def _cause(self, error):
        """The failure because of which a name is missing; the error itself where it is not a missing name."""
        seen = set()
        while isinstance(error, NameError) and error.name not in seen:
            seen.add(error.name)
            error = next((failed for statement, failed in self.failures if error.name in _syntax.bound(statement)), error)
        return error

    def _tell_choice(self, text, one, call, options):
        if call is not None:
            place = _places.place(call.path, call.line, 0, call.line, len(_places.lines_of(call.path)[call.line - 1].encode()))
            _trace.report('model/as-used', f'`{text}` is read, as it is built here.', place)
        others = {other.name for _, other, _ in options if one is not None and other is not None and other is not one}
        if others:
            names = ', '.join(f'`{name}`' for name in sorted(others))
            _trace.report('model/several', f'`{text}` is read; the file also has {names}.', one.place)

    def _inputs(self, model, state, namespace):
        """Placeholders for forward, and the batch size."""
        if self.input is not None:
            values = choose.given_input(self.input, namespace)
            self.input_text = self.input
            return self._placeholders(model, values)
        first = None
        given = self._given_example(model, state)
        if given is not None:
            return given
        for shape, span, why in choose.probes(model, usage.image_sides(self.examples)):
            dtype = _types.int64 if span else _types.float32
            values = [torch.zeros(*shape, dtype=dtype) for _ in range(forward.required_inputs(model))]
            placeholders = self._placeholders(model, values)
            try:
                forward.run(model, state, placeholders, shape[0], False)
            except Exception as error:
                first = first or (error, shape)
                continue
            sizes = ', '.join(str(size) for size in shape)
            call = f'torch.randint({span[1] + 1}, ({sizes}))' if span else f'torch.randn({sizes})'
            self.input_text = f'{call}, from {why}'
            return placeholders
        error, shape = first
        code, message, place = describe(error, f'forward() on an input of shape {list(shape)}')
        raise Failure(code, f'No input was found that the model takes. {message}', place)

    def _given_example(self, model, state):
        """An input that the project itself makes for trying a model out; None where none fits."""
        if forward.required_inputs(model) > 1:
            return None
        said = [(text, f'as in {path.rpartition("/")[2]}:{line}') for text, path, line in usage.example_inputs(self.examples)]
        for text, why in said + list(usage.documented_inputs(model, choose.BATCH)):
            try:
                placeholders = self._placeholders(model, choose.given_input(text, {}))
                forward.run(model, state, placeholders, placeholders[0].shape[0], False)
            except Exception:
                continue
            self.input_text = f'{text}, {why}'
            return placeholders
        return None

    def _placeholders(self, model, values):
        names = forward.names_for(model, len(values))
        tensors = [value for value in values if isinstance(value, Tensor)]
        if not tensors:
            raise Failure('model/input', 'The input has no tensor in it.')
        batch = tensors[0].shape[0] if tensors[0].shape else None
        return [
            forward.Placeholder(name, value.shape, value.dtype, bool(value.shape) and value.shape[0] == batch)
            if isinstance(value, Tensor) else value
            for name, value in zip(names, values)
        ]

    def _settle(self, model, namespace):
        """Lazy layers count their features in a call before the model is looked at."""
        if self.input is not None:
            attempts = (choose.given_input(text, namespace) for text in [self.input])
        else:
            count = forward.required_inputs(model)
            attempts = (
                [torch.zeros(*shape, dtype=_types.int64 if span else _types.float32) for _ in range(count)]
                for shape, span, _ in choose.probes(model, usage.image_sides(self.examples))
            )
        return lazy.settled(model, attempts)

    def _trace(self, text, model, namespace):
        try:
            model = self._settle(model, namespace)
        except (Exception, SystemExit) as error:
            self.fail(error, 'forward()')
            return
        state = forward.State(model)
        self.about = next((one.place for one in self.found if one.name == type(model).__name__), self.about)
        inputs, traces = [], {}
        try:
            inputs = self._inputs(model, state, namespace)
            batch = next(one.shape[0] if one.shape else 1 for one in inputs if isinstance(one, forward.Placeholder))
            traces = self._modes(model, state, inputs, batch)
        except (Exception, SystemExit) as error:
            self.fail(error, 'forward()')
        tensors, packed = export.tensors(state)
        pairs = [traces[mode] for mode in traces if mode == 'train' or traces[mode] is not traces['train']]
        called = export.called([trace for pair in pairs for trace in pair])
        nodes = {
            mode: 'train' if mode == 'eval' and pair is traces['train'] else [export.nodes(trace) for trace in pair]
            for mode, pair in traces.items()
        }
        one = next((one for one in self.found if one.name == type(model).__name__), None)
        self.model = {
            'rootClass': type(model).__name__, 'construct': text,
            'place': one.place if one is not None else model.__dict__.get('_place'),
            'inputs': [
                {'name': one.name, 'shape': list(one.shape), 'dtype': one.dtype.kind, 'batched': one.batched}
                for one in inputs if isinstance(one, forward.Placeholder)
            ],
            'modules': export.modules(state, called),
            'tensors': tensors, 'packed': packed,
            'nodes': nodes,
            'batches': self.batches,
        }

    batches = ()

    def _modes(self, model, state, inputs, batch):
        """Each mode at two batch sizes; above 1, as normalization in training mode needs more than one example."""
        first = max(batch, 2)
        options = [(first, first + 1), (first,), (batch,)]
        kept, error = len(_trace.problems), None
        for sizes in dict.fromkeys(options):
            try:
                train = [forward.run(model, state, inputs, size, True) for size in sizes]
                self.batches = sizes
                break
            except Exception as failed:
                # The model may only take the size it was given.
                error = error or failed
                del _trace.problems[kept:]
        else:
            return self._evaluation_only(model, state, inputs, options, error)
        if forward.same_in_both_modes(state, train):
            return {'train': train, 'eval': train}
        evaluation = [forward.run(model, state, inputs, size, False) for size in self.batches]
        return {'train': train, 'eval': evaluation}

    def _evaluation_only(self, model, state, inputs, options, error):
        """Where training mode wants what evaluation does not: targets, or a larger image for a second head."""
        if isinstance(error, Unsupported):
            raise error
        for sizes in dict.fromkeys(options):
            try:
                evaluation = [forward.run(model, state, inputs, size, False) for size in sizes]
            except Exception:
                continue
            self.batches = sizes
            _, message, place = describe(error, 'forward()')
            _trace.report(
                'model/evaluation-only',
                f'In training mode: {message} The graph is that of evaluation mode in both.', -1 if place is None else place,
            )
            return {'train': evaluation, 'eval': evaluation}
        raise error


def _expression_names(text):
    try:
        return [part for part in ast.walk(ast.parse(text, mode='eval')) if isinstance(part, ast.Name)]
    except SyntaxError:
        return []


def _named(statement):
    name = getattr(statement, 'name', None)
    return f'Defining `{name}`' if name else 'This line'
