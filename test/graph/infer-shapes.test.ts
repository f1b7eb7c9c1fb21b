import assert from 'node:assert/strict';
import type { Graph } from '../../src/graph/graph.ts';
import { inferShapes } from '../../src/graph/infer-shapes.ts';
import { residualNet, simpleNet, tokenNet } from './graphs.ts';

suite('graph: infer shapes', () => {
  test('a graph holds for any batch size', () => {
    for (const batch of [1, 5, 64]) {
      const { types, outputs, problem } = inferShapes(residualNet(), { batch, mode: 'train' });
      assert.equal(problem, null);
      assert.deepEqual(types.get('block_conv'), [{ shape: [batch, 8, 8, 8], dtype: 'float32' }]);
      assert.deepEqual(outputs, [{ shape: [batch, 10], dtype: 'float32' }]);
    }
  });

  test('at the example batch, what was traced', () => {
    for (const graph of [simpleNet(), residualNet(), tokenNet()])
      for (const mode of ['train', 'eval'] as const) {
        const batch = graph.inputs[0]?.shape[0] ?? 0;
        const { types } = inferShapes(graph, { batch, mode });
        for (const node of graph[mode])
          if (node.op !== 'output') assert.deepEqual(types.get(node.name), node.outputs, node.name);
      }
  });

  test('an attention without weights gives one output', () => {
    const { outputs } = inferShapes(tokenNet(), { batch: 3, mode: 'eval' });
    assert.deepEqual(outputs, [{ shape: [3, 6, 8], dtype: 'float32' }]);
  });

  test('a batch of one cannot be normalized by its own statistics', () => {
    const train = inferShapes(simpleNet(), { batch: 1, mode: 'train' });
    assert.equal(train.problem?.code, 'shape/size');
    assert.equal(train.problem?.node, 'bn1');
    assert.equal(
      train.problem?.message,
      'BatchNorm1d expects more than 1 value per channel when training, and got [1, 20].',
    );
    assert.deepEqual([...train.types.keys()], ['x', 'fc1']);
    assert.equal(inferShapes(simpleNet(), { batch: 1, mode: 'eval' }).problem, null);
  });

  test('what does not fit is a problem at the line of its node', () => {
    const place = { path: 'net.py', line: 12, column: 5, endLine: 12, endColumn: 20 };
    const graph = simpleNet();
    const modules = graph.modules.map((module) =>
      module.path === 'fc2' ? { ...module, args: { in_features: 64, out_features: 1 } } : module,
    );
    const train = graph.train.map((node) => (node.name === 'fc2' ? { ...node, place } : node));
    const { problem } = inferShapes({ ...graph, modules, train }, { batch: 5, mode: 'train' });
    assert.equal(problem?.message, 'Linear expects 64 features in the last dimension of its input, and got [5, 20].');
    assert.equal(problem?.place, place);
  });

  test('an unknown function is named', () => {
    const graph = simpleNet();
    const train = graph.train.map((node) =>
      node.name === 'relu' ? { ...node, op: 'call_function' as const, target: 'torch.fft.rfft' } : node,
    );
    const { problem } = inferShapes({ ...graph, train } satisfies Graph, { batch: 5, mode: 'train' });
    assert.equal(problem?.code, 'torch/unknown-function');
    assert.match(problem?.message ?? '', /torch\.fft\.rfft/);
  });
});
