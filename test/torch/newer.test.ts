// What the recorded version of PyTorch has not, or draws by chance: held against definitions.

import assert from 'node:assert/strict';
import { Random } from '../../src/base/random.ts';
import { leaves } from '../../src/torch/layer.ts';
import { findFunction, findLayer } from '../../src/torch/lookup.ts';
import type { Ops } from '../../src/torch/ops.ts';
import type { Values } from '../../src/torch/signature.ts';
import type { Dense } from './dense.ts';
import { type TensorSpec, tensorOf } from './oracle.ts';
import { slowOps } from './slow-ops.ts';

function withChance(seed: number): Ops<Dense> {
  const stream = new Random(seed, 'test');
  return {
    ...slowOps,
    random: (spec) => {
      const draw = () => (spec.kind === 'normal' ? stream.normal() : stream.uniform());
      const next = () => (spec.kind === 'bernoulli' ? Number(draw() < spec.p) : draw());
      const data = Array.from({ length: spec.shape.reduce((a, b) => a * b, 1) }, next);
      return { shape: spec.shape, dtype: 'float32', data };
    },
  };
}

function layer(name: string, args: Values, input: Dense, ops: Ops<Dense> = slowOps): Dense {
  const found = findLayer(name);
  assert.ok(found);
  const state = Object.fromEntries(
    Object.entries(found.state(args)).map(([key, spec]) => [key, spec && tensorOf(key, { shape: spec.shape })]),
  );
  const inputs = { input: { node: 'x' } };
  const [y] = leaves(found.forward({ ops, args, inputs, tensor: () => input, state, training: true }));
  assert.ok(y);
  return y;
}

function call(name: string, args: Values, specs: Readonly<Record<string, TensorSpec>>, ops = slowOps): Dense {
  const found = findFunction(name);
  assert.ok(found);
  const tensor = ({ node }: { readonly node: string }) => tensorOf(node, specs[node] ?? { shape: [] });
  const [y] = leaves(found.fn.forward({ ops, args, tensor, training: true }));
  assert.ok(y);
  return y;
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, want] of expected.entries()) assert.ok(Math.abs((actual[i] ?? Number.NaN) - want) < 1e-6, `${i}`);
}

suite('torch: newer than the recording, or by chance', () => {
  test('RMSNorm divides by the root of the mean square', () => {
    const x: Dense = { shape: [1, 2], dtype: 'float32', data: [3, 4] };
    const { data } = layer('torch.nn.RMSNorm', { normalized_shape: 2, elementwise_affine: false }, x);
    close(data, [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5)]);
    const eps = layer('torch.nn.RMSNorm', { normalized_shape: 2, eps: 12.5, elementwise_affine: false }, x);
    close(eps.data, [3 / 5, 4 / 5]);
  });

  test('LayerNorm without a bias', () => {
    assert.deepEqual(findLayer('torch.nn.LayerNorm')?.state({ normalized_shape: 2, bias: false })['bias'], null);
  });

  test('attention: a bool mask says which positions take part', () => {
    const specs = {
      q: { shape: [2, 3, 4] },
      k: { shape: [2, 3, 4] },
      v: { shape: [2, 3, 4] },
      ones: { shape: [3, 3], positive: true },
    };
    const qkv = { query: { node: 'q' }, key: { node: 'k' }, value: { node: 'v' } };
    const name = 'torch.nn.functional.scaled_dot_product_attention';
    const causal = call(name, { ...qkv, is_causal: true }, specs);
    const lower = call('torch.tril', { input: { node: 'ones' } }, specs);
    const mask = { ...lower, dtype: 'bool' as const, data: lower.data.map((x) => Number(x > 0)) };
    const found = findFunction(name);
    const tensors: Readonly<Record<string, Dense>> = {
      q: tensorOf('q', specs.q),
      k: tensorOf('k', specs.k),
      v: tensorOf('v', specs.v),
      mask,
    };
    const masked = found?.fn.forward({
      ops: slowOps,
      args: { ...qkv, attn_mask: { node: 'mask' } },
      tensor: ({ node }) => tensors[node] ?? mask,
      training: true,
    });
    close(leaves(masked ?? null)[0]?.data ?? [], causal.data);
    // The first row sees the first position only.
    close(causal.data.slice(0, 4), tensors['v']?.data.slice(0, 4) ?? []);
  });

  test('alpha dropout keeps the mean and variance of standard normal input', () => {
    const stream = new Random(5, 'input');
    const x: Dense = { shape: [20000], dtype: 'float32', data: Array.from({ length: 20000 }, () => stream.normal()) };
    for (const p of [0.1, 0.5, 0.9]) {
      const { data } = layer('torch.nn.AlphaDropout', { p }, x, withChance(1));
      const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
      const variance = data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length;
      assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${p}: ${mean}, ${variance}`);
      // All dropped units become one value: SELU's far left, rescaled.
      const dropped = (-1.7580993408473766 * (1 - p)) / Math.sqrt((1.7580993408473766 ** 2 * p + 1) * (1 - p));
      const share = data.filter((v) => Math.abs(v - dropped) < 1e-9).length / data.length;
      assert.ok(Math.abs(share - p) < 0.02, `${p}: ${share}`);
    }
  });

  test('rrelu draws a slope for every negative element', () => {
    const x: Dense = {
      shape: [1000],
      dtype: 'float32',
      data: Array.from({ length: 1000 }, (_, i) => (i < 500 ? -1 : 2)),
    };
    const { data } = layer('torch.nn.RReLU', { lower: 0.1, upper: 0.3 }, x, withChance(2));
    const slopes = data.slice(0, 500).map((v) => -v);
    assert.ok(Math.min(...slopes) >= 0.1 && Math.max(...slopes) <= 0.3);
    assert.ok(Math.abs(slopes.reduce((a, b) => a + b, 0) / 500 - 0.2) < 0.01);
    assert.ok(data.slice(500).every((v) => v === 2));
  });

  test('numbers drawn in a forward()', () => {
    const { data } = call('torch.randn_like', { input: { node: 'x' } }, { x: { shape: [4000] } }, withChance(3));
    assert.ok(Math.abs(data.reduce((a, b) => a + b, 0) / 4000) < 0.08);
    const shifted = call(
      'torch.Tensor.uniform_',
      { input: { node: 'x' }, from: 2, to: 3 },
      { x: { shape: [100] } },
      withChance(4),
    );
    assert.ok(shifted.data.every((v) => v >= 2 && v < 3));
    const coins = call(
      'torch.bernoulli',
      { input: { node: 'p' } },
      { p: { shape: [4000], positive: true, unit: true } },
      withChance(5),
    );
    const expected =
      tensorOf('p', { shape: [4000], positive: true, unit: true }).data.reduce((a, b) => a + b, 0) / 4000;
    assert.ok(Math.abs(coins.data.reduce((a, b) => a + b, 0) / 4000 - expected) < 0.05);
  });

  test('dropout by channel takes an input without a batch', () => {
    const x = tensorOf('x', { shape: [3, 2, 2, 2] });
    const seen: string[] = [];
    const ops: Ops<Dense> = {
      ...slowOps,
      dropout: (input, _, __, per) => {
        seen.push(`${per} ${input.shape.join()}`);
        return input;
      },
    };
    layer('torch.nn.Dropout3d', {}, x, ops);
    layer('torch.nn.Dropout2d', {}, x, ops);
    assert.deepEqual(seen, ['channel 1,3,2,2,2', 'channel 3,2,2,2']);
  });
});
