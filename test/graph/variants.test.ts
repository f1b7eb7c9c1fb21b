import assert from 'node:assert/strict';
import type { Graph } from '../../src/graph/graph.ts';
import { inferShapes } from '../../src/graph/infer-shapes.ts';
import { groupsOf, NORM_KINDS, type NormKind } from '../../src/graph/norms.ts';
import { normModules, withInit, withNorm } from '../../src/graph/variants.ts';
import { parameterCount, residualNet, simpleNet, tokenNet } from './graphs.ts';

function check(graph: Graph): void {
  for (const mode of ['train', 'eval'] as const) {
    const batch = graph.inputs[0]?.shape[0] ?? 2;
    const { types, problem } = inferShapes(graph, { batch, mode });
    assert.equal(problem, null);
    for (const node of graph[mode])
      if (node.op !== 'output') assert.deepEqual(types.get(node.name), node.outputs, node.name);
    const names = new Set(graph[mode].map(({ name }) => name));
    assert.equal(names.size, graph[mode].length, 'names are unique');
  }
  const owned = new Set(graph.modules.flatMap(({ state }) => Object.values(state)).filter((name) => name !== null));
  assert.deepEqual(new Set(graph.tensors.map(({ name }) => name)), owned);
}

suite('graph: variants', () => {
  test('every norm of an image model: classes and parameters', () => {
    const expected: Readonly<Record<NormKind, readonly [string, number]>> = {
      batch: ['torch.nn.BatchNorm2d', 32],
      layer: ['torch.nn.GroupNorm', 32],
      group: ['torch.nn.GroupNorm', 32],
      instance: ['torch.nn.InstanceNorm2d', 32],
      'ghost-batch': ['lab.GhostBatchNorm', 32],
      'batch-renorm': ['lab.BatchRenorm', 32],
      standardized: ['torch.nn.GroupNorm', 32],
      none: ['torch.nn.Identity', 0],
    };
    const without = 3 * 8 * 9 + 8 * 8 * 9 + 512 * 10 + 10;
    for (const kind of NORM_KINDS) {
      const graph = withNorm(residualNet(), kind);
      const [name, parameters] = expected[kind];
      check(graph);
      assert.deepEqual(
        graph.modules.filter(({ path }) => path.includes('bn')).map((module) => module.class),
        [name, name],
      );
      assert.equal(parameterCount(graph), without + parameters, kind);
    }
  });

  test('standardized weights are computed before every convolution', () => {
    const nodes = withNorm(residualNet(), 'standardized').eval.filter(({ target }) =>
      /weight_stand|conv$|^conv1$/.test(target),
    );
    assert.deepEqual(
      nodes.map(({ target }) => target).filter((target) => !target.endsWith('.weight')),
      ['lab.weight_standardization', 'conv1', 'lab.weight_standardization', 'block.conv'],
    );
    assert.deepEqual(nodes.find(({ target }) => target === 'block.conv')?.args['weight'], {
      node: 'block_conv_standardized',
    });
  });

  test('layer and group differ by their groups', () => {
    const args = (kind: NormKind) => withNorm(residualNet(), kind).modules.find(({ path }) => path === 'bn1')?.args;
    assert.equal(args('layer')?.['num_groups'], 1);
    assert.equal(args('group')?.['num_groups'], 4);
    assert.equal(args('group')?.['num_channels'], 8);
    assert.equal(withNorm(residualNet(), 'group', { groups: 2 }).modules[2]?.args['num_groups'], 2);
  });

  test('features without positions take a LayerNorm, and refuse InstanceNorm', () => {
    const graph = withNorm(simpleNet(), 'layer');
    check(graph);
    assert.equal(parameterCount(graph), 281);
    assert.deepEqual(graph.modules.find(({ path }) => path === 'bn1')?.class, 'torch.nn.LayerNorm');
    assert.throws(() => withNorm(simpleNet(), 'instance'), { code: 'graph/norm' });
  });

  test('running statistics come and go with BatchNorm', () => {
    const buffers = (graph: Graph) => graph.tensors.filter(({ kind }) => kind === 'buffer').map(({ name }) => name);
    assert.deepEqual(buffers(simpleNet()), ['bn1.running_mean', 'bn1.running_var', 'bn1.num_batches_tracked']);
    assert.deepEqual(buffers(withNorm(simpleNet(), 'group')), []);
    assert.deepEqual(buffers(withNorm(withNorm(simpleNet(), 'group'), 'batch')), buffers(simpleNet()));
  });

  test('the norm of tokens sees the channels in dimension 1, and gives them back last', () => {
    for (const kind of ['batch', 'group', 'instance', 'none'] as const) check(withNorm(tokenNet(), kind));
    const nodes = withNorm(tokenNet(), 'batch').train.map(({ name, target }) => `${name} ${target}`);
    assert.deepEqual(nodes.slice(2, 5), ['ln_channels_first torch.movedim', 'ln_norm ln', 'ln torch.movedim']);
    assert.deepEqual(withNorm(tokenNet(), 'layer'), tokenNet());
  });

  test("what the user's code did to gamma is kept", () => {
    const place = { path: 'net.py', line: 7, column: 9, endLine: 7, endColumn: 40 };
    const graph = simpleNet();
    const init = [{ target: 'torch.nn.init.constant_', args: { val: 0 }, place }];
    const tensors = graph.tensors.map((tensor) => (tensor.name === 'bn1.weight' ? { ...tensor, init } : tensor));
    const changed = withNorm({ ...graph, tensors }, 'layer');
    assert.deepEqual(changed.tensors.find(({ name }) => name === 'bn1.weight')?.init, init);
  });

  test('a model without norms stays as it is', () => {
    const plain = withNorm(simpleNet(), 'none');
    assert.deepEqual(normModules(plain), []);
    assert.deepEqual(withNorm(plain, 'batch'), plain);
  });

  test('groups divide the channels and keep two in each', () => {
    assert.deepEqual([64, 32, 48, 20, 6, 7, 2, 1].map(groupsOf), [32, 16, 16, 4, 2, 1, 1, 1]);
  });

  test('another init reaches weights only, and default brings the own one back', () => {
    const init = { target: 'torch.nn.init.orthogonal_', args: { gain: 1 } };
    const changed = withInit(residualNet(), init);
    const targets = Object.fromEntries(changed.tensors.map((tensor) => [tensor.name, tensor.init.at(-1)?.target]));
    assert.equal(targets['conv1.weight'], init.target);
    assert.equal(targets['fc.weight'], init.target);
    assert.equal(targets['fc.bias'], 'torch.nn.init.uniform_');
    assert.equal(targets['bn1.weight'], 'torch.nn.init.ones_');
    assert.deepEqual(withInit(changed, 'default'), residualNet());
  });
});
