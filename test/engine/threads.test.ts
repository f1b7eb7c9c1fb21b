// The same bytes with one thread and with several, on plain and on fused kernels; stopping with threads.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { Cancelled } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { createSession, type SessionOptions, type Tensor } from '../../src/engine/session.ts';
import type { Threads } from '../../src/engine/threads.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { startThreads } from '../../src/worker/start-threads.ts';
import { cnn, encoder, mlp, resnet20 } from './nets.ts';
import { currentKernels } from './support.ts';

const modules = currentKernels();
const root = path.resolve(import.meta.dirname, '../..');

const NETS: Readonly<Record<string, () => Graph>> = {
  'an MLP with BatchNorm': () => mlp(64, [784, 256, 256, 10]),
  'a CNN': () => cnn(16),
  'a ResNet': () => resnet20(8),
  'a Transformer': () => encoder(8),
};

function batchOf(graph: Graph): readonly [Tensor, Tensor] {
  const shape = graph.inputs[0]?.shape ?? [];
  const random = new Random(0, 'batch');
  const size = shape.reduce((product, one) => product * one, 1);
  const data = Float32Array.from({ length: size }, () => random.normal());
  const [batch = 1] = shape;
  const target = Int32Array.from({ length: batch }, (_, i) => i % 10);
  return [
    { shape, dtype: 'float32', data },
    { shape: [batch], dtype: 'int64', data: target },
  ];
}

function optionsOf(graph: Graph, rest: Partial<SessionOptions>): SessionOptions {
  return {
    graph,
    seed: 1,
    batch: graph.inputs[0]?.shape[0] ?? 1,
    loss: 'cross_entropy',
    optimizer: { target: 'torch.optim.SGD', args: { lr: 0.05, momentum: 0.9 } },
    probes: [],
    kernels: modules.simd,
    ...rest,
  };
}

/** All that a few steps leave behind. */
function train(graph: Graph, rest: Partial<SessionOptions>): Uint8Array {
  const session = createSession(optionsOf(graph, rest));
  const [x, target] = batchOf(graph);
  const losses = Float64Array.from({ length: 3 }, () => session.step([x], target));
  const tensors = graph.tensors.map(({ name }) => session.read(name));
  const { output } = session.evaluate([x], target, { mode: 'eval' });
  session.dispose();
  return Buffer.concat([losses, ...tensors, output].map(({ buffer }) => new Uint8Array(buffer)));
}

suite('threads', () => {
  let folder = '';
  const pools: Threads[] = [];

  suiteSetup(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'threads-'));
    const outfile = path.join(folder, 'engine-thread.mjs');
    const entryPoints = [path.join(root, 'src/worker/engine-thread.ts')];
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
    pools.push(startThreads(2, outfile), startThreads(4, outfile));
  });

  suiteTeardown(() => {
    for (const pool of pools) pool.dispose();
    rmSync(folder, { recursive: true });
  });

  for (const [what, make] of Object.entries(NETS))
    for (const [name, kernels] of Object.entries(modules))
      test(`${what} gives the same bytes with 1, 2 and 4 threads (${name})`, function () {
        this.timeout(60_000);
        const graph = make();
        const alone = train(graph, { kernels });
        for (const threads of pools)
          assert.ok(Buffer.compare(train(graph, { kernels, threads }), alone) === 0, `${threads.count} threads`);
      });

  test('threads do take part', () => {
    const graph = resnet20(8);
    const [x, target] = batchOf(graph);
    for (const threads of pools) {
      const session = createSession(optionsOf(graph, { threads }));
      const helped = () => {
        session.step([x], target);
        return threads.helped;
      };
      for (let tries = 0; helped() < 20; tries++) assert.ok(tries < 100, 'nobody helped in a hundred steps');
      session.dispose();
    }
  });

  test('a small net keeps to one thread', () => {
    const session = createSession(optionsOf(mlp(5, [10, 20, 10]), { threads: pools[0] ?? null }));
    assert.ok(session.bytes < 2 ** 20);
    session.dispose();
  });

  test('sessions take turns on the same threads', () => {
    const [threads = null] = pools;
    const graph = cnn(16);
    const [x, target] = batchOf(graph);
    const sessions = [0, 1, 2].map((seed) => createSession(optionsOf(graph, { threads, seed })));
    const alone = [0, 1, 2].map((seed) => createSession(optionsOf(graph, { seed })));
    for (let round = 0; round < 3; round++)
      for (const [i, session] of sessions.entries())
        assert.equal(session.step([x], target), alone[i]?.step([x], target));
    for (const session of [...sessions, ...alone]) session.dispose();
  });

  test('stopping ends a step on all threads, and the next session runs', () => {
    const [threads = null] = pools;
    const graph = resnet20(8);
    const [x, target] = batchOf(graph);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const session = createSession(optionsOf(graph, { threads, stop }));
    session.step([x], target);
    const other = new Worker(
      'const { workerData } = require("node:worker_threads"); Atomics.store(new Int32Array(workerData), 0, 1)',
      { eval: true, workerData: stop.buffer },
    );
    assert.throws(() => {
      for (;;) session.step([x], target);
    }, Cancelled);
    assert.throws(() => session.read('fc.weight'), Cancelled);
    const small = cnn(16);
    assert.equal(Buffer.compare(train(small, { threads }), train(small, {})), 0);
    return other.terminate();
  });
});
