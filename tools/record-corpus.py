"""Records what PyTorch says of models in public repositories: `record-corpus.py FILES [--only NAME] > LIST`.

FILES holds one folder `owner__name@commit` for each repository, with its Python files and the commit in `.commit`.
Of every repository all classes and factories are tried that need no argument, and all whose arguments are written
out at a call, with the input of that call or the first size of a fixed row that PyTorch takes. What PyTorch builds
and runs is a candidate; of too many a part is drawn by lot. Every file runs in a process of its own, without
network, as nobody, for a limited time and in limited memory.
"""

import argparse
import hashlib
import inspect
import json
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / 'corpus'))

import torch  # noqa: E402
import torchvision  # noqa: E402, F401
import find_models  # noqa: E402
import figures  # noqa: E402
from loading import enclose, in_child, load  # noqa: E402
from recipes import RECIPES  # noqa: E402

SECONDS_A_FILE, SECONDS_A_MODEL = 300, 60
MOST_PARAMETERS = 120_000_000
A_FILE, A_REPOSITORY = 3, {'pytorch__vision': 75, 'huggingface__pytorch-image-models': 75}
NOT_MODELS = ('setup.py', 'conf.py', 'hubconf.py', '/test', 'tests/', 'docs/', 'convert/', '/datasets/', 'chainer', 'tensorflow',
              'gluon/', 'keras')


def repositories(root, only):
    for folder in sorted(pathlib.Path(root).resolve().iterdir()):
        if '@' in folder.name and (only is None or only in folder.name):
            yield folder


def files_of(folder):
    found = [path for path in sorted(folder.rglob('*.py')) if not any(part in f'/{path.relative_to(folder)}' for part in NOT_MODELS)]
    random.Random(folder.name).shuffle(found)
    return found


def sites_of(folder):
    """Calls with known arguments anywhere in the repository, by name; a name two files define is left to its file."""
    defined = {}
    for path in folder.rglob('*.py'):
        classes, factories = find_models.definitions(path.read_text(errors='replace'))
        for name in classes + factories:
            defined.setdefault(name, set()).add(path)
    names = {name for name, paths in defined.items() if len(paths) == 1}
    sites = {}
    for path in [*folder.rglob('*.py'), *folder.rglob('*.md')]:
        text = path.read_text(errors='replace')
        for name, construct, given in find_models.call_sites(text, names, path.suffix == '.md'):
            sites.setdefault(name, []).append((construct, given, 'readme' if path.suffix == '.md' else 'call'))
    return sites


def required(value):
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return 1
    return sum(1 for one in parameters if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD))


def candidates(module, text, sites, relative, repository):
    classes, factories = find_models.definitions(text)
    found = [recipe for pattern, *recipe in RECIPES.get(repository, []) if pathlib.PurePath(relative).match(pattern)]
    own = find_models.call_sites(text, {*classes, *factories})
    for name in classes + factories:
        value = getattr(module, name, None)
        if value is None or name in classes and not (isinstance(value, type) and issubclass(value, torch.nn.Module)):
            continue
        for construct, given in [(c, g) for n, c, g in own if n == name]:
            found.append((construct, given, 'call'))
        found += sites.get(name, [])
        if required(value) == 0:
            found.append((f'{name}()', None, 'defaults'))
    found = list(dict.fromkeys(map(tuple, found)))
    with_input = {construct for construct, given, _ in found if given is not None}
    found = [one for one in found if one[1] is not None or one[0] not in with_input]
    random.Random(relative).shuffle(found)
    # Different classes first; of one class, calls with a written-out input first.
    seen = {}
    ranked = []
    for one in sorted(found, key=lambda one: one[1] is None):
        name = one[0].partition('(')[0]
        seen[name] = seen.get(name, 0) + 1
        ranked.append((seen[name], len(ranked), one))
    order = [one for _, _, one in sorted(ranked)]
    if all(one[2] == 'defaults' for one in order):
        random.Random(relative).shuffle(order)
    return order


def attempt(module, construct, given, text):
    """The entry's figures and input, or a sentence why there are none."""
    torch.manual_seed(0)
    try:
        model = eval(construct, vars(module))
    except BaseException as error:
        return f'{type(error).__name__}: {error}'
    if not isinstance(model, torch.nn.Module):
        return f'gives a {type(model).__name__}'
    total = sum(p.numel() for p in model.parameters())
    if not 0 < total < MOST_PARAMETERS:
        return f'has {total} parameters'
    forward = required(model.forward)
    if given is not None:
        inputs = [given]
    elif forward == 1:
        size = getattr(model, 'default_cfg', None) or {}
        size = size.get('input_size') if isinstance(size, dict) else None
        inputs = [f'torch.randn(1, {", ".join(map(str, size))})'] if size else []
        inputs += find_models.inputs_in(text)[:4] + list(figures.probes(model))
    else:
        return f'forward takes {forward} inputs'
    last = 'no input'
    for example in inputs:
        try:
            value = eval(example, {**vars(module), 'torch': torch})
            values = list(value) if isinstance(value, (list, tuple)) else [value]
            torch.manual_seed(0)
            found = figures.figures(model, values)
        except Exception as error:
            last = f'{example}: {type(error).__name__}: {str(error)[:200]}'
            continue
        found['input_shapes'] = [figures.shape(one) for one in values]
        found['example_input'] = example
        return found
    return last


def record_file(path, folder, sites, most, known):
    text = path.read_text(errors='replace')
    relative = str(path.relative_to(folder))
    repository = folder.name.partition('@')[0]
    commit = (folder / '.commit').read_text().strip()

    def work(pipe):
        enclose()
        sys.argv = [str(path)]
        module = load(path, folder)
        taken = tried = 0
        names = set()
        for construct, given, via in candidates(module, text, sites, relative, repository):
            name = construct.partition('(')[0]
            if taken >= most or tried >= 8:
                break
            if name in names or f'{repository}/{relative}/{name}' in known:
                continue
            tried += 1
            got = (in_child(SECONDS_A_MODEL, lambda _: attempt(module, construct, given, text)) or ['died or took too long'])[-1]
            if isinstance(got, dict) and 'error' not in got:
                taken += 1
                names.add(name)
                entry = {'repo': repository.replace('__', '/'), 'commit': commit, 'path': relative, 'construct': construct,
                         'via': via, 'torch': torch.__version__.partition('+')[0], **got}
                os.write(pipe, (json.dumps(entry) + '\n').encode())
            else:
                os.write(pipe, (json.dumps({'failed': construct, 'why': got}) + '\n').encode())
        return {'done': tried}

    return in_child(SECONDS_A_FILE, work) or []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('files')
    parser.add_argument('--only')
    parser.add_argument('--most', type=int, default=40)
    parser.add_argument('--without', help='a list of models that are recorded already')
    options = parser.parse_args()
    known = set()
    if options.without:
        for line in map(json.loads, open(options.without)):
            known.add(f'{line["repo"].replace("/", "__")}/{line["path"]}/{line["construct"].partition("(")[0]}')
    for folder in repositories(options.files, options.only):
        sites = sites_of(folder)
        most = A_REPOSITORY.get(folder.name.partition('@')[0], options.most)
        taken = []
        for path in files_of(folder):
            if len(taken) >= most:
                break
            text = path.read_text(errors='replace')
            if 'torch' not in text and 'Module' not in text:
                continue
            for line in record_file(path, folder, sites, min(A_FILE, most - len(taken)), known):
                if 'construct' in line:
                    line['split'] = split(line)
                    taken.append(line)
                    print(json.dumps(line), flush=True)
                elif 'failed' in line:
                    print(f'  {path.name} {line["failed"][:60]}: {line["why"]}'[:260], file=sys.stderr, flush=True)
        print(f'{folder.name}: {len(taken)}', file=sys.stderr, flush=True)


def split(entry):
    """A third is held out, by lot."""
    key = f'{entry["repo"]}/{entry["path"]}/{entry["construct"]}'
    return 'holdout' if int(hashlib.sha256(key.encode()).hexdigest(), 16) % 3 == 0 else 'open'


main()
