// What is executed of a file, which model is chosen, what it is fed with, and what its graph holds.

import assert from 'node:assert/strict';
import { net, read, readGraph } from './support.ts';

const targets = (nodes: readonly { op: string; target: string }[]) =>
  nodes.filter((node) => node.op.startsWith('call')).map((node) => node.target);

suite('what is executed', () => {
  test('definitions and the constants they need; never the training', async () => {
    const text = `${net('self.a = nn.Linear(WIDTH, 4)', 'return self.a(x)', 'WIDTH = 3\nUNUSED = 1 / 0\nWIDTH += 2')}
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10 ** 9):
    optimizer.step()
if __name__ == '__main__':
    raise SystemExit
`;
    const graph = await readGraph(text);
    assert.deepEqual(graph.modules[1]?.args, { in_features: 5, out_features: 4 });
    assert.deepEqual(graph.problems, []);
  });

  test('relative imports, packages and a missing package with a way out', async () => {
    const files = {
      '/ws/nets/__init__.py': 'raise RuntimeError("not for one file")\n',
      '/ws/nets/parts.py': 'import torch.nn as nn\nfrom .sizes import WIDTH\ndef head(): return nn.Linear(WIDTH, 2)\n',
      '/ws/nets/sizes.py': 'WIDTH = 7\n',
      '/ws/tools.py': 'NAME = "tools"\n',
    };
    const before =
      'from .parts import head\nfrom nets.sizes import WIDTH\nimport tools\ntry:\n    import apex\nexcept ImportError:\n    apex = None';
    const text = net(
      'assert apex is None and tools.NAME == "tools"\nself.head = head()',
      'return self.head(x)',
      before,
    );
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.deepEqual(graph.inputs[0]?.shape, [2, 7]);
    assert.equal(graph.modules[1]?.place?.path, '/ws/nets/parts.py');
  });

  test('a name that is missing costs what needs it', async () => {
    const text = `${net('self.a = nn.Linear(3, 4)', 'return self.a(x)')}\nclass Other(Missing):\n    pass\n`;
    const { graph, problems } = await read(text);
    assert.equal(graph?.rootClass, 'Net');
    assert.deepEqual(
      problems.map(({ code, place }) => [code, place?.line]),
      [['python/exception', 13]],
    );
  });
});

suite('which model', () => {
  const two = `import torch.nn as nn
class Block(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.a = nn.Linear(width, width)
    def forward(self, x):
        return self.a(x)
class Net(nn.Module):
    def __init__(self, block, depth):
        super().__init__()
        self.blocks = nn.Sequential(*[block() for _ in range(depth)])
    def forward(self, x):
        return self.blocks(x)
`;

  test('the class that no other uses, as the file itself builds it', async () => {
    const graph = await readGraph(`${two}if __name__ == '__main__':\n    print(Net(Block, depth=3))\n`);
    assert.equal(graph.construct, 'Net(Block, depth=3)');
    assert.equal(graph.modules.length, 8);
  });

  test('a function without arguments that builds it', async () => {
    assert.equal((await readGraph(`${two}def small():\n    return Net(Block, 1)\n`)).construct, 'small()');
  });

  test('the construct that was asked for', async () => {
    assert.equal((await readGraph(two, { construct: 'Block(9)' })).inputs[0]?.shape[1], 9);
  });

  test('parts say whose they are', async () => {
    const { classes } = await read(`${two}def small():\n    return Net(Block, 1)\n`);
    assert.deepEqual(
      classes.map(({ name, required, usedBy }) => ({ name, required, usedBy })),
      [
        { name: 'Block', required: [], usedBy: ['Net'] },
        { name: 'Net', required: ['block', 'depth'], usedBy: [] },
      ],
    );
  });
});

suite('what it is fed with', () => {
  test('integers below the number of rows', async () => {
    const graph = await readGraph(net('self.e = nn.Embedding(50, 8)', 'return self.e(x)'));
    assert.equal(graph.inputs[0]?.dtype, 'int64');
    assert.deepEqual(graph.inputs[0]?.range, [0, 49]);
  });

  test('images where a flat layer comes first', async () => {
    const text = net('self.a = nn.Linear(784, 4)', 'B, C, H, W = x.shape\nreturn self.a(x.view(B, -1))');
    assert.deepEqual((await readGraph(text)).inputs[0]?.shape, [2, 1, 28, 28]);
  });

  test('several inputs, the batch of each', async () => {
    const text = net('self.a = nn.Bilinear(3, 5, 2)', 'return self.a(x, y)').replace('(self, x)', '(self, x, y)');
    const graph = await readGraph(text, { input: '(torch.randn(4, 3), torch.randn(4, 5))' });
    assert.deepEqual(
      graph.inputs.map(({ name, shape, batched }) => ({ name, shape, batched })),
      [
        { name: 'x', shape: [4, 3], batched: true },
        { name: 'y', shape: [4, 5], batched: true },
      ],
    );
  });

  test('a batch of one is read with normalization in training mode', async () => {
    const graph = await readGraph(net('self.n = nn.BatchNorm1d(3)', 'return self.n(x)'), {
      input: 'torch.randn(1, 3)',
    });
    assert.deepEqual(graph.train.at(-2)?.outputs[0]?.shape, [1, 3]);
  });
});

suite('what the graph holds', () => {
  test('both modes where they differ, one where not', async () => {
    const differs = await readGraph(net('self.a = nn.Linear(3, 3)', 'return self.a(x) if self.training else x'));
    assert.deepEqual(targets(differs.train), ['a']);
    assert.deepEqual(targets(differs.eval), []);
    const same = await readGraph(net('self.a = nn.Linear(3, 3)', 'return self.a(x)'));
    assert.equal(same.train, same.eval);
  });

  test('in-place calls change what the name means', async () => {
    const text = net('self.a = nn.Linear(4, 4)', 'y = self.a(x)\nz = y\ny += 1\ny[:, 0] *= 2\nreturn z.relu_()');
    const graph = await readGraph(text);
    assert.deepEqual(targets(graph.train), [
      'a',
      'torch.add',
      'torch.Tensor.__getitem__',
      'torch.mul',
      'torch.Tensor.__setitem__',
      'torch.nn.functional.relu',
    ]);
    const [setItem, relu] = graph.train.slice(-3);
    assert.deepEqual(relu?.args['input'], { node: setItem?.name });
  });

  test('a change through a view reaches the whole', async () => {
    const text = net('self.a = nn.Linear(4, 4)', 'y = self.a(x)\nv = y.view(-1)\nv.mul_(2)\nreturn y');
    const graph = await readGraph(text);
    assert.deepEqual(targets(graph.train), ['a', 'torch.Tensor.view', 'torch.mul', 'torch.reshape']);
  });

  test('a change through a diagonal is refused where the whole is used', async () => {
    const text = net('self.a = nn.Linear(4, 4)', 'y = self.a(x)\ny.diagonal().mul_(2)\nreturn y + 1');
    const { graph, problems } = await read(text);
    assert.equal(graph, null);
    assert.equal(problems[0]?.place?.line, 13);
  });

  test('initialization has the line of each call', async () => {
    const init =
      'self.a = nn.Linear(4, 4)\nnn.init.orthogonal_(self.a.weight, gain=2.0)\nself.p = nn.Parameter(torch.randn(4) * 0.1)';
    const graph = await readGraph(net(init, 'return self.a(x) * self.p'));
    const steps = (name: string) =>
      graph.tensors.find((t) => t.name === name)?.init.map(({ target, args, place }) => [target, args, place?.line]);
    assert.deepEqual(steps('a.weight')?.at(-1), ['torch.nn.init.orthogonal_', { gain: 2 }, 9]);
    assert.deepEqual(
      steps('a.bias')?.map(([target]) => target),
      ['torch.nn.init.uniform_'],
    );
    assert.deepEqual(steps('p'), [
      ['torch.randn', { size: [4] }, 10],
      ['torch.Tensor.mul_', { other: 0.1 }, 10],
    ]);
  });

  test('tied weights are one tensor', async () => {
    const init = 'self.e = nn.Embedding(9, 4)\nself.out = nn.Linear(4, 9, bias=False)\nself.out.weight = self.e.weight';
    const graph = await readGraph(net(init, 'return self.out(self.e(x))'));
    assert.deepEqual(
      graph.tensors.map((t) => t.name),
      ['e.weight'],
    );
    assert.equal(graph.modules.find((m) => m.path === 'out')?.state['weight'], 'e.weight');
  });

  test('layers in a plain list are read and named as untrained', async () => {
    const text = net('self.layers = [nn.Linear(4, 4)]\nself.a = nn.Linear(4, 4)', 'return self.layers[0](self.a(x))');
    const graph = await readGraph(text);
    assert.deepEqual(
      graph.problems.map(({ code, place }) => [code, place?.line]),
      [['model/unregistered', 12]],
    );
    const stray = graph.tensors.filter((t) => t.name.startsWith('('));
    assert.deepEqual(
      stray.map(({ kind, requires_grad }) => ({ kind, requires_grad })),
      [
        { kind: 'buffer', requires_grad: false },
        { kind: 'buffer', requires_grad: false },
      ],
    );
  });

  test("a user's own layer keeps both names", async () => {
    const text = net('self.n = Norm(4)', 'return self.n(x)', 'class Norm(nn.LayerNorm):\n    pass\n');
    const module = (await readGraph(text)).modules[1];
    assert.deepEqual([module?.class, module?.userClass, module?.layer], ['torch.nn.LayerNorm', 'Norm', true]);
  });

  test('columns are UTF-16 units from 1', async () => {
    const text = net('self.a = nn.Linear(4, 4)', 'return (x, "𝛼é", self.a(x))[2]');
    const graph = await readGraph(text, { input: 'torch.randn(2, 4)' });
    const line = text.split('\n')[10] ?? '';
    const place = graph.train[1]?.place;
    assert.equal(line.slice((place?.column ?? 0) - 1, (place?.endColumn ?? 0) - 1), 'self.a(x)');
  });

  test('calls around a call, innermost first', async () => {
    const text = net('self.a = nn.Linear(4, 4)', 'y = self.twice(x)\nreturn y').replace(
      '    def forward',
      '    def twice(self, x):\n        return self.a(self.a(x))\n\n    def forward',
    );
    const node = (await readGraph(text)).train[1];
    assert.deepEqual([node?.place?.line, ...(node?.stack.map((place) => place.line) ?? [])], [11, 14]);
  });

  test('a model that does otherwise at another size says where', async () => {
    const text = net('self.a = nn.Linear(4, 4)', 'if x.shape[0] == 3:\n    x = x + 1\nreturn self.a(x)');
    const graph = await readGraph(text, { input: 'torch.randn(2, 4)' });
    assert.deepEqual(
      graph.problems.map((problem) => problem.code),
      ['model/batch-size'],
    );
  });
});

suite('weights from elsewhere', () => {
  test('a file, a server, another model: named with the line, never opened', async () => {
    const text = net(
      `self.a = nn.Linear(3, 4)
self.b = nn.Linear(3, 4)
nn.init.zeros_(self.a.weight)
self.b.load_state_dict(self.a.state_dict())
state = torch.load('net.pth', map_location='cpu')['state_dict']
self.load_state_dict({k.replace('module.', ''): v for k, v in state.items()}, strict=False)
self.load_state_dict(torch.hub.load_state_dict_from_url('https://example.org/net.pth')['model'])`,
      'return self.a(x) + self.b(x)',
    );
    const graph = await readGraph(text);
    assert.deepEqual(
      graph.problems.map(({ code, place }) => [code, place?.line]),
      [
        ['model/loaded-weights', 12],
        ['model/loaded-weights', 13],
        ['model/loaded-weights', 14],
      ],
    );
    assert.deepEqual(
      graph.tensors.find(({ name }) => name === 'b.weight')?.init.at(-1)?.target,
      'torch.nn.init.zeros_',
    );
  });

  test('a state_dict that does not fit', async () => {
    const text = net(
      'self.a = nn.Linear(3, 4)\nself.a.load_state_dict({"weight": torch.ones(4, 3), "bais": torch.ones(4)})',
      'return self.a(x)',
    );
    const { graph, problems } = await read(text);
    assert.equal(graph, null);
    assert.equal(problems[0]?.place?.line, 9);
    assert.match(problems[0]?.message ?? '', /Missing key\(s\): bias; Unexpected key\(s\): bais/);
  });
});

test('a condition on a buffer follows the value it starts with, and says so', async () => {
  const init =
    'self.a = nn.Linear(3, 4)\nself.b = nn.Linear(3, 4)\nself.register_buffer("ready", torch.tensor(0, dtype=torch.uint8))';
  for (const condition of ['self.ready.item() == 0', 'not self.ready', 'int(self.ready) < 1']) {
    const graph = await readGraph(net(init, `return self.a(x) if ${condition} else self.b(x)`));
    assert.deepEqual(targets(graph.eval), ['a'], condition);
    assert.deepEqual(
      graph.problems.map(({ code, place }) => [code, place?.line]),
      [['model/state-value', 13]],
    );
  }
  const { problems } = await read(net(init, 'self.ready.add_(1)\nreturn self.a(x) * self.ready.item()'));
  assert.ok(problems.some(({ code }) => code === 'model/data-dependent'));
});

test('an embedding may begin with rows that are given', async () => {
  const init = 'self.a = nn.Embedding.from_pretrained(torch.arange(12.0).view(4, 3))\nself.b = nn.Linear(3, 2)';
  const graph = await readGraph(net(init, 'return self.b(self.a(x))'), { input: 'torch.tensor([1, 2])' });
  const [rows] = graph.tensors;
  assert.deepEqual([rows?.name, rows?.shape, rows?.requires_grad], ['a.weight', [4, 3], false]);
  assert.equal(rows?.init.length, 1);
  assert.deepEqual(graph.problems, []);
});

test('code may list the folder it lies in, and finds no other', async () => {
  const before = `import os, glob
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = sorted(name for name in os.listdir(HERE) if name.endswith('.py'))
PARTS = [os.path.basename(one) for one in glob.glob(HERE + '/parts/*.py')]
try:
    os.listdir('/etc/ssl')
    OTHERS = True
except OSError:
    OTHERS = False
`;
  const files = { '/ws/parts/__init__.py': '', '/ws/parts/one.py': 'x = 1' };
  const init = 'self.a = nn.Linear(3, len(NAMES) + len(PARTS) * 10 + 100 * OTHERS)';
  const text = net(init, 'return self.a(x)', before);
  for (const _ of [1, 2]) {
    const graph = await readGraph(text, { files });
    assert.equal(graph.tensors[0]?.shape[0], 21);
    assert.deepEqual(graph.problems, []);
  }
});

test('lengths that go through numpy still are lengths', async () => {
  const forward = `lengths = torch.full((x.shape[0],), 5) - (x[:, 0, 0] > 0).long()
packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu().numpy(), batch_first=True, enforce_sorted=False)
y, _ = nn.utils.rnn.pad_packed_sequence(self.a(packed)[0], batch_first=True, total_length=5)
return y`;
  const graph = await readGraph(net('self.a = nn.GRU(3, 4, batch_first=True)', forward), {
    input: 'torch.randn(2, 5, 3)',
  });
  assert.deepEqual(graph.eval.at(-2)?.outputs[0]?.shape, [2, 5, 4]);
  const { problems } = await read(net('self.a = nn.Linear(3, 4)', 'return self.a(x) * (x.detach().numpy() + 1)'));
  assert.deepEqual([problems.at(-1)?.code, problems.at(-1)?.place?.line], ['model/data-dependent', 11]);
  const divided = await read(net('self.a = nn.Linear(3, 4)', 'return self.a(x)[:, : 8 // x.detach().numpy()]'));
  assert.equal(divided.problems.at(-1)?.code, 'model/data-dependent');
});

test('a draw from a distribution is chance in the graph', async () => {
  const forward = 'z = torch.distributions.Normal(self.a(x), 0.5).rsample()\nreturn z.sum(-1)';
  const graph = await readGraph(net('self.a = nn.Linear(3, 4)', forward));
  assert.deepEqual(targets(graph.eval), [
    'a',
    'torch.randn',
    'torch.tensor',
    'torch.Tensor.expand',
    'torch.mul',
    'torch.add',
    'torch.sum',
  ]);
  const { problems } = await read(net('self.a = nn.Linear(3, 4)', 'return torch.distributions.Poisson(x).sample()'));
  assert.deepEqual([problems[0]?.code, problems[0]?.place?.line], ['model/unsupported', 11]);
});

suite('draws from distributions', () => {
  const draws = [
    ['Categorical(logits=x).sample()', [2, 3], 'int64'],
    ['Bernoulli(logits=x).sample((5,))', [5, 2, 3, 4], 'float32'],
    ['Gamma(x.abs() + 1, x.abs() + 1).rsample()', [2, 3, 4], 'float32'],
    ['Beta(x.abs() + 1, 2.0).sample((2,))', [2, 2, 3, 4], 'float32'],
    ['Dirichlet(x.abs() + 1).rsample()', [2, 3, 4], 'float32'],
    ['OneHotCategorical(logits=x).sample()', [2, 3, 4], 'float32'],
    ['MultivariateNormal(x, scale_tril=torch.eye(4)).rsample((6,))', [6, 2, 3, 4], 'float32'],
    ['Independent(D.Normal(x, 1.0), 1).rsample((3,))', [3, 2, 3, 4], 'float32'],
  ] as const;
  for (const [expression, shape, dtype] of draws)
    test(expression, async () => {
      const text = net(
        'self.a = nn.Linear(4, 4)',
        `x = self.a(x)\nreturn D.${expression}`,
        'import torch.distributions as D',
      );
      const { eval: nodes } = await readGraph(text, { input: 'torch.randn(2, 3, 4)' });
      const last = nodes.findLast(({ op }) => op !== 'output');
      assert.deepEqual(last?.outputs, [{ shape, dtype }]);
      assert.ok(
        nodes.some(({ target }) => /rand/.test(target)),
        'a draw is a node, so that every call draws anew',
      );
    });

  test('a distribution nobody has here is refused by name', async () => {
    const text = net(
      'self.a = nn.Linear(4, 4)',
      'return D.Poisson(self.a(x)).sample()',
      'import torch.distributions as D',
    );
    const { graph, problems } = await read(text, { input: 'torch.randn(2, 4)' });
    assert.equal(graph, null);
    assert.match(problems.at(-1)?.message ?? '', /`torch\.distributions\.Poisson` is not known/);
  });
});

suite('conditions on the input', () => {
  const branches = async (forward: string) => {
    const graph = await readGraph(net('self.a = nn.Linear(3, 4)', forward));
    const found = graph.problems.filter((problem) => problem.code === 'model/branch');
    return {
      targets: [...new Set(targets(graph.eval))],
      found: found.map(({ place, message }) => [place?.line, message.split('in the graph ')[1]]),
    };
  };

  test('an if is not entered, and said with its line', async () => {
    const { targets: calls, found } = await branches('y = self.a(x)\nif y.sum() > 0:\n    y = -y\nreturn y.exp()');
    assert.deepEqual(calls, ['a', 'torch.exp']);
    assert.deepEqual(found, [[12, 'the branch where it is False is taken.']]);
  });

  test('an assertion holds, whatever it is made of', async () => {
    const { found } = await branches('assert not torch.isnan(x).any() and x.max() < 9\nreturn self.a(x)');
    assert.deepEqual(found, [[11, 'the assertion is taken to hold.']]);
  });

  test('a loop ends', async () => {
    const { calls, found } = await branches('y = self.a(x)\nwhile not y.norm() < 1:\n    y = y / 2\nreturn y').then(
      ({ targets: names, found: all }) => ({ calls: names, found: all }),
    );
    assert.deepEqual(calls, ['a']);
    assert.deepEqual(found, [[12, 'the loop is taken to end here.']]);
  });

  test('the branch that raises is not taken', async () => {
    const forward = 'if (x < 1).all():\n    y = self.a(x)\nelse:\n    raise ValueError("too large")\nreturn y';
    const { targets: calls, found } = await branches(forward);
    assert.deepEqual(calls, ['a']);
    assert.deepEqual(found, [[11, 'the branch where it is True is taken.']]);
  });
});

suite('constants', () => {
  test('numbers that Python asks for while the model is built', async () => {
    const init = `rates = [rate.item() for rate in torch.linspace(0, 0.3, 4)]
self.drop = nn.Dropout(rates[-1])
grid = torch.stack(torch.meshgrid(torch.arange(3), torch.arange(2), indexing='ij'), dim=-1).view(-1, 2)
self.a = nn.Linear(4, int(np.prod([2, 3])) + grid[:, 0].max().item())
index = grid[:, None] - grid[None, :]
index[..., 0] += 2
self.register_buffer('index', (index * torch.tensor([3, 1])).sum(-1))`;
    const graph = await readGraph(net(init, 'return self.a(self.drop(x))', 'import numpy as np'));
    // As PyTorch's own: the float32 nearest to 0.3.
    assert.equal(graph.modules.find((m) => m.path === 'drop')?.args['p'], Math.fround(0.3));
    assert.equal(graph.modules.find((m) => m.path === 'a')?.args['out_features'], 8);
    const buffer = graph.tensors.find((t) => t.name === 'index');
    const data = buffer?.init[0]?.args['data'];
    assert.deepEqual(buffer?.shape, [6, 6]);
    // As torch 1.13 has it: 3 (row difference + 2) + column difference.
    assert.deepEqual(Array.isArray(data) ? data.slice(0, 6) : data, [6, 5, 3, 2, 0, -1]);
    assert.deepEqual(graph.problems, []);
  });

  test('chance that decides what is called is named, and the same each time', async () => {
    const text = net(
      'self.a = nn.Linear(4, 4)',
      'if torch.rand(1).item() < 0.5:\n    x = torch.tanh(x)\nreturn self.a(x)',
    );
    const [one, two] = [await readGraph(text), await readGraph(text)];
    assert.deepEqual(one, two);
    assert.deepEqual(
      one.problems.map(({ code, place }) => [code, place?.line]),
      [['model/random-value', 11]],
    );
  });
});
