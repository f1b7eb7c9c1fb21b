"""What a file's expressions are worth without running it: literals, names with one value, options' defaults."""

import ast

_FOLDED = {'len': len, 'int': int, 'float': float, 'bool': bool, 'min': min, 'max': max, 'tuple': tuple, 'list': list}


class _Unknown(Exception):
    pass


class Constants:
    """Names of a file that have one value: assigned once, or an argument parser's default."""

    def __init__(self, tree):
        self.names = {}
        self.options = {}
        twice = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    for name in (part.id for part in ast.walk(target) if isinstance(part, ast.Name)):
                        if name in self.names:
                            twice.add(name)
                        self.names[name] = node.value if isinstance(target, ast.Name) else None
            elif isinstance(node, (ast.AugAssign, ast.For, ast.NamedExpr)):
                twice |= {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
            elif isinstance(node, ast.Call):
                self._add_option(node)
        for name in twice:
            self.names[name] = None

    def _add_option(self, call):
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == 'add_argument'):
            return
        flags = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        action = given.get('action')
        default = given.get('default')
        if default is None and isinstance(action, ast.Constant) and action.value in ('store_true', 'store_false'):
            default = ast.Constant(action.value == 'store_false')
        name = given.get('dest')
        names = [name.value] if isinstance(name, ast.Constant) else [f.lstrip('-').replace('-', '_') for f in flags]
        for name in names:
            self.options[name] = default

    def value(self, node, depth=0):
        """The value in a tuple of one; None where it is not known."""
        try:
            return (self._fold(node, depth),)
        except _Unknown:
            return None

    def _fold(self, node, depth):
        if depth > 20:
            raise _Unknown
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.Tuple, ast.List)):
            return _sequence(node)(self._fold(part, depth + 1) for part in node.elts)
        if isinstance(node, ast.Dict) and all(node.keys):
            return {self._fold(k, depth + 1): self._fold(v, depth + 1) for k, v in zip(node.keys, node.values)}
        if isinstance(node, ast.Name):
            return self._follow(self.names.get(node.id), depth)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            # `args.width`, `opt.width`: an option of the file's parser.
            return self._follow(self.options.get(node.attr), depth)
        if isinstance(node, (ast.UnaryOp, ast.BinOp, ast.Subscript)):
            return self._computed(node, depth)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FOLDED:
            arguments = [self._fold(part, depth + 1) for part in node.args]
            return self._guarded(lambda: _FOLDED[node.func.id](*arguments))
        raise _Unknown

    def _follow(self, node, depth):
        if node is None:
            raise _Unknown
        return self._fold(node, depth + 1)

    def _computed(self, node, depth):
        fields = [field for field in ('operand', 'left', 'right', 'value', 'slice') if hasattr(node, field)]
        values = {field: self._fold(getattr(node, field), depth + 1) for field in fields}
        copy = type(node)(**{**{name: getattr(node, name, None) for name in node._fields},
                             **{field: ast.Name(field, ast.Load()) for field in fields}})
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Pow, ast.LShift)):
            raise _Unknown
        return self._guarded(lambda: _calculate(copy, values))

    @staticmethod
    def _guarded(compute):
        try:
            return compute()
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise _Unknown from error


def _sequence(node):
    return tuple if isinstance(node, ast.Tuple) else list


def _calculate(node, values):
    expression = ast.fix_missing_locations(ast.Expression(node))
    return eval(compile(expression, '<constant>', 'eval'), {'__builtins__': {}}, values)
