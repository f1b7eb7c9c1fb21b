// A model in a package: what of the packages around its file is executed, and what is said where that fails.

import assert from 'node:assert/strict';
import { net, read, readGraph } from './support.ts';

const parts = 'import torch.nn as nn\nclass Head(nn.Linear):\n    def __init__(self): super().__init__(7, 2)\n';

suite('packages around a file', () => {
  test('a name that __init__ gives is found by running __init__ as far as that', async () => {
    const files = {
      '/ws/nets/__init__.py': 'from .parts import *\nfrom .net import Net\nraise RuntimeError("too far")\n',
      '/ws/nets/parts.py': parts,
    };
    const text = net('self.head = Head()', 'return self.head(x)', 'from nets import Head\nfrom . import parts');
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.deepEqual(graph.inputs[0]?.shape, [2, 7]);
    assert.deepEqual(graph.problems, []);
  });

  test('a statement of __init__ that fails costs its names and no others', async () => {
    const files = {
      '/ws/nets/__init__.py': 'from .missing import Other\nWIDTH = 1 / 0\nfrom .parts import Head\n',
      '/ws/nets/parts.py': parts,
    };
    const text = net('self.head = Head()', 'return self.head(x)', 'from nets import Head');
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.equal(graph.modules[1]?.class, 'torch.nn.Linear');
    const other = net('self.head = nn.Linear(WIDTH, 2)', 'return self.head(x)', 'from nets import WIDTH');
    const { problems } = await read(other, { files, entry: '/ws/nets/net.py', construct: 'Net()' });
    assert.equal(problems.at(-1)?.message, 'This line raises ZeroDivisionError: division by zero.');
    assert.deepEqual([problems.at(-1)?.place?.path, problems.at(-1)?.place?.line], ['/ws/nets/__init__.py', 2]);
  });

  test('a file of the package goes before what __init__ imports with a star', async () => {
    const files = { '/ws/nets/__init__.py': 'from .others import *\n', '/ws/nets/parts.py': parts };
    const text = net('self.head = parts.Head()', 'return self.head(x)', 'import nets\nfrom nets import parts');
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.deepEqual(graph.problems, []);
  });

  test('what follows from a failed import is told as that import, once', async () => {
    const text = net('pass', 'return x').replace('nn.Module', 'Base');
    const entry = `from missing_part.base import Base as Kept\nBase = Kept.no / 0\n${text}`;
    const { problems } = await read(entry, { construct: 'Net()' });
    assert.deepEqual(new Set(problems.map(({ place }) => place?.line)), new Set([2]));
  });
});
