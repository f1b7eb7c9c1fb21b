"""Records in which mode every module of a script is called.

    python tools/record-modes.py [test/oracle/modes]

runs each script of the folder (all but nets.py) with nn.Module.__call__ watched, and writes modes.json there: for
each line of a script that calls a module, the modes it was called in, in order and each once. T: the module and all
its parts are in training mode; E: none of them is; X: some are.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

import torch
from torch import nn


def mode_of(module):
    # A wrapper has a flag of its own that nothing reads.
    flags = {part.training for part in module.modules() if not isinstance(part, nn.DataParallel)}
    return "X" if len(flags) > 1 else "T" if flags.pop() else "E"


def record(path):
    """Line to modes; only calls that the script itself makes, not those inside a forward."""
    seen = {}
    depth = 0
    original = nn.Module.__call__

    def watched(module, *args, **kwargs):
        nonlocal depth
        caller = sys._getframe(1)
        if depth == 0 and caller.f_code.co_filename == str(path):
            modes = seen.setdefault(str(caller.f_lineno), [])
            if (mode := mode_of(module)) not in modes:
                modes.append(mode)
        depth += 1
        try:
            return original(module, *args, **kwargs)
        finally:
            depth -= 1

    torch.manual_seed(0)
    nn.Module.__call__ = watched
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(path.read_text(), str(path), "exec"), {"__name__": "__main__"})
    finally:
        nn.Module.__call__ = original
    return dict(sorted(seen.items(), key=lambda item: int(item[0])))


def main(folder):
    sys.path.insert(0, str(folder))
    scripts = sorted(path for path in folder.glob("*.py") if path.name != "nets.py")
    recorded = {"torch": torch.__version__.split("+")[0], "scripts": {path.name: record(path) for path in scripts}}
    (folder / "modes.json").write_text(json.dumps(recorded, indent=1) + "\n")
    print(f"{len(scripts)} scripts, {sum(len(lines) for lines in recorded['scripts'].values())} lines")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "test/oracle/modes").resolve())
