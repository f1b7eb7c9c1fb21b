// A reader that stays: what it keeps from one reading to the next, and what it must not. And one trace for both
// modes, which has to be two wherever the modes can be told apart.

import assert from 'node:assert/strict';
import type { Graph } from '../../src/graph/graph.ts';
import { net, read, readGraph } from './support.ts';

const X = 'torch.randn(4, 8)';

function calls(nodes: Graph['train']): string[] {
  return nodes.map(({ op, target }) => `${op} ${target}`);
}

suite('a reader that has read before', () => {
  const model = 'from parts import width\n' + net('self.fc = nn.Linear(8, width)', 'return self.fc(x)');
  const shape = (graph: Graph) => graph.tensors.find(({ name }) => name === 'fc.weight')?.shape;

  test('says the same of the same file', async () => {
    const text = net('self.body = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))', 'y = self.body(x)\nreturn y + x');
    const first = await readGraph(text, { input: X });
    assert.deepEqual(await readGraph(text, { input: X }), first);
    const last = first.train.at(-1)?.place;
    assert.equal(text.split('\n')[(last?.line ?? 0) - 1]?.trim(), 'return y + x');
  });

  test('reads a file anew when its text has changed, imported ones too', async () => {
    const files = { '/ws/parts.py': 'width = 3\n' };
    assert.deepEqual(shape(await readGraph(model, { files, input: X })), [3, 8]);
    assert.deepEqual(shape(await readGraph(model, { files: { '/ws/parts.py': 'width = 5\n' }, input: X })), [5, 8]);
    assert.deepEqual(shape(await readGraph(model, { files, input: X })), [3, 8]);
  });

  test('names lines of the new text', async () => {
    const text = net('self.fc = nn.Linear(8, 3)', 'return self.fc(x)');
    const moved = text.replace('class Net', '# One more line.\nclass Net');
    const line = async (source: string) => (await readGraph(source, { input: X })).modules[1]?.place?.line;
    assert.equal((await line(moved)) ?? 0, ((await line(text)) ?? 0) + 1);
  });

  test('runs the code of imported files each time', async () => {
    const files = {
      '/ws/parts.py': 'made = []\nwidth = 3\n\ndef wider():\n    made.append(1)\n    return len(made)\n',
    };
    const text =
      'from parts import wider\n' + net('self.fc = nn.Linear(8, wider())\nself.fd = nn.Linear(8, wider())', 'return x');
    for (let round = 0; round < 2; round++)
      assert.deepEqual(shape(await readGraph(text, { files, input: X })), [1, 8], `round ${round}`);
  });

  test('keeps apart two files that share a path one after the other, and one that cannot be read', async () => {
    const broken = await read('class Net(:\n', { input: X });
    assert.equal(broken.problems[0]?.code, 'python/syntax');
    assert.ok(await readGraph(net('self.fc = nn.Linear(8, 3)', 'return self.fc(x)'), { input: X }));
    assert.equal((await read('class Net(:\n', { input: X })).problems[0]?.code, 'python/syntax');
  });
});

suite('layers built alike', () => {
  test('are not one: an attribute that is changed, a weight that is filled', async () => {
    const init = `
self.a = nn.Linear(8, 8)
self.b = nn.Linear(8, 8)
self.c = nn.Dropout(0.5)
self.d = nn.Dropout(0.5)
self.c.p = 0.1
nn.init.zeros_(self.b.weight)`;
    const graph = await readGraph(net(init, 'return self.d(self.c(self.b(self.a(x))))'), { input: X });
    const args = Object.fromEntries(graph.modules.map(({ path, args }) => [path, args['p']]));
    assert.deepEqual([args['c'], args['d']], [0.1, 0.5]);
    const steps = (name: string) => graph.tensors.find((one) => one.name === name)?.init.map(({ target }) => target);
    assert.ok(steps('b.weight')?.includes('torch.nn.init.zeros_'));
    assert.ok(!steps('a.weight')?.includes('torch.nn.init.zeros_'));
  });

  test('may be given lists, and true is not one', async () => {
    const init = 'self.a = nn.MaxPool2d([2, 2])\nself.b = nn.MaxPool2d(2, ceil_mode=True)\nself.c = nn.MaxPool2d(2, 1)';
    const graph = await readGraph(net(init, 'return self.a(x), self.b(x), self.c(x)'), {
      input: 'torch.randn(2, 3, 9, 9)',
    });
    const shapes = graph.train.filter(({ op }) => op === 'call_module').map(({ outputs }) => outputs[0]?.shape.at(-1));
    assert.deepEqual(shapes, [4, 5, 8]);
  });

  test('a copy made by deepcopy is as free as one built anew', async () => {
    const init = `
import copy
one = nn.Conv2d(3, 3, 3)
self.parts = nn.ModuleList([copy.deepcopy(one) for _ in range(2)])
self.parts[1].stride = (2, 2)`;
    const graph = await readGraph(net(init, 'return self.parts[0](x), self.parts[1](x)'), {
      input: 'torch.randn(2, 3, 9, 9)',
    });
    const shapes = graph.train.filter(({ op }) => op === 'call_module').map(({ outputs }) => outputs[0]?.shape.at(-1));
    assert.deepEqual(shapes, [7, 4]);
  });
});

const bn = 'self.bn = nn.BatchNorm1d(8)\nself.drop = nn.Dropout()';
const other = 'class Part(nn.Module):\n    def __init__(self):\n        super().__init__()\n';

/** What tells the modes apart, and the model. */
const apart: readonly (readonly [string, string])[] = [
  ['a condition', net(bn, 'return self.bn(x) if self.training else x')],
  ['an argument', net(bn, 'return F.dropout(x, 0.5, self.training)')],
  ['a part’s mode', net(bn, 'return x if self.bn.training else x * 2')],
  ['getattr', net(bn, 'return x if getattr(self, "training") else x * 2')],
  [
    'train() of its own',
    `${net(bn, 'return x if self.learns else x * 2')}
    def train(self, mode=True):
        self.learns = mode
        return super().train(mode)
`,
  ],
  ['a layer that train() does not reach', net('self.parts = [nn.BatchNorm1d(8)]', 'return self.parts[0](x)')],
  ['a layer that is kept in one mode', net(bn, 'self.bn.eval()\nreturn self.bn(x)')],
  [
    'a part with a `training` of its own',
    net(
      'self.part = Part()',
      'return self.part(x)',
      `${other}
    training = property(lambda self: self.on, lambda self, mode: setattr(self, "on", mode))

    def forward(self, x):
        return x if self.on else x * 2
`,
    ),
  ],
  [
    'a hook that asks',
    net(
      'self.bn = nn.BatchNorm1d(8)\nself.bn.register_forward_hook(lambda module, args, out: out if module.training else out * 2)',
      'return self.bn(x)',
    ),
  ],
];

suite('one trace for both modes', () => {
  test('where nothing tells them apart', async () => {
    const { graph, problems } = await read(net(bn, 'return self.drop(self.bn(x))'), { input: X });
    assert.deepEqual(
      problems.map(({ message }) => message),
      [],
    );
    assert.ok(graph !== null && graph.train.length === 4);
    assert.equal(graph.eval, graph.train);
  });

  for (const [name, text] of apart)
    test(`not with ${name}`, async () => {
      const graph = await readGraph(text, { input: X });
      const told = (nodes: Graph['train']) => nodes.map(({ target, args, reason }) => ({ target, args, reason }));
      assert.notDeepEqual(told(graph.eval), told(graph.train), calls(graph.train).join(', '));
    });

  test('not where the constructor only has asked', async () => {
    const graph = await readGraph(
      net(`${bn}\nself.learns = self.training`, 'return self.bn(x) if self.learns else x'),
      {
        input: X,
      },
    );
    assert.equal(graph.eval, graph.train);
  });

  test('what forward() notes on the model is taken back between the traces', async () => {
    const init = 'self.fc = nn.Linear(8, 8)\nself.seen = []\nself.count = 0\nself.last = {}';
    const forward =
      'self.seen.append(1)\nself.count += 1\nself.last["x"] = x\nreturn self.fc(x) * len(self.seen) * self.count';
    const graph = await readGraph(net(init, forward), { input: X });
    const factors = graph.train.filter(({ target }) => target.includes('mul')).map(({ args }) => args['other']);
    assert.deepEqual(factors, [1, 1]);
  });
});
