// Stopping inside a step: between two slices, and what was cut short is never taken for finished.

import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { Cancelled } from '../../src/base/errors.ts';
import { type Backend, referenceBackend } from '../../src/engine/backend.ts';
import { arrange, type Call } from '../../src/engine/parts.ts';
import { createSession, type SessionOptions, type Tensor } from '../../src/engine/session.ts';
import { Slices } from '../../src/engine/slices.ts';
import { resnet18 } from './nets.ts';
import { currentKernels } from './support.ts';

const { simd } = currentKernels();
const word = () => new Int32Array(new SharedArrayBuffer(4));
/** Twenty milliseconds, by the estimates. */
const LONG: Call = {
  name: 'unary',
  args: { op: 0, n: 50_000_000, x: 1 << 20, y: 1 << 28, alpha: 0, beta: 0 },
};

/** Runs nothing, and tells how often it was asked to. */
function counting(onRun: (count: number) => void): Backend {
  let count = 0;
  return { ...referenceBackend(), name: 'simd', load: () => ({ run: () => onRun(++count) }) };
}

const batch: Tensor = { shape: [2, 3, 32, 32], dtype: 'float32', data: new Float32Array(2 * 3 * 32 * 32).fill(0.5) };
const target: Tensor = { shape: [2], dtype: 'int64', data: Int32Array.from([3, 7]) };
const options: SessionOptions = {
  graph: resnet18(2, 32),
  seed: 0,
  batch: 2,
  loss: 'cross_entropy',
  optimizer: { target: 'torch.optim.SGD', args: { lr: 0.01 } },
  probes: ['bn1'],
  kernels: simd,
};

suite('stopping', () => {
  test('no slice is longer than a few milliseconds', () => {
    const slices = new Slices(
      counting(() => {}),
      arrange([LONG], 0),
    );
    assert.ok(slices.count >= 8, `${slices.count} slices`);
  });

  test('after the word is set no further slice runs', () => {
    const stop = word();
    let ran = 0;
    const slices = new Slices(
      counting((count) => {
        ran = count;
        if (count === 3) Atomics.store(stop, 0, 1);
      }),
      arrange([LONG], 0),
    );
    assert.equal(slices.run(stop), false);
    assert.equal(ran, 3);
    Atomics.store(stop, 0, 0);
    assert.equal(slices.run(stop), true);
    assert.equal(slices.run(null), true);
  });

  test('another thread stops a step; the session then gives nothing of it', () => {
    const stop = word();
    const session = createSession({ ...options, stop });
    const loss = session.step([batch], target);
    assert.ok(Number.isFinite(loss));
    const other = new Worker(
      'const { workerData } = require("node:worker_threads"); Atomics.store(new Int32Array(workerData), 0, 1)',
      { eval: true, workerData: stop.buffer },
    );
    assert.throws(() => {
      for (;;) session.step([batch], target);
    }, Cancelled);
    for (const ask of [
      () => session.step([batch], target),
      () => session.evaluate([batch], target, { mode: 'eval' }),
      () => session.read('conv1.weight'),
      () => session.gradient('conv1.weight'),
      () => session.save(),
      () => session.measureParameter('conv1.weight', 'update'),
    ])
      assert.throws(ask, Cancelled);
    assert.throws(() => session.measure('bn1', 'output'));
    session.dispose();
    return other.terminate();
  });
});
