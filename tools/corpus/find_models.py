"""Finds what a repository builds: classes and factories without required arguments, and calls whose arguments are
written out. Text in, expressions out; nothing is executed here.

A call site is followed through simple assignments of its own scope, so that `x = torch.randn(1, 3, 32, 32)`,
`net = Net(10)`, `net(x)` gives the pair of `Net(10)` and the input.
"""

import ast
import copy
import re

_MAKERS = frozenset(['randn', 'rand', 'zeros', 'ones', 'randint', 'Tensor', 'FloatTensor', 'LongTensor', 'arange', 'empty', 'full'])
_NAMES = frozenset(['torch', 'dict', 'list', 'tuple', 'int', 'range', 'True', 'False', 'None'])
_WITHOUT_EFFECT = frozenset(['cuda', 'to', 'cpu', 'eval', 'train', 'float', 'requires_grad_', 'contiguous', 'type'])
_NOT_A_FACTORY = re.compile(
    r'^(_|test|main|train|load|get_args|parse|download|demo|run|eval|save|init_|set_|convert|export|bench|build_dataset)')


def definitions(text):
    """Names of classes and of functions that may build one, in the file's order."""
    tree = _parse(text)
    if tree is None:
        return [], []
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    factories = [
        node.name for node in tree.body
        if isinstance(node, ast.FunctionDef) and not _NOT_A_FACTORY.match(node.name) and _returns(node)
    ]
    return classes, factories


def call_sites(text, names, markdown=False):
    """(name, how it is built, what it is called with or None), for every name of `names` built with known arguments."""
    blocks = [code for _, code in re.findall(r'^```(\w*)[^\n]*\n(.*?)^```', text, re.S | re.M)] if markdown else [text]
    found = []
    for block in blocks:
        tree = _parse(block)
        if tree is not None:
            for body in _scopes(tree):
                found += _Scope(names).read(body)
    return list(dict.fromkeys(found))


def inputs_in(text):
    """Expressions that make a tensor of a written-out size, in order."""
    tree = _parse(text)
    if tree is None:
        return []
    return list(dict.fromkeys(
        ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call) and _makes_input(node)))


def _parse(text):
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _returns(node):
    return any(isinstance(part, ast.Return) and part.value is not None for part in ast.walk(node))


def _scopes(tree):
    bodies = [[statement for statement in tree.body]]
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            bodies.append(node.body)
        if isinstance(node, ast.If) and node in tree.body:
            bodies.append(node.body)
    return bodies


def _makes_input(node):
    function = node.func
    if not (isinstance(function, ast.Attribute) and function.attr in ('randn', 'rand', 'zeros', 'ones', 'randint')):
        return False
    if not (isinstance(function.value, ast.Name) and function.value.id == 'torch'):
        return False
    return bool(node.args) and all(_literal(arg) for arg in node.args)


def _literal(node):
    try:
        ast.literal_eval(node)
        return True
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


class _Scope:
    """One body, read from top to bottom."""

    def __init__(self, names):
        self.names = names
        self.known = {}
        self.models = {}
        self.found = []

    def read(self, body):
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                continue
            for call in [part for part in ast.walk(statement) if isinstance(part, ast.Call)]:
                self._call(call)
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
                self._assign(statement.targets[0].id, _bare(statement.value))
        return self.found

    def _assign(self, target, value):
        self.known.pop(target, None)
        self.models.pop(target, None)
        built = self._built(value)
        if built is not None:
            self.models[target] = built
        else:
            closed = self._closed(value)
            if closed is not None:
                self.known[target] = closed

    def _call(self, call):
        call = _bare(call)
        if not isinstance(call, ast.Call):
            return
        built = self._built(call)
        if built is not None:
            self.found.append((*built, None))
        function = _bare(call.func)
        model = self.models.get(function.id) if isinstance(function, ast.Name) else self._built(function)
        if model is not None and not call.keywords and call.args:
            args = [self._closed(_bare(arg)) for arg in call.args]
            if all(arg is not None for arg in args):
                texts = [ast.unparse(arg) for arg in args]
                self.found.append((*model, texts[0] if len(texts) == 1 else f'({", ".join(texts)})'))

    def _built(self, value):
        if not isinstance(value, ast.Call):
            return None
        function = value.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, 'id', None)
        if name not in self.names or isinstance(function, ast.Attribute) and not isinstance(function.value, ast.Name):
            return None
        args = [self._closed(arg) for arg in value.args]
        keywords = [(keyword.arg, self._closed(keyword.value)) for keyword in value.keywords]
        if any(arg is None for arg in args) or any(key is None or arg is None for key, arg in keywords):
            return None
        call = ast.Call(ast.Name(name, ast.Load()), args, [ast.keyword(key, arg) for key, arg in keywords])
        return name, ast.unparse(ast.fix_missing_locations(call))

    def _closed(self, value):
        """The expression with what is known put in; None where something in it is not known."""
        known = self.known
        if isinstance(value, ast.Starred):
            return None

        class Put(ast.NodeTransformer):
            def visit_Name(self, node):
                return copy.deepcopy(known[node.id]) if node.id in known else node

        value = Put().visit(copy.deepcopy(value))
        for part in ast.walk(value):
            if isinstance(part, ast.Name) and part.id not in _NAMES:
                return None
            if isinstance(part, ast.Call):
                function = part.func
                maker = isinstance(function, ast.Attribute) and function.attr in _MAKERS
                if not maker and not (isinstance(function, ast.Name) and function.id in _NAMES):
                    return None
            if isinstance(part, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.Await, ast.Starred)):
                return None
        return value


def _bare(node):
    """`x` of `x.to(device).eval()`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WITHOUT_EFFECT:
        node = node.func.value
    return node
