// Weights that are computed before each call: weight_norm, spectral_norm, parametrizations, and hooks of the user's.

import assert from 'node:assert/strict';
import { createSession } from '../../src/engine/session.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { net, readGraph } from './support.ts';

const names = (graph: Graph) => graph.tensors.map(({ name, kind }) => `${kind[0]} ${name}`);
const targets = (graph: Graph) => graph.train.filter(({ op }) => op.startsWith('call')).map(({ target }) => target);

/** The model's tensors at step 0. */
function start(graph: Graph) {
  const session = createSession({
    graph,
    seed: 1,
    batch: 2,
    loss: 'mse_loss',
    optimizer: { target: 'torch.optim.SGD', args: { lr: 0.1 } },
    probes: [],
    kernels: null,
  });
  return { session, tensor: (name: string) => Array.from(session.read(name)) };
}

suite('computed weights', () => {
  test('weight_norm keeps a length and a direction', async () => {
    const before = 'from torch.nn.utils import weight_norm, remove_weight_norm';
    const text = net(
      'self.a = weight_norm(nn.Linear(3, 4))\nself.b = weight_norm(nn.Linear(4, 2), dim=None)',
      'return self.b(self.a(x))',
      before,
    );
    const graph = await readGraph(text);
    assert.deepEqual(names(graph), [
      'p a.bias',
      'p a.weight_g',
      'p a.weight_v',
      'p b.bias',
      'p b.weight_g',
      'p b.weight_v',
    ]);
    assert.deepEqual(targets(graph), ['torch._weight_norm', 'a', 'torch._weight_norm', 'b']);
    assert.deepEqual(graph.problems, []);
    const { tensor } = start(graph);
    const v = tensor('a.weight_v');
    const length = (row: number[]) => Math.hypot(...row);
    for (const [i, g] of tensor('a.weight_g').entries())
      assert.ok(Math.abs(g - length(v.slice(3 * i, 3 * i + 3))) < 1e-6);
    assert.ok(Math.abs((tensor('b.weight_g')[0] ?? 0) - length(tensor('b.weight_v'))) < 1e-6);
    const plain = await readGraph(
      text.replace('self.b = weight', 'remove_weight_norm(self.a)\n        self.b = weight'),
    );
    assert.deepEqual(names(plain).slice(0, 2), ['p a.bias', 'p a.weight']);
  });

  test('spectral_norm in both spellings: its buffers move in training, and σ becomes 1', async () => {
    for (const [from, u, weight] of [
      ['torch.nn.utils', 'a.weight_u', 'a.weight_orig'],
      ['torch.nn.utils.parametrizations', 'a.parametrizations.weight.0._u', 'a.parametrizations.weight.original'],
    ] as const) {
      const text = net(
        'self.a = spectral_norm(nn.Linear(3, 3, bias=False))',
        'return self.a(x)',
        `from ${from} import spectral_norm`,
      );
      const graph = await readGraph(text);
      assert.ok(names(graph).includes(`b ${u}`) && names(graph).includes(`p ${weight}`), names(graph).join());
      assert.deepEqual(targets(graph), ['torch._spectral_norm', 'a']);
      const { session, tensor } = start(graph);
      const first = tensor(u);
      assert.ok(Math.abs(Math.hypot(...first) - 1) < 1e-6);
      const x = { shape: [2, 3], dtype: 'float32', data: Float32Array.from([1, 2, 3, -1, 0, 2]) } as const;
      const target = { shape: [2, 3], dtype: 'float32', data: new Float32Array(6) } as const;
      for (let i = 0; i < 3; i++) session.step([x], target);
      assert.notDeepEqual(tensor(u), first);
      assert.ok(Math.abs(Math.hypot(...tensor(u)) - 1) < 1e-6);
    }
  });

  test('weight_norm as a parametrization, and one of the user’s', async () => {
    const before = `from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils import parametrize
class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)`;
    const text = net(
      `self.a = weight_norm(nn.Conv1d(3, 4, 3))
self.b = nn.Linear(4, 4)
parametrize.register_parametrization(self.b, 'weight', Symmetric())
assert isinstance(self.b, nn.Linear) and parametrize.is_parametrized(self.b)`,
      'return self.b(self.a(x).mean(2))',
      before,
    );
    const graph = await readGraph(text, { input: 'torch.randn(2, 3, 8)' });
    assert.deepEqual(names(graph), [
      'p a.bias',
      'p a.parametrizations.weight.original0',
      'p a.parametrizations.weight.original1',
      'p b.bias',
      'p b.parametrizations.weight.original',
    ]);
    assert.deepEqual(graph.tensors[1]?.shape, [4, 1, 1]);
    assert.deepEqual(graph.problems, []);
    start(graph);
  });

  test('a hook that sets the weight', async () => {
    const before = `class Equal:
    def __call__(self, module, inputs):
        weight = getattr(module, 'weight_orig')
        setattr(module, 'weight', weight * (2 / weight[0].numel()) ** 0.5)
def equal_lr(module):
    weight = module.weight
    del module._parameters['weight']
    module.register_parameter('weight_orig', nn.Parameter(weight.data))
    module.register_forward_pre_hook(Equal())
    return module`;
    const graph = await readGraph(net('self.a = equal_lr(nn.Linear(3, 4))', 'return self.a(x)', before));
    assert.deepEqual(targets(graph), ['torch.mul', 'a']);
    assert.ok(graph.train.find(({ target }) => target === 'a')?.args['weight']);
    start(graph);
  });
});
