"""How the project itself builds the model and what it gives to it, read and never run: calls in the files that import
it, with the constants of those files and the defaults of their argument parsers; example inputs; sizes of images.
"""

import ast
import re

from torch import _places

from .constants import Constants

_MAKERS = frozenset(['randn', 'rand', 'zeros', 'ones', 'empty'])
_CROPS = frozenset(['RandomCrop', 'CenterCrop', 'RandomResizedCrop'])
_RESIZES = frozenset(['Resize'])
_RANDOM = frozenset(['randn', 'rand'])
# The sides of the images of torchvision's data sets, in pixels.
_DATA = {
    'MNIST': 28, 'FashionMNIST': 28, 'KMNIST': 28, 'QMNIST': 28, 'EMNIST': 28, 'USPS': 16,
    'CIFAR10': 32, 'CIFAR100': 32, 'SVHN': 32, 'STL10': 96, 'ImageNet': 224,
}


class Construction:
    """A call that builds the model: as an expression of literals, and where it is written."""

    def __init__(self, text, name, path, line):
        self.text, self.name, self.path, self.line = text, name, path, line


def own_constructions(tree, path, names):
    """Calls of `names` in a file itself, outside of its classes; those whose parameters are trained come first."""
    statements = [statement for statement in tree.body if not isinstance(statement, ast.ClassDef)]
    text = '\n'.join(_places.lines_of(path))
    found = []
    for statement in statements:
        for part in ast.walk(statement):
            if isinstance(part, ast.Assign) and len(part.targets) == 1:
                target = _dotted(part.targets[0])
                for one in _calls(part.value, path, {name: name for name in names}, Constants(tree)):
                    found.append((f'{target}.parameters()' not in text, one))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def trained(tree, path):
    """Names whose parameters a script without a model of its own hands to an optimizer: `net = nn.Sequential(…)`."""
    if any(isinstance(one, ast.ClassDef) and any((_dotted(base) or '').endswith('Module') for base in one.bases) for one in tree.body):
        return set()
    return set(re.findall(r'\b(\w+)\.parameters\(', '\n'.join(_places.lines_of(path))))


def constructions(entry, files, names):
    """Calls in the files that import the entry; in those that train first, in tests last."""
    found = []
    for path in sorted(files):
        text = files[path]
        if path == entry or 'import' not in text or not any(name in text for name in names):
            continue
        tree = _places.tree(path)
        local = _imported(tree, path, entry, files, names)
        if local:
            rank = (_is_test(path), '.backward(' not in text)
            found.extend((rank, one) for one in _calls(tree, path, local, Constants(tree)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _calls(node, path, local, constants):
    for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
        name = local.get(_dotted(call.func))
        text = name and _written(name, call, constants)
        if text:
            yield Construction(text, name, path, call.lineno)


def _is_test(path):
    return any(part.startswith(('test', 'bench')) for part in path.split('/'))


def _imported(tree, path, entry, files, names):
    """How this file spells what it imports of the entry: `{'UNet': 'UNet', 'models.UNet': 'UNet'}`."""
    local = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if not _leads_to(node.module or '', node.level, path, entry, files, names):
                continue
            for alias in node.names:
                if alias.name == '*':
                    local.update((name, name) for name in names)
                elif alias.name in names:
                    local[alias.asname or alias.name] = alias.name
                else:
                    # A module of the package: `from models import unet`.
                    local.update((f'{alias.asname or alias.name}.{name}', name) for name in names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _leads_to(alias.name, 0, path, entry, files, names):
                    local.update((f'{alias.asname or alias.name}.{name}', name) for name in names)
    return local


def _leads_to(module, level, path, entry, files, names):
    """Whether a module is the entry, a package around it, or one that hands the names on."""
    stem = entry.removesuffix('.py').removesuffix('/__init__')
    parts = module.split('.') if module else []
    if level:
        folder = path.split('/')[:-level]
        return _is_module('/'.join([*folder, *parts]), stem, files, names)
    # Where an absolute import begins is not known: at any folder above both.
    folders = path.split('/')[:-1]
    return any(_is_module('/'.join([*folders[:depth], *parts]), stem, files, names) for depth in range(len(folders), -1, -1))


def _is_module(candidate, stem, files, names):
    if candidate == stem:
        return True
    text = files.get(f'{candidate}/__init__.py')
    if not stem.startswith(f'{candidate}/'):
        return False
    return text is None or 'import *' in text or any(name in text for name in names) or not text.strip()


def _dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return head and f'{head}.{node.attr}'
    return None


def _written(name, call, constants):
    """The call with its values in place of the names; None where one is not known."""
    parts = []
    for node in call.args:
        value = None if isinstance(node, ast.Starred) else constants.value(node)
        if value is None:
            return None
        parts.append(repr(value[0]))
    for keyword in call.keywords:
        value = keyword.arg and constants.value(keyword.value)
        if not value:
            return None
        parts.append(f'{keyword.arg}={value[0]!r}')
    return f'{name}({", ".join(parts)})'


def example_inputs(trees):
    """`(expression, path, line)` of tensors made with literal sizes, as tests and demonstrations have them. Random
    numbers come first: zeros are more often a state than an input."""
    found = [
        (call.func.attr not in _RANDOM, ast.unparse(call), path, call.lineno)
        for path, statements in trees for call in _calls_below(statements) if _is_example(call)
    ]
    return [one for _, *one in sorted(found, key=lambda one: one[0])]


def documented_inputs(model, batch):
    """`(expression, why)` of shapes that docstrings give in numbers: `(N, 3, 224, 224)`, `[B, 10]`."""
    for what, owner in (('forward', type(model).forward), (type(model).__name__, type(model))):
        for sizes in re.findall(r'[(\[]\s*(?:N|B|BS|[Bb]atch\w*)((?:\s*,\s*\d+)+)\s*[)\]]', owner.__doc__ or ''):
            shape = ', '.join(part.strip() for part in sizes.split(',')[1:])
            yield f'torch.randn({batch}, {shape})', f"as in {what}'s docstring"


def _calls_below(statements):
    return (part for statement in statements for part in ast.walk(statement) if isinstance(part, ast.Call))


def _is_example(call):
    if not (isinstance(call.func, ast.Attribute) and _dotted(call.func.value) == 'torch' and call.func.attr in _MAKERS):
        return False
    sizes = call.args[0].elts if len(call.args) == 1 and isinstance(call.args[0], (ast.Tuple, ast.List)) else call.args
    return len(sizes) > 1 and not call.keywords and all(isinstance(a, ast.Constant) and isinstance(a.value, int) for a in sizes)


def image_sides(trees):
    """Sides of the square images that files train on: what is cropped last, then what is resized, then the data set's."""
    found = {'crop': [], 'resize': [], 'data': []}
    for call in (call for _, statements in trees for call in _calls_below(statements)):
        name = (_dotted(call.func) or '').rpartition('.')[2]
        if name in _DATA:
            found['data'].append(_DATA[name])
        size = call.args[0] if name in _CROPS | _RESIZES and call.args else None
        if isinstance(size, (ast.Tuple, ast.List)) and size.elts:
            size = size.elts[0]
        if isinstance(size, ast.Constant) and isinstance(size.value, int):
            found['crop' if name in _CROPS else 'resize'].append(size.value)
    return list(dict.fromkeys(found['crop'] + found['resize'] + found['data']))
