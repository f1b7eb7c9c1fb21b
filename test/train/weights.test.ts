// Files of weights, read and written, and runs that go on with what was saved. What PyTorch and NumPy wrote was
// recorded by tools/record-weights.py.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NO_HINTS } from '../../src/base/hints.ts';
import type { RunSpec } from '../../src/lab/plan.ts';
import { planObserve } from '../../src/lab/plan-observe.ts';
import { run } from '../../src/train/run.ts';
import { matchWeights } from '../../src/train/weights/match.ts';
import { writeNpz } from '../../src/train/weights/npz.ts';
import { writeSafetensors } from '../../src/train/weights/safetensors.ts';
import { readWeights, type Weights } from '../../src/train/weights/weights.ts';
import { sequence, simpleNet } from './nets.ts';

const folder = path.resolve(import.meta.dirname, '../fixtures/weights');
const read = (name: string) => readWeights(name, new Uint8Array(readFileSync(path.join(folder, name))));
const digits = readFileSync(path.resolve(import.meta.dirname, '../../media/data/digits.bin'));

const plain = ({ tensors }: Weights) =>
  Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]));

const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8'));

suite('files of weights', () => {
  for (const name of ['state_dict.pth', 'checkpoint.pth', 'module.pth', 'arrays.npz', 'numpy.safetensors'])
    test(`${name}, as PyTorch or NumPy wrote it`, () => {
      assert.deepEqual(plain(read(name)), expected);
    });

  test('views, halves and doubles of torch.save', () => {
    const { tensors } = read('types.pth');
    const numbers = (name: string) => [...(tensors.get(name)?.data ?? [])];
    assert.deepEqual(numbers('transposed'), [0, 3, 1, 4, 2, 5]);
    assert.deepEqual(tensors.get('transposed')?.shape, [3, 2]);
    assert.deepEqual(numbers('slice'), [2, 3, 4]);
    for (const name of ['half', 'bfloat16', 'double']) assert.deepEqual(numbers(name), [0.5, -1.25, 384, 0]);
    assert.deepEqual(numbers('flags'), [1, 0]);
    assert.ok(tensors.get('long')?.data instanceof Int32Array);
  });

  test('what is written is read again, with the same bytes each time', () => {
    const weights = { ...read('state_dict.pth'), metadata: { steps: '3' } };
    assert.deepEqual(readWeights('a', writeSafetensors(weights)), weights);
    assert.deepEqual(writeSafetensors(weights), writeSafetensors(weights));
    assert.deepEqual(plain(readWeights('a', writeNpz(weights.tensors))), expected);
  });

  test('what would unpack to more than memory holds is refused before it is unpacked', () => {
    for (const name of ['state_dict.pth', 'arrays.npz']) {
      const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
      const directory = Buffer.from(bytes).indexOf(Buffer.of(0x50, 0x4b, 1, 2));
      new DataView(bytes.buffer).setUint32(directory + 24, 0xf0000000, true);
      assert.throws(() => readWeights(name, bytes), { code: 'data/size', message: /more than 2048 MB/ });
    }
  });

  test('what cannot be read is refused by name, never half read', () => {
    const bytes = new Uint8Array(readFileSync(path.join(folder, 'state_dict.pth')));
    const safe = writeSafetensors(read('state_dict.pth'));
    assert.throws(() => readWeights('x.bin', new Uint8Array([1, 2, 3])), {
      code: 'weights/format',
      message: /x\.bin.*expected safetensors/,
    });
    assert.throws(() => readWeights('x.pth', bytes.subarray(0, 400)), { code: /^weights\// });
    assert.throws(() => readWeights('x', safe.subarray(0, safe.length - 4)), { code: 'weights/short' });
    assert.throws(() => read('tuple.pth'), { code: 'weights/none' });
    const header = new TextEncoder().encode('{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}  ');
    const odd = new Uint8Array(8 + header.length + 1);
    odd[0] = header.length;
    odd.set(header, 8);
    assert.throws(() => readWeights('x', odd), { code: 'weights/dtype', message: /`a`.*F8.*expected one of F64/ });
  });

  test('every prefix of a file is refused with a reason', () => {
    const bytes = new Uint8Array(readFileSync(path.join(folder, 'numpy.safetensors')));
    for (let length = 0; length < bytes.length; length += 7)
      assert.throws(() => readWeights('x', bytes.subarray(0, length)), { name: 'UserError' });
  });
});

suite('weights and models', () => {
  const graph = sequence(
    [2, 3],
    [
      { name: 'fc', class: 'Linear', args: { in_features: 3, out_features: 2 } },
      { name: 'bn', class: 'BatchNorm1d', args: { num_features: 2 } },
    ],
  );
  const weights = read('state_dict.pth');

  test('a wrapper before every name is taken off', () => {
    const wrapped = new Map([...weights.tensors].map(([name, tensor]) => [`module.${name}`, tensor]));
    const matched = matchWeights('w', { tensors: wrapped, metadata: {} }, graph);
    assert.deepEqual([...matched.keys()].sort(), [...weights.tensors.keys()].sort());
  });

  test('what does not fit is listed: shapes, missing and left over', () => {
    const tensors = new Map(weights.tensors);
    tensors.set('fc.weight', { shape: [3, 2], data: new Float32Array(6) });
    tensors.delete('bn.bias');
    tensors.set('head.weight', { shape: [1], data: new Float32Array(1) });
    assert.throws(() => matchWeights('w.pth', { tensors, metadata: {} }, graph), {
      code: 'weights/mismatch',
      message:
        "The weights of `w.pth` are not this model's: `fc.weight` is (3, 2) in the file and (2, 3) in the model; the file lacks `bn.bias`; the model has no `head.weight`.",
    });
  });

  test('a file from before num_batches_tracked loads', () => {
    const tensors = new Map(weights.tensors);
    tensors.delete('bn.num_batches_tracked');
    assert.equal(matchWeights('w', { tensors, metadata: {} }, graph).size, weights.tensors.size - 1);
  });
});

suite('a run that goes on', () => {
  const hints = { ...NO_HINTS, optimizer: { target: 'torch.optim.Adam', args: { lr: 0.01 } } };
  const specOf = (steps: number, more: Partial<RunSpec> = {}): RunSpec => {
    const [spec] = planObserve(simpleNet(), hints, { steps, batch: 8, save: true }).runs;
    assert.ok(spec);
    return { ...spec, observers: ['loss'], ...more };
  };
  const train = (spec: RunSpec) =>
    run({ graph: simpleNet(), spec, digits, kernels: null, pause: async () => {}, now: () => 0, onObserved: () => {} });

  for (const recipe of [
    {},
    { accumulate: 2, ema: 0.9, schedule: { target: 'torch.optim.lr_scheduler.StepLR', args: { step_size: 7 } } },
  ])
    test(`ends with the bytes of one that was never interrupted ${JSON.stringify(recipe)}`, async () => {
      const whole = await train(specOf(20, { recipe }));
      const first = await train(specOf(9, { recipe }));
      assert.ok(first.state && whole.state);
      const rest = await train(specOf(20, { recipe, start: { as: 'checkpoint', name: 'run', bytes: first.state } }));
      assert.deepEqual(rest.state, whole.state);
      assert.deepEqual(rest.summary['val_loss'], whole.summary['val_loss']);
      assert.equal(rest.steps, 20);
    });

  test('begins with given weights, and trains with a fresh optimizer', async () => {
    const { state: bytes } = await train(specOf(30));
    assert.ok(bytes);
    const fresh = await train(specOf(1));
    const warm = await train(specOf(1, { start: { as: 'weights', name: 'w', bytes } }));
    assert.ok((warm.summary['val_loss'] ?? 1) < (fresh.summary['val_loss'] ?? 0));
  });

  test('what cannot be gone on with is refused', async () => {
    const { state: bytes } = await train(specOf(5));
    assert.ok(bytes);
    const start = { as: 'checkpoint', name: 'run', bytes } as const;
    await assert.rejects(train(specOf(5, { start })), { code: 'run/steps', message: /has made 5 steps/ });
    const sgd = { target: 'torch.optim.SGD', args: { lr: 0.1, momentum: 0.9 } };
    await assert.rejects(train(specOf(9, { start, optimizer: sgd })), {
      code: 'engine/checkpoint',
      message: /lacks `#momentum_buffer/,
    });
    const plainWeights = writeSafetensors({ ...readWeights('run', bytes), metadata: {} });
    await assert.rejects(train(specOf(9, { start: { ...start, bytes: plainWeights } })), {
      code: 'weights/checkpoint',
    });
  });
});
