import assert from 'node:assert/strict';
import { startParser } from '../../src/cli/parser-files.ts';
import { readFacts } from '../../src/facts/facts.ts';
import { readGraphs } from '../../src/facts/graphs/graphs.ts';
import type { GraphNode } from '../../src/facts/graphs/values.ts';
import type { PythonParser } from '../../src/python/parser.ts';

const HEAD = 'import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n';

suite('The module graph of a file', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  function graphs(text: string) {
    const tree = parser.parse(HEAD + text);
    tree.dispose();
    assert.deepEqual(tree.syntaxErrors, []);
    return readGraphs(readFacts(tree, 'file.py'));
  }

  /** One line a step: what it is, and its shape. */
  function steps(text: string, index = 0): readonly string[] {
    return (graphs(text)[index]?.nodes ?? []).map(
      (node) =>
        `${node.op === 'layer' ? node.module?.path || node.name.slice('torch.nn.'.length) : node.name || node.op} ${shape(node)}`,
    );
  }

  function shape({ shape: { open, axes } }: GraphNode): string {
    const sizes = axes.map(
      ({ label, size }) => `${label}${size === null || String(size).startsWith('#') ? '' : `=${size}`}`,
    );
    return `(${[...(open ? ['…'] : []), ...sizes].join(', ')})`;
  }

  function net(init: string, forward: string, params = '', parent = 'nn.Module'): string {
    const indent = (code: string) =>
      code
        .split('\n')
        .map((line) => `        ${line}`)
        .join('\n');
    return `class Net(${parent}):\n    def __init__(self${params}):\n        super().__init__()\n${indent(init)}\n    def forward(self, x):\n${indent(forward)}\n`;
  }

  test('layers, functions and views, with the sizes they leave', () => {
    const text = net(
      'self.conv = nn.Conv2d(3, 8, 3)\nself.bn = nn.BatchNorm2d(8)\nself.fc = nn.Linear(8, 2)',
      'x = F.relu(self.bn(self.conv(x)))\nx = F.adaptive_avg_pool2d(x, 1).flatten(1)\nreturn self.fc(x)',
    );
    assert.deepEqual(steps(text), [
      'x (N, C=3, H, W)',
      'conv (N, C=8, H, W)',
      'bn (N, C=8, H, W)',
      'relu (N, C=8, H, W)',
      'adaptive_avg_pool2d (N, C=8, H=1, W=1)',
      'flatten (N, C=8)',
      'fc (N, C=2)',
    ]);
  });

  test('a list filled by a loop becomes a Sequential, with the arguments of the call that makes the model', () => {
    const text = `${net(
      'layers = []\nfor width in widths:\n    layers += [nn.Linear(inputs, width), nn.ReLU()]\n    inputs = width\nself.body = nn.Sequential(*layers)',
      'return self.body(x)',
      ', inputs, widths',
    )}model = Net(4, [8, 16])\n`;
    assert.deepEqual(steps(text), [
      'x (…, C=4)',
      'body.0 (…, C=8)',
      'body.1 (…, C=8)',
      'body.2 (…, C=16)',
      'body.3 (…, C=16)',
    ]);
  });

  test('a loop of unknown length runs once between gaps', () => {
    const text = net(
      'self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])\nself.norm = nn.LayerNorm(width)',
      'for block in self.blocks:\n    x = block(x)\nreturn self.norm(x)',
      ', width, depth',
    );
    assert.deepEqual(steps(text), [
      'x (…)',
      'unknown (…, C=Net.width)',
      'blocks.* (…, C=Net.width)',
      'unknown (…)',
      'norm (…)',
    ]);
  });

  test('modules of the file are followed inside, methods and super() too', () => {
    const text = `class Base(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)
    def run(self, x):
        return self.fc(x)

class Part(Base):
    def __init__(self, width):
        super().__init__(width)
        self.act = nn.Tanh()
    def forward(self, x):
        return self.act(self.run(x))

${net('self.part = Part(6)', 'return x + self.part(x)')}`;
    assert.deepEqual(steps(text), ['x (…, C=6)', 'fc (…, C=6)', 'act (…, C=6)', '+ (…)']);
  });

  test('a known test takes one way, an unknown one joins both, a default decides nothing', () => {
    const text = net(
      'self.a = nn.Linear(2, 2)\nself.b = nn.Linear(2, 3)\nself.none = None',
      'if self.none is None:\n    x = self.a(x)\nif x.sum() > 0:\n    x = self.b(x)\nreturn x',
    );
    assert.deepEqual(
      steps(text).map((line) => line.split(' ')[0]),
      ['x', 'a', 'sum', 'b', 'join'],
    );
  });

  test('recurrent layers give a sequence whose order the constructor says', () => {
    const text = net(
      'self.rnn = nn.GRU(4, 8, batch_first=True, bidirectional=True)',
      'out, _ = self.rnn(x)\nreturn out.transpose(1, 2)',
    );
    assert.deepEqual(steps(text).slice(2), ['part (N, L, C=16)', 'part (…)', 'transpose (N, C=16, L)']);
  });

  test('sizes that are asked for keep their meaning in a view', () => {
    const text = net(
      'self.conv = nn.Conv2d(3, 8, 1)',
      'x = self.conv(x)\nn, c, h, w = x.shape\nreturn x.view(n, c, h * w)',
    );
    assert.equal(steps(text).at(-1), 'view (N, C=8, ?=(#1[2]*#1[3]))');
  });

  test('who takes a tensor, and what leaves', () => {
    const [graph] = graphs(net('self.a = nn.Linear(2, 2)', 'y = self.a(x)\nreturn y, x + y'));
    assert.deepEqual(
      graph?.nodes.map(({ consumers, escapes }) => [consumers.length, escapes]),
      [
        [2, false],
        [1, true],
        [0, true],
      ],
    );
    assert.equal(graph?.outputs.length, 2);
  });

  test('a file that asks too much is not read to the end', () => {
    const deep = Array.from(
      { length: 40 },
      (_, i) =>
        `class C${i}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = C${i + 1}()\n        self.b = C${i + 1}()\n    def forward(self, x):\n        return self.b(self.a(x))\n`,
    );
    const started = process.cpuUsage();
    graphs(`${deep.join('')}class C40(nn.Module):\n    def forward(self, x):\n        return x\n`);
    assert.ok(process.cpuUsage(started).user < 2_000_000);
  });
});
