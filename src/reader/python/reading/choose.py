"""Which model, built how, and fed with what: the user's word first, then the file's own, then a guess."""

import ast
from types import FunctionType

from torch import Tensor, _places, _syntax
from torch.nn import Module
from torch._bridge import Unsupported

from . import classes, usage
from .failures import Failure
from .slicer import learns

BATCH = 2


def candidates(found, slice_, namespace, entry, files):
    """Expressions that may build the model, best first; the class each is for; the line it is taken from."""
    known = [one for one in found if one.name in namespace]
    roots = [one for one in known if not one.used_by and not one.derived] or [one for one in known if not one.derived] or known
    if not roots:
        return _imported(namespace, entry, files)
    by_name = {one.name: one for one in roots}
    free = [one for one in roots if not one.required]
    chosen = [(text, one, None) for text, one in _calls_in(slice_.left_out, roots, namespace)]
    makers = {*by_name, *(name for name, value in namespace.items() if _makes(value, [entry]))}
    for one in usage.constructions(entry, files, makers):
        chosen.append((one.text, by_name.get(one.name), one))
    chosen += [(f'{one.name}()', one, None) for one in reversed(free)]
    chosen += [(text, one, None) for text, one in _factories(slice_.statements, roots, namespace)]
    chosen += [(text, one, None) for text, one in _calls_in(slice_.statements, roots, namespace)]
    return list({text: (text, one, call) for text, one, call in reversed(chosen)}.values())[::-1]


def _imported(namespace, entry, files):
    """What a file without classes of its own trains: built of what it imports, or of PyTorch's layers."""
    made = {name for name, value in namespace.items() if _is_users_class(value, files) or _makes(value, files)}
    tree = _places.tree(entry)
    values = [name for name in namespace if name in usage.trained(tree, entry) and isinstance(namespace[name], Module)]
    return [(one.text, None, one) for one in usage.own_constructions(tree, entry, made)] + [(name, None, None) for name in values]


def _is_users_class(value, files):
    return isinstance(value, type) and issubclass(value, Module) and value.__init__.__code__.co_filename in files


def _makes(value, files):
    """Whether a function of the user's may be asked for a model: it returns something, and neither learns nor tests."""
    if not isinstance(value, FunctionType) or value.__code__.co_filename not in files or value.__name__.startswith('test'):
        return False
    for node in _places.tree(value.__code__.co_filename).body:
        if isinstance(node, ast.FunctionDef) and node.name == value.__name__:
            returns = any(isinstance(part, ast.Return) and part.value is not None for part in ast.walk(node))
            return returns and not learns(node)
    return False


def _calls_in(statements, roots, namespace):
    """`Net(10, hidden=3)` where every name in it is known at module level."""
    by_name = {one.name: one for one in roots}
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            continue
        for call in _syntax.below(statement):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in by_name:
                text = ast.unparse(call)
                names = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
                import builtins
                if all(name in namespace or hasattr(builtins, name) for name in names):
                    yield text, by_name[call.func.id]


def _factories(statements, roots, namespace):
    """Functions without required arguments that build one of the classes."""
    by_name = {one.name: one for one in roots}
    for statement in statements:
        if not isinstance(statement, ast.FunctionDef) or statement.name not in namespace:
            continue
        if classes.required(namespace[statement.name]):
            continue
        built = [part.func.id for part in _syntax.below(statement)
                 if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in by_name]
        returns = any(isinstance(part, ast.Return) and part.value is not None for part in _syntax.below(statement))
        if built and returns and not statement.name.startswith('test'):
            yield f'{statement.name}()', by_name[built[0]]


def nothing_to_build(found):
    if not found:
        return Failure('model/none', 'No class of this file derives from `torch.nn.Module`.')
    roots = [one for one in found if not one.used_by] or found
    one = roots[-1]
    if one.required:
        names = ', '.join(f'`{name}`' for name in one.required)
        text = f'`{one.name}` needs {names} to be built; say how, as in `{one.name}({", ".join(n + "=…" for n in one.required)})`.'
        return Failure('model/arguments', text, one.place)
    return Failure('model/none', f'`{one.name}` could not be defined.', one.place)


def given_input(text, namespace):
    """The values of an input expression, as a list."""
    import torch
    scope = {'torch': torch, **namespace}
    try:
        value = eval(compile(text, '<input>', 'eval'), scope)
    except SyntaxError as error:
        raise Failure('model/input', f'The input `{text}` is not a Python expression: {error.msg}.') from error
    except Unsupported:
        raise
    except Exception as error:
        raise Failure('model/input', f'The input `{text}` raises {type(error).__name__}: {error}.') from error
    return list(value) if isinstance(value, (list, tuple)) else [value]


def examples(slice_, entry, call):
    """Where to look for what the model is given: what of the file is not run, its functions, and who builds the model."""
    functions = [one for one in slice_.statements if isinstance(one, ast.FunctionDef)]
    return [(entry, functions + slice_.left_out), *([(call.path, _places.tree(call.path).body)] if call is not None else [])]


def probes(model, sides=()):
    """Inputs a model may take, likeliest first, from its first layer with weights: (shape, range, why)."""
    for path, module in model.named_modules():
        plan = module.__dict__.get('_plan')
        if plan is None or not any(value is not None for value in plan.spec.values()):
            continue
        found = list(_shapes(module, module.__dict__, sides))
        if found:
            name = found[0][2]
            return [(shape, span, f'{path or type(module).__name__}\'s {name}') for shape, span, name in found]
    return [((BATCH, n), None, 'a guess, as no layer says what it takes') for n in (8, 1)] + [
        ((BATCH, 3, 32, 32), None, 'a guess, as no layer says what it takes'),
    ]


_SIDES = {1: [64, 128, 16, 1024], 2: [32, 28, 64, 224, 96, 128, 256, 299, 16, 8, 512], 3: [16, 32, 64]}


def _shapes(module, values, sides):
    if 'num_embeddings' in values:
        rows = values['num_embeddings']
        span = (0, rows - 1)
        for length in (16, 8, 32, 64, 1):
            yield (BATCH, length), span, 'num_embeddings'
        yield (BATCH,), span, 'num_embeddings'
        return
    for name in ('in_channels', 'in_features', 'num_features', 'num_channels', 'input_size', 'embed_dim', 'normalized_shape'):
        if name in values and values[name] is not None:
            yield from ((shape, None, name) for shape in _by_name(module, name, values[name], sides))
            return


def _by_name(module, name, n, sides):
    if name == 'normalized_shape':
        yield (BATCH, *n)
        yield (BATCH, 16, *n)
    elif name == 'in_channels':
        rank = len(module._spec['weight']['shape']) - 2
        for side in [*(sides if rank == 2 else ()), *_SIDES.get(rank, [16])]:
            yield (BATCH, n, *(side,) * rank)
    elif name in ('num_features', 'num_channels'):
        rank = next((int(c) for c in type(module).__name__ if c.isdigit()), 2)
        if rank == 1:
            yield (BATCH, n)
        for side in _SIDES.get(rank, [32]):
            yield (BATCH, n, *(side,) * rank)
    elif name in ('input_size', 'embed_dim'):
        yield (BATCH, 16, n)
        yield (BATCH, n)
    else:
        yield (BATCH, n)
        yield (BATCH, 16, n)
        for channels in (1, 3):
            side = round((n / channels) ** 0.5) if n % channels == 0 else 0
            if side > 1 and side * side * channels == n:
                yield (BATCH, channels, side, side)
        for side in (32, 28, 64, 224):
            for channels in (3, 1):
                yield (BATCH, channels, side, side)


def is_model(value):
    return isinstance(value, Module)


def is_tensor(value):
    return isinstance(value, Tensor)


def place_of(found):
    return found.place if found is not None else _places.here()
