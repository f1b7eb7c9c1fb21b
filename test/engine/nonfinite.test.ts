// Where NaN and infinity come from: operation, pass, layer; and what a run says of it.

import assert from 'node:assert/strict';
import { NO_HINTS } from '../../src/base/hints.ts';
import { findNonFinite, type NonFinite } from '../../src/engine/nonfinite.ts';
import { createSession, type SessionOptions, type Tensor } from '../../src/engine/session.ts';
import { GraphBuilder } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { planObserve } from '../../src/lab/plan-observe.ts';
import type { NodeRef } from '../../src/torch/signature.ts';
import { run } from '../../src/train/run.ts';
import { mlp } from './nets.ts';
import { currentKernels } from './support.ts';

const { simd } = currentKernels();
const x: Tensor = { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, -2, 0.5, -1, 3, 2) };
const y: Tensor = { shape: [2, 2], dtype: 'float32', data: Float32Array.of(1, 0, 0, 1) };

/** Two linear layers with a function between. */
function net(between: (builder: GraphBuilder, input: NodeRef) => NodeRef): Graph {
  const builder = new GraphBuilder('Net');
  const input = builder.input({ shape: [2, 3] });
  const hidden = builder.layer('fc1', 'torch.nn.Linear', { in_features: 3, out_features: 4 }, input);
  return builder.finish(
    builder.layer('fc2', 'torch.nn.Linear', { in_features: 4, out_features: 2 }, between(builder, hidden)),
  );
}

function optionsOf(graph: Graph, lr: number, kernels: Uint8Array | null): SessionOptions {
  const optimizer = { target: 'torch.optim.SGD', args: { lr } };
  return { graph, seed: 0, batch: 2, loss: 'mse_loss', optimizer, probes: [], kernels };
}

function find(
  graph: Graph,
  {
    lr = 0.1,
    zero = [],
    given = x,
  }: { readonly lr?: number; readonly zero?: readonly string[]; readonly given?: Tensor },
): NonFinite | null {
  const found = [null, simd].map((kernels) => {
    const options = optionsOf(graph, lr, kernels);
    const session = createSession(options);
    for (const name of zero) session.write(name, session.read(name).fill(0));
    return findNonFinite(options, session.save(), { inputs: [given], target: y });
  });
  assert.deepEqual(found[0], found[1]);
  return found[0] ?? null;
}

suite('not finite: who made it', () => {
  const root = net((builder, input) => builder.call('torch.sqrt', { input: builder.call('torch.square', { input }) }));
  const zero = ['fc1.weight', 'fc1.bias'];

  test('nobody, where all is finite', () => assert.equal(find(root, {}), null));

  test('log of 0, forward', () => {
    const graph = net((builder, input) =>
      builder.call('torch.log', { input: builder.call('torch.square', { input }) }),
    );
    const found = find(graph, { zero });
    assert.deepEqual(found, { phase: 'forward', where: 'log', nan: 0, inf: 8, count: 8, largest: 0 });
  });

  test('the square root at 0, backward', () => {
    const found = find(root, { zero });
    assert.equal(found?.phase, 'backward');
    assert.equal(found.where, 'sqrt');
    assert.equal(found.nan + found.inf, 8);
  });

  test('the optimizer', () => {
    const found = find(root, { lr: 3e38, given: { ...x, data: x.data.map((one) => 100 * one) } });
    assert.equal(found?.phase, 'update');
    assert.equal(found.where, 'fc1.weight');
  });

  test('the batch itself', () => {
    const data = x.data.slice();
    data[4] = Number.NaN;
    const found = find(root, { given: { ...x, data } });
    assert.equal(found?.phase, 'given');
    assert.equal(found.nan, 1);
  });

  test('an infinity that a mask was given is nobody’s fault', () => {
    const graph = net((builder, input) => {
      const mask = builder.call('torch.gt', { input, other: 1e9 });
      const masked = builder.call('torch.masked_fill', { input, mask, value: Number.NEGATIVE_INFINITY });
      return builder.call('torch.exp', { input: masked });
    });
    assert.equal(find(graph, {}), null);
  });
});

suite('not finite: what a run says', () => {
  test('the layer and the pass, a step before the loss shows it', async () => {
    const graph = mlp(8, [10, 16, 1]);
    const optimizer = { target: 'torch.optim.SGD', args: { lr: 1e30 } };
    const plan = planObserve(graph, { ...NO_HINTS, optimizer }, { steps: 50, batch: 8 });
    const [spec] = plan.runs;
    assert.ok(spec);
    const quiet = { pause: async () => {}, now: () => 0, onObserved: () => {} };
    const data = { kind: 'synthetic', name: 'linear-teacher', args: {} } as const;
    const result = await run({
      graph,
      spec: { ...spec, data, observers: ['loss'] },
      digits: null,
      kernels: simd,
      ...quiet,
    });
    assert.equal(result.status, 'diverged');
    assert.match(
      result.reason,
      /^The loss became \S+ at step \d+\. The first to make them was `\S+` \(\w+\), in the (forward|backward) pass of step \d+: .* among \d+ numbers; what went in was at most \S+ in size\.$|The optimizer made/,
    );
  });
});
