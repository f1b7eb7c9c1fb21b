"""What of the entry file is executed: imports, definitions, and the module-level statements they need.

A training loop, a download, `if __name__ == '__main__'` and everything nobody's definition uses is left out.
Each statement runs by itself, so that one that fails costs what depends on it and no more.
"""

import ast

from torch import _syntax

_LEARNING = frozenset(['backward', 'zero_grad', 'step', 'fit', 'train_one_epoch'])


class Slice:
    def __init__(self, tree, wanted=()):
        """`wanted` are names an expression outside of the file needs."""
        self.guards = []
        statements = self._unfolded(tree.body)
        needed = set(wanted)
        self.defined = {statement.name for statement in statements if isinstance(statement, (ast.ClassDef, ast.FunctionDef))}
        for statement in statements:
            if _is_definition(statement):
                needed |= _syntax.loaded(statement)
        kept = {index for index, statement in enumerate(statements) if _is_definition(statement)}
        if any(_is_decorated(statement) for statement in statements):
            # Who decorates a function finds its module, and there the tables of its configurations.
            kept |= {index for index, statement in enumerate(statements) if _is_table(statement)}
            needed |= {name for index in kept for name in _syntax.loaded(statements[index])}
        changed = True
        while changed:
            changed = False
            for index, statement in enumerate(statements):
                useful = _provides(statement, needed) or _registers(statement, self.defined)
                if index in kept or not useful or learns(statement):
                    continue
                kept.add(index)
                needed |= _syntax.loaded(statement)
                changed = True
        self.statements = [statements[index] for index in sorted(kept)]
        self.left_out = [statement for index, statement in enumerate(statements) if index not in kept] + self.guards

    def _unfolded(self, body):
        found = []
        for statement in body:
            if isinstance(statement, ast.If) and _is_main_guard(statement.test):
                self.guards.append(statement)
                found.extend(statement.orelse)
            else:
                found.append(statement)
        return found


def _is_main_guard(test):
    return isinstance(test, ast.Compare) and any(
        isinstance(part, ast.Name) and part.id == '__name__' for part in [test.left, *test.comparators]
    )


def _is_definition(statement):
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(statement, ast.Try):
        return all(_is_definition(part) or _is_simple(part) for part in statement.body) and any(
            _is_definition(part) for part in _syntax.below(statement) if isinstance(part, ast.stmt) and part is not statement
        )
    if isinstance(statement, (ast.If, ast.With)):
        parts = [*statement.body, *getattr(statement, 'orelse', [])]
        return any(_is_definition(part) for part in parts) and not learns(statement)
    return False


def _is_decorated(statement):
    return isinstance(statement, ast.FunctionDef) and any(_root(one) != 'torch' for one in statement.decorator_list)


def _is_table(statement):
    """`configurations = {…}`, or a call that is given such."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return False
    value = statement.value
    return isinstance(value, ast.Dict) or isinstance(value, ast.Call) and any(isinstance(a, ast.Dict) for a in value.args)


def _is_simple(statement):
    return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Pass, ast.Expr, ast.Assert))


def _provides(statement, needed):
    """Whether a module-level statement gives, or changes, something that is needed."""
    if not needed.isdisjoint(_gives(statement)):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        return isinstance(function, ast.Attribute) and _root(function) in needed - _modules_like
    return False


def _gives(statement):
    """The names a statement gives a value, or changes a part of."""
    kept = vars(statement).get('_gives')
    if kept is None:
        found = set()
        for part in _syntax.below(statement):
            if isinstance(part, ast.Name) and isinstance(part.ctx, (ast.Store, ast.Del)):
                found.add(part.id)
            elif isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Store):
                found.add(_root(part))
        kept = statement._gives = frozenset(found)
    return kept


def _registers(statement, defined):
    """`register_block('mobile', MobileBlock)`: a call that is given a definition of the file by its name."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    call = statement.value
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return isinstance(call.func, ast.Name) and any(isinstance(value, ast.Name) and value.id in defined for value in given)


# `random.seed(0)`, `torch.manual_seed(0)` change nothing that is read.
_modules_like = frozenset('torch np numpy random os sys plt logging warnings nn F print'.split())


def _root(node):
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def learns(statement):
    return any(
        isinstance(part, ast.While)
        or isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _LEARNING
        for part in _syntax.below(statement)
    )


def run(slice_, path, namespace, failed):
    """Executes statement by statement; `failed(statement, error)` hears of what does not work."""
    flags = 0
    for statement in slice_.statements:
        if isinstance(statement, ast.ImportFrom) and statement.module == '__future__':
            import __future__
            for alias in statement.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    for statement in slice_.statements:
        try:
            exec(_syntax.code(statement, path, flags), namespace)
        except (Exception, SystemExit) as error:
            failed(statement, error)
