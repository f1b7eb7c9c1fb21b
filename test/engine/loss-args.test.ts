// A session's loss with PyTorch's arguments, against the formulas written out.

import assert from 'node:assert/strict';
import type { LossArgs } from '../../src/engine/loss.ts';
import { createSession, type Session, type SessionOptions, type Tensor } from '../../src/engine/session.ts';
import type { RunSpec } from '../../src/lab/plan.ts';
import type { Task } from '../../src/train/data/dataset.ts';
import { fitLoss } from '../../src/train/loss-args.ts';
import { mlp } from './nets.ts';

const x: Tensor = { shape: [5, 3], dtype: 'float32', data: Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)) };
const classes: Tensor = { shape: [5], dtype: 'int64', data: Int32Array.of(0, 2, 1, 2, -100) };
const truths: Tensor = {
  shape: [5, 4],
  dtype: 'float32',
  data: Float32Array.from({ length: 20 }, (_, i) => (i % 3) & 1),
};

function open(loss: SessionOptions['loss'], lossArgs: LossArgs): Session {
  const optimizer = { target: 'torch.optim.SGD', args: { lr: 0.1 } };
  return createSession({
    ...{ graph: mlp(5, [3, 4]), seed: 0, batch: 5, loss, lossArgs, optimizer },
    ...{ probes: [], kernels: null },
  });
}

/** log_softmax of each row. */
function logs(output: Float32Array): number[][] {
  return Array.from({ length: 5 }, (_, row) => {
    const own = [...output.subarray(4 * row, 4 * row + 4)];
    const sum = Math.log(own.reduce((total, value) => total + Math.exp(value), 0));
    return own.map((value) => value - sum);
  });
}

suite('a loss with arguments', () => {
  test('cross_entropy weighs classes, smooths, and leaves out', () => {
    const weight = [0.5, 2, 3, 1];
    const session = open('cross_entropy', { weight, label_smoothing: 0.2, ignore_index: 1 });
    const target = { ...classes, data: Int32Array.of(0, 2, 1, 2, 3) };
    const { loss, output } = session.evaluate([x], target, { mode: 'eval' });
    let [sum, weights] = [0, 0];
    for (const [row, logp] of logs(output).entries()) {
      const t = target.data[row] ?? 0;
      if (t === 1) continue;
      weights += weight[t] ?? 0;
      sum -= 0.8 * (weight[t] ?? 0) * (logp[t] ?? 0);
      for (const [c, value] of logp.entries()) sum -= 0.05 * (weight[c] ?? 0) * value;
    }
    assert.ok(Math.abs(loss - sum / weights) < 1e-6);
    const before = session.evaluate([x], target, { mode: 'eval' }).loss;
    for (let i = 0; i < 20; i++) session.step([x], target);
    assert.ok(session.evaluate([x], target, { mode: 'eval' }).loss < before - 0.05);
  });

  test('binary_cross_entropy_with_logits weighs what is true', () => {
    for (const pos_weight of [[3], [1, 2, 3, 4]]) {
      const session = open('binary_cross_entropy_with_logits', { pos_weight });
      const { loss, output } = session.evaluate([x], truths, { mode: 'eval' });
      let sum = 0;
      for (const [i, value] of output.entries()) {
        const w = pos_weight[i % pos_weight.length] ?? 0;
        const p = 1 / (1 + Math.exp(-value));
        sum -= (truths.data[i] ?? 0) * w * Math.log(p) + (1 - (truths.data[i] ?? 0)) * Math.log(1 - p);
      }
      assert.ok(Math.abs(loss - sum / 20) < 1e-6);
    }
  });

  test('weights of another number of classes are refused', () => {
    assert.throws(() => open('cross_entropy', { weight: [1, 2] }), {
      code: 'engine/loss',
      message: /`weight` expects 4 numbers .* got 2/,
    });
    assert.throws(() => open('binary_cross_entropy_with_logits', { pos_weight: [1, 2] }), {
      code: 'engine/loss',
      message: /expects 1 or 4 numbers/,
    });
  });

  test('of a file’s arguments, a run takes those that fit, and says so', () => {
    const fitted = (lossArgs: RunSpec['lossArgs'], task: Pick<Task, 'loss' | 'classes'>) =>
      fitLoss({ lossArgs } as RunSpec, task as Task);
    const given = { weight: [1, 2, 3], label_smoothing: 0.1, pos_weight: 2 };
    const three = fitted(given, { loss: 'cross_entropy', classes: 3 });
    assert.deepEqual(three.args, { weight: [1, 2, 3], label_smoothing: 0.1 });
    assert.equal(three.choices.length, 2);
    const ten = fitted(given, { loss: 'cross_entropy', classes: 10 });
    assert.deepEqual(ten.args, { label_smoothing: 0.1 });
    assert.match(ten.choices.join(' '), /for 3 classes and the data have 10; left out/);
    assert.deepEqual(fitted(given, { loss: 'binary_cross_entropy_with_logits', classes: 0 }).args, { pos_weight: [2] });
    assert.deepEqual(fitted(given, { loss: 'mse_loss', classes: 0 }).args, {});
  });
});
