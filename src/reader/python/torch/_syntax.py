"""The user's files as syntax and as code, kept from one reading to the next for as long as their text is the same.

Nothing of what their code has done is kept: each reading runs it anew. What is worked out about a node of a tree is
kept on the node, as long as the tree is.
"""

import ast

# Characters of text whose code, and whose trees, are kept.
_CODES = 1 << 23
_TREES = 1 << 18
_files = {}


class File:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self._tree = None
        self._code = None
        # Lines of `try` statements that expect an import to fail.
        self.careful = None

    def tree(self):
        """The file's syntax, or the exception that says why there is none."""
        if self._tree is None:
            self._tree = ast.parse(self.text, self.path)
        return self._tree

    def code(self):
        """All of it, to be run as a module."""
        if self._code is None:
            self._code = compile(self.text, self.path, 'exec', dont_inherit=True)
        return self._code


def file(path, text):
    """The file with this text; the one that was read last comes last."""
    known = _files.pop(path, None)
    if known is None or known.text != text:
        known = File(path, text)
    _files[path] = known
    return known


def trim():
    """Forgets what was not used lately."""
    codes, trees = _CODES, _TREES
    for path, known in list(_files.items())[::-1]:
        codes -= len(known.text)
        if codes < 0:
            del _files[path]
        elif known._tree is not None:
            trees -= len(known.text)
            if trees < 0:
                known._tree = None


def below(node):
    """A node and all nodes in it, those nearer to it first. Names' contexts are no nodes here."""
    kept = vars(node).get('_below')
    if kept is None:
        found = [node]
        for one in found:
            for value in vars(one).values():
                if type(value) is list:
                    found += [item for item in value if isinstance(item, ast.AST)]
                elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                    found.append(value)
        # What is kept on a node is never a list or a node, so that it is not taken for a part of it.
        kept = node._below = tuple(found)
    return kept


def within(tree):
    """All nodes of a module, statement by statement."""
    for statement in tree.body:
        yield from below(statement)


def loaded(node):
    """The names that are read in a node."""
    kept = vars(node).get('_loaded')
    if kept is None:
        names = [one.id for one in below(node) if type(one) is ast.Name and type(one.ctx) is ast.Load]
        kept = node._loaded = frozenset(names)
    return kept


def bound(statement):
    """The names a statement gives a value, where it says them."""
    kept = vars(statement).get('_bound')
    if kept is None:
        kept = statement._bound = tuple(dict.fromkeys(_bound(statement)))
    return kept


def _bound(statement):
    for part in below(statement):
        if isinstance(part, ast.alias):
            yield part.asname or part.name.partition('.')[0]
        elif isinstance(part, (ast.FunctionDef, ast.ClassDef)):
            yield part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def code(statement, path, flags=0):
    """One statement of a module, to be run by itself."""
    kept = vars(statement).get('_code')
    if kept is None or kept[0] != flags:
        made = compile(ast.Module([statement], []), path, 'exec', flags=flags, dont_inherit=True)
        kept = statement._code = (flags, made)
    return kept[1]
