// Installed packages: which of them a model's files need, where they are found, and that what cannot be read of them
// costs what needs it and no more.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withPackages } from '../../src/reader/packages.ts';
import { InstalledPackages, sitePackages } from '../../src/worker/installed-packages.ts';
import { net, read, readGraph } from './support.ts';

const SITE = '/env/lib/python3.11/site-packages';

suite('installed packages', () => {
  const installed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    blocks: {
      [`${SITE}/blocks/__init__.py`]: 'from .norm import Norm\nfrom .heavy import Heavy\n',
      [`${SITE}/blocks/norm.py`]: 'import torch.nn as nn\nimport helpers\nclass Norm(nn.LayerNorm): pass\n',
      [`${SITE}/blocks/heavy.py`]: 'raise RuntimeError("not for this")\n',
    },
    helpers: { [`${SITE}/helpers.py`]: 'from torch import nn\n' },
    plots: { [`${SITE}/plots/__init__.py`]: 'import sockets\n' },
  };
  const disk = { package: (_: string, name: string) => installed[name] ?? null };
  const request = (files: Readonly<Record<string, string>>) =>
    withPackages({ files, entry: '/ws/m.py', roots: ['/ws'], construct: null, input: null }, SITE, disk);
  const added = (text: string, files = {}) =>
    Object.keys(request({ ...files, '/ws/m.py': text }).files)
      .filter((file) => file.startsWith(SITE))
      .map((file) => file.slice(SITE.length + 1).split('/')[0]);

  test('those the file imports, and what they import, where they are about PyTorch', () => {
    assert.deepEqual([...new Set(added('import torch, plots\nfrom blocks import Norm'))], ['blocks', 'helpers.py']);
    assert.deepEqual(added('import plots, os'), []);
    assert.deepEqual([...new Set(added('from parts import X', { '/ws/parts.py': 'import blocks as b' }))].length, 2);
    assert.deepEqual(added('import torch', { '/ws/other.py': 'import blocks' }), []);
  });

  test('a name of the workspace is the workspace’s', () => {
    assert.deepEqual(added('from blocks import Norm', { '/ws/blocks.py': 'Norm = None' }), []);
    assert.deepEqual(added('# import blocks\n"""\nsay blocks\n"""'), []);
  });

  test('are read as far as they are needed; places are the user’s', async () => {
    const { files } = request({ '/ws/m.py': 'import blocks' });
    const text = net('self.norm = blocks.Norm(3)', 'return self.norm(x)', 'import blocks');
    const graph = await readGraph(text, { files, packages: [SITE] });
    assert.equal(graph.modules[1]?.userClass, 'Norm');
    assert.deepEqual(graph.problems, []);
    assert.equal(graph.eval.find(({ op }) => op === 'call_module')?.place?.path, '/ws/model.py');
  });

  test('a package whose parts fail is as one that is not there', async () => {
    const broken = {
      [`${SITE}/extra/__init__.py`]: 'import torch\nfrom .ops import fused\nfrom .layers import Layer\n',
      [`${SITE}/extra/ops.py`]: 'import extra._C as native\nfused = native.load()["f"]\nBAD = 1 / 0\nWIDTH = 4\n',
      [`${SITE}/extra/layers.py`]:
        'from torch import nn\nfrom .ops import WIDTH, BAD\nclass Layer(nn.Linear):\n    def __init__(self):\n        super().__init__(3, WIDTH)\n',
    };
    const options = { files: broken, packages: [SITE] };
    const graph = await readGraph(net('self.a = extra.Layer()', 'return self.a(x)', 'import extra'), options);
    assert.deepEqual(graph.eval.at(-2)?.outputs[0]?.shape, [2, 4]);
    const { graph: none, problems } = await read(
      net('self.a = extra.Layer()', 'return extra.ops.BAD(self.a(x))', 'import extra'),
      options,
    );
    assert.equal(none, null);
    assert.match(problems.at(-1)?.message ?? '', /`extra\.ops\.BAD` gets a tensor/);
    assert.equal(problems.at(-1)?.place?.line, 11);
  });
});

suite('where packages are installed', () => {
  let root = '';
  const write = (file: string, text = '') => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };

  setup(() => {
    root = mkdtempSync(path.join(tmpdir(), 'normlab-packages-')).split(path.sep).join('/');
    write('project/.venv/pyvenv.cfg');
    write('project/.venv/bin/python3');
    write('project/.venv/lib/python3.12/site-packages/parts/__init__.py', 'import torch\n');
    write('project/.venv/lib/python3.12/site-packages/fast/__init__.py', 'import torch\n');
    write('project/.venv/lib/python3.12/site-packages/fast/_C.so');
    write('windows/pyvenv.cfg');
    write('windows/Lib/site-packages/parts/__init__.py');
  });
  teardown(() => rmSync(root, { recursive: true }));

  test('an interpreter, an environment, and a folder with one lead to the same place', () => {
    const expected = `${root}/project/.venv/lib/python3.12/site-packages`;
    for (const given of ['project', 'project/.venv', 'project/.venv/bin/python3', 'project/.venv/bin/python'])
      assert.equal(sitePackages([`${root}/nowhere`, `${root}/${given}`]), expected, given);
    assert.equal(sitePackages([`${root}/windows/Scripts/python.exe`]), `${root}/windows/Lib/site-packages`);
    assert.equal(sitePackages([`${root}/nowhere`]), null);
    assert.equal(sitePackages([]), null);
  });

  test('a package with compiled parts is left out', () => {
    const entry = `${root}/project/m.py`;
    const files = { [entry]: 'import parts, fast' };
    const environments = [`${root}/project`];
    const request = { files, entry, roots: [], construct: null, input: null, environments };
    const found = new InstalledPackages().addTo(request);
    assert.deepEqual(
      Object.keys(found.files).map((file) => path.basename(path.dirname(file))),
      ['parts', 'project'],
    );
  });
});
