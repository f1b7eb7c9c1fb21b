// A folded graph computes in evaluation what the graph itself does, whatever its state has become.

import assert from 'node:assert/strict';
import { Random } from '../../src/base/random.ts';
import { createSession, type Session, type Tensor } from '../../src/engine/session.ts';
import { sequential } from '../../src/graph/build.ts';
import { foldBatchNorm } from '../../src/graph/fold-batchnorm.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { cnn, mlp, oracleResnet } from './nets.ts';
import { relativeError } from './support.ts';

const norms = (graph: Graph) =>
  graph.eval.filter(({ op, target }) => op === 'call_module' && isNorm(graph, target)).length;
const isNorm = (graph: Graph, path: string) =>
  graph.modules.some((module) => module.path === path && module.class.includes('BatchNorm'));

function open(graph: Graph): Session {
  return createSession({
    graph,
    seed: 2,
    batch: graph.inputs[0]?.shape[0] ?? 1,
    loss: 'mse_loss',
    optimizer: { target: 'torch.optim.SGD', args: { lr: 0.05 } },
    probes: [],
    kernels: null,
  });
}

function draw(shape: readonly number[], name: string): Tensor {
  const random = new Random(4, name);
  const size = shape.reduce((product, one) => product * one, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => random.normal()) };
}

/** Trains a little, so that no statistic is the trivial one, then compares. */
function compare(graph: Graph, left: number): void {
  const folded = foldBatchNorm(graph);
  assert.equal(norms(folded), left);
  assert.equal(folded.train, graph.train);
  const [whole, short] = [open(graph), open(folded)];
  const output = graph.eval.find(({ op }) => op === 'output')?.args['output'] as { node: string };
  const target = draw(graph.eval.find(({ name }) => name === output.node)?.outputs[0]?.shape ?? [], 'target');
  for (let i = 0; i < 3; i++)
    for (const session of [whole, short]) session.step([draw(graph.inputs[0]?.shape ?? [], `x${i}`)], target);
  const x = draw(graph.inputs[0]?.shape ?? [], 'x');
  const outputs = [whole, short].map((session) => session.evaluate([x], target, { mode: 'eval' }).output);
  assert.ok(relativeError(outputs[1] ?? [], outputs[0] ?? []) < 1e-5);
  assert.ok((outputs[0] ?? []).some((value) => value !== 0));
}

suite('BatchNorm folded into the product before it', () => {
  test('behind Linear', () => compare(mlp(5, [7, 9, 8, 2]), 0));
  test('behind convolutions without bias', () => compare(cnn(2), 0));
  test('in a residual net', () => compare(oracleResnet(4), 0));

  test('behind a transposed convolution', () => {
    const up = { in_channels: 3, out_channels: 4, kernel_size: 3, stride: 2 };
    const layers = [
      { class: 'torch.nn.ConvTranspose2d', args: up },
      { class: 'torch.nn.BatchNorm2d', args: { num_features: 4, affine: false } },
    ];
    compare(sequential('Up', { shape: [2, 3, 4, 4] }, layers), 0);
  });

  test('at a batch size, where outputs are many beside the weight and no relu is computed with the norm', () => {
    const conv = { class: 'torch.nn.Conv2d', args: { in_channels: 3, out_channels: 3, kernel_size: 3 } };
    const norm = { class: 'torch.nn.BatchNorm2d', args: { num_features: 3 } };
    const tail = (last: string) => sequential('Net', { shape: [2, 3, 8, 8] }, [conv, norm, { class: last }]);
    assert.equal(norms(foldBatchNorm(tail('torch.nn.Tanh'), 1)), 1);
    assert.equal(norms(foldBatchNorm(tail('torch.nn.Tanh'), 4)), 0);
    assert.equal(norms(foldBatchNorm(tail('torch.nn.ReLU'), 4)), 1);
    const net = mlp(5, [7, 9, 8, 2]);
    assert.equal(foldBatchNorm(net, 5), net);
  });

  test('not where something else reads the product, nor without running statistics', () => {
    const linear = { class: 'torch.nn.Linear', args: { in_features: 4, out_features: 4 } };
    const untracked = { class: 'torch.nn.BatchNorm1d', args: { num_features: 4, track_running_stats: false } };
    const relu = { class: 'torch.nn.ReLU' };
    const norm = { class: 'torch.nn.BatchNorm1d', args: { num_features: 4 } };
    compare(sequential('Untracked', { shape: [3, 4] }, [linear, untracked]), 1);
    compare(sequential('Between', { shape: [3, 4] }, [linear, relu, norm]), 1);
  });
});
