"""The nn.Module classes of a file: what they need to be built, and which are parts of others."""

import ast
import inspect

from torch import _places, _syntax
from torch.nn import Module


class FoundClass:
    def __init__(self, node, place):
        self.node = node
        self.name = node.name
        self.place = place
        self.used_by = []
        self.derived = False
        self.required = []

    def as_data(self):
        return {'name': self.name, 'place': self.place, 'required': self.required, 'usedBy': self.used_by}


def find(tree, path, namespace):
    """In the file's order. A class whose definition failed is kept where its bases look like a module's."""
    nodes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found = []
    for node in nodes:
        value = namespace.get(node.name)
        if isinstance(value, type) and issubclass(value, Module) or value is None and _looks_like_module(node):
            one = FoundClass(node, _name_place(path, node))
            one.required = required(value) if value is not None else []
            found.append(one)
    _find_uses(tree, found)
    return found


def _looks_like_module(node):
    return any(ast.unparse(base).endswith('Module') for base in node.bases)


def _name_place(path, node):
    line = _places.lines_of(path)[node.lineno - 1].encode()
    start = line.find(node.name.encode(), node.col_offset)
    return _places.place(path, node.lineno, start, node.lineno, start + len(node.name.encode()))


def place_of(name, path):
    """Where a class or function of the file has its name; None where it has no such."""
    for node in _places.tree(path).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            return _name_place(path, node)
    return None


def required(value):
    """The constructor's or function's arguments without a default, by name."""
    target = value.__init__ if isinstance(value, type) else value
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return []
    if isinstance(value, type):
        parameters = parameters[1:]
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in variadic]


def _find_uses(tree, found):
    by_name = {one.name: one for one in found}
    uses = {}
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name in by_name:
            for base in statement.bases:
                for name in _syntax.loaded(base) & by_name.keys():
                    by_name[name].derived = True
            for part in statement.body:
                for name in _syntax.loaded(part) & by_name.keys() - {statement.name}:
                    uses.setdefault(name, []).append(statement.name)
        elif isinstance(statement, ast.FunctionDef):
            inner = _syntax.loaded(statement) & by_name.keys()
            uses.setdefault(statement.name, [])
            for call in _syntax.below(statement):
                if isinstance(call, ast.Call):
                    _passed(call, by_name, uses, inner)
    for name, owners in uses.items():
        if name in by_name:
            by_name[name].used_by = list(dict.fromkeys(owners))


def _passed(call, by_name, uses, inner):
    """A class given to a call, as a block to a network, is a part."""
    given = [arg for arg in [*call.args, *(keyword.value for keyword in call.keywords)] if isinstance(arg, ast.Name)]
    owner = call.func.id if isinstance(call.func, ast.Name) else None
    for arg in given:
        if arg.id in by_name and owner is not None and owner != arg.id:
            others = [owner] if owner in by_name else [name for name in inner if name != arg.id]
            uses.setdefault(arg.id, []).extend(others or [owner])


