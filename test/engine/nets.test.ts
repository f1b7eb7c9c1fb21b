// Twenty recorded steps of whole nets, and what a session promises.

import assert from 'node:assert/strict';
import { createSession, type SessionOptions, type Tensor } from '../../src/engine/session.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { checkNet, recordedNets } from './net-oracle.ts';
import { mlp, oracleResnet, oracleTransformer, resnet18 } from './nets.ts';
import { currentKernels } from './support.ts';

const kernels = currentKernels();
const backends: [string, Uint8Array | null][] = [
  ['reference', null],
  ['simd', kernels.simd],
  ['fused', kernels.fused],
];

const graphs: Readonly<Record<string, () => Graph>> = {
  mlp: () => mlp(5, [10, 20, 1]),
  resnet: () => oracleResnet(4),
  transformer: () => oracleTransformer(3),
};

suite('nets: twenty steps as PyTorch', () => {
  for (const net of recordedNets('nets.json'))
    for (const [backend, module] of backends)
      test(`${net.name} (${backend})`, () => checkNet(net, graphs[net.name]?.() ?? assert.fail(), module));
});

const options: SessionOptions = {
  graph: mlp(6, [4, 8, 3]),
  seed: 5,
  batch: 6,
  loss: 'cross_entropy',
  optimizer: { target: 'torch.optim.SGD', args: { lr: 0.1, momentum: 0.9 } },
  probes: ['bn1', 'relu1'],
  kernels: kernels.simd,
};
const x: Tensor = {
  shape: [6, 4],
  dtype: 'float32',
  data: Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) / 5 - 1),
};
const y: Tensor = { shape: [6], dtype: 'int64', data: Int32Array.from([0, 1, 2, 0, 1, 2]) };

suite('session', () => {
  test('the same seed gives the same bytes, another seed others', () => {
    const run = (seed: number) => {
      const session = createSession({ ...options, seed });
      for (let i = 0; i < 30; i++) session.step([x], y);
      return session.read('fc1.weight');
    };
    assert.deepEqual(run(5), run(5));
    assert.notDeepEqual(run(5), run(6));
  });

  test('evaluation moves running statistics only when it is told to', () => {
    const session = createSession(options);
    session.step([x], y);
    const before = session.read('bn1.running_mean');
    const train = session.evaluate([x], y, { mode: 'train' });
    const evaluated = session.evaluate([x], y, { mode: 'eval' });
    assert.deepEqual(session.read('bn1.running_mean'), before);
    assert.equal(session.read('bn1.num_batches_tracked')[0], 1);
    assert.notEqual(train.loss, evaluated.loss);
    session.evaluate([x], y, { mode: 'train', track: true });
    assert.notDeepEqual(session.read('bn1.running_mean'), before);
    assert.equal(session.read('bn1.num_batches_tracked')[0], 2);
  });

  test('the update is what the last step changed', () => {
    const session = createSession(options);
    session.step([x], y);
    const before = session.read('fc1.weight');
    session.step([x], y);
    const change = session.read('fc1.weight').map((value, i) => value - (before[i] ?? 0));
    const { norm, count } = session.measureParameter('fc1.weight', 'update');
    assert.equal(count, 32);
    assert.ok(Math.abs(norm - Math.hypot(...change)) < 1e-6 * norm);
  });

  test('probed nodes are measured where they lie', () => {
    const session = createSession(options);
    session.step([x], y);
    session.evaluate([x], y, { mode: 'eval' });
    const { data, shape } = session.activation('relu1', 'output');
    assert.deepEqual(shape, [6, 8]);
    const measured = session.measure('relu1', 'output');
    assert.equal(measured.zeros, data.filter((value) => value === 0).length);
    assert.equal(
      measured.bins.reduce((sum, n) => sum + n, 0),
      48 - measured.zeros,
    );
    const mean = data.reduce((sum, value) => sum + value, 0) / 48;
    assert.ok(Math.abs(measured.mean - mean) < 1e-6);
    const gradient = session.activation('bn1', 'gradient').data;
    const blocked = session.activation('bn1', 'output').data.every((value, i) => value > 0 || gradient[i] === 0);
    assert.ok(blocked, 'relu stops the gradient where its input is negative');
    assert.throws(() => session.measure('fc1', 'output'), { code: 'engine/probe' });
  });

  test('probing changes no number', () => {
    const run = (probes: readonly string[]) => {
      const session = createSession({ ...options, probes });
      return Array.from({ length: 10 }, () => session.step([x], y));
    };
    assert.deepEqual(run([]), run(['fc1', 'bn1', 'relu1', 'fc2']));
  });

  test('a step that is not readable computes the same, and says what it lacks', () => {
    const [mixed, readable] = [createSession(options), createSession(options)];
    for (let i = 0; i < 6; i++)
      assert.equal(mixed.step([x], y, { readable: i % 3 === 2 }), readable.step([x], y), `step ${i}`);
    assert.deepEqual(mixed.measure('bn1', 'gradient'), readable.measure('bn1', 'gradient'));
    assert.deepEqual(mixed.read('fc2.weight'), readable.read('fc2.weight'));
    mixed.step([x], y, { readable: false });
    assert.throws(() => mixed.measure('bn1', 'output'), { code: 'engine/probe', message: /not readable/ });
  });

  test('another batch size gets a program of its own', () => {
    const session = createSession(options);
    const half = { shape: [3, 4], dtype: 'float32', data: x.data.slice(0, 12) } as const;
    const loss = session.step([half], { shape: [3], dtype: 'int64', data: y.data.slice(0, 3) });
    assert.ok(Number.isFinite(loss));
    const { output } = session.evaluate([x], y, { mode: 'eval' });
    assert.equal(output.length, 18);
  });

  test('what does not fit is refused in words', () => {
    assert.throws(() => createSession({ ...options, memoryLimit: 1000 }), {
      code: 'engine/memory',
      message: /`fc1.weight`/,
    });
    assert.throws(() => createSession({ ...options, memoryLimit: 131072 + 4 }), { code: 'engine/memory' });
    assert.throws(() => createSession({ ...options, optimizer: { target: 'torch.optim.LBFGS', args: {} } }), {
      code: 'engine/optimizer',
    });
    const session = createSession(options);
    assert.throws(() => session.step([{ ...x, shape: [4, 6] }], y), { code: /engine|shape/ });
    assert.throws(() => session.step([x], { ...y, data: Int32Array.from([0, 1, 2, 0, 1, 3]) }), {
      code: 'engine/target',
    });
    assert.throws(() => session.read('nothing'), { code: 'engine/name' });
  });

  test('an unknown operation is refused with its line, before training', () => {
    const place = { path: 'model.py', line: 12, column: 5, endLine: 12, endColumn: 20 };
    const nodes = options.graph.train.map((node) =>
      node.name === 'relu1' ? { ...node, op: 'call_function' as const, target: 'torch.fft.fft', place } : node,
    );
    assert.throws(() => createSession({ ...options, graph: { ...options.graph, train: nodes, eval: nodes } }), {
      code: 'engine/unsupported',
      message: '`torch.fft.fft` at model.py:12 is not an operation the engine can compute.',
    });
  });

  test('ResNet-18 learns a batch', () => {
    const session = createSession({
      ...options,
      graph: resnet18(3, 32),
      batch: 3,
      optimizer: { target: 'torch.optim.SGD', args: { lr: 0.02, momentum: 0.9 } },
      probes: [],
    });
    const image: Tensor = {
      shape: [3, 3, 32, 32],
      dtype: 'float32',
      data: Float32Array.from({ length: 9216 }, (_, i) => ((i * 7919) % 1009) / 504 - 1),
    };
    const label: Tensor = { shape: [3], dtype: 'int64', data: Int32Array.from([0, 1, 2]) };
    const losses = Array.from({ length: 4 }, () => session.step([image], label));
    assert.ok((losses[3] ?? 9) < 0.7 * (losses[0] ?? 0), `losses ${losses}`);
  });

  test('a disposed session computes no more', () => {
    const session = createSession(options);
    session.dispose();
    assert.throws(() => session.step([x], y));
  });
});
