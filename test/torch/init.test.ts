// Initializations against theory and against what PyTorch drew: the same distribution, not the same numbers.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Random } from '../../src/base/random.ts';
import {
  allInitializers,
  calculate_gain,
  fans,
  findInit,
  initialValues,
  type Nonlinearity,
} from '../../src/torch/init.ts';
import type { InitStep } from '../../src/torch/layer.ts';
import { findLayer } from '../../src/torch/lookup.ts';
import type { Values } from '../../src/torch/signature.ts';

interface Statistics {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly zeros: number;
}

const oracle: {
  readonly inits: readonly (Statistics & { readonly name: string; readonly args: Values })[];
  readonly layers: readonly {
    readonly name: string;
    readonly args: Values;
    readonly state: Readonly<Record<string, Statistics>>;
  }[];
  readonly gains: readonly (readonly [Nonlinearity, number | null, number])[];
} = JSON.parse(readFileSync(new URL('../oracle/torch-inits.json', import.meta.url), 'utf8'));

function draw(steps: readonly InitStep[], shape: readonly number[], seed = 1): Float32Array {
  return initialValues(steps, shape, new Random(seed, 'test'));
}

function statistics(values: Float32Array): Omit<Statistics, 'shape'> {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
  const zeros = values.filter((x) => x === 0).length / n;
  return { mean, std, min: Math.min(...values), max: Math.max(...values), zeros };
}

/** Within five standard errors of two samples of this size; a spread of none must be exactly none. */
function alike(values: Float32Array, expected: Statistics, what: string): void {
  const found = statistics(values);
  const error = 5 * Math.SQRT2 * (expected.std / Math.sqrt(values.length));
  assert.ok(Math.abs(found.mean - expected.mean) <= error + 1e-6, `${what}: mean ${found.mean}, not ${expected.mean}`);
  assert.ok(Math.abs(found.std - expected.std) <= error + 1e-6, `${what}: std ${found.std}, not ${expected.std}`);
  assert.ok(Math.abs(found.zeros - expected.zeros) <= 0.02, `${what}: ${found.zeros} zeros, not ${expected.zeros}`);
}

suite('torch: initialization', () => {
  for (const one of oracle.inits)
    test(`${one.name} ${JSON.stringify(one.args)}: PyTorch's mean, spread and limits`, () => {
      const values = draw([{ target: `torch.nn.init.${one.name}`, args: one.args }], one.shape);
      alike(values, one, one.name);
      // A bounded distribution fills its range in both; an unbounded one has no limits to compare.
      if (!/uniform|trunc/.test(one.name)) return;
      const { min, max } = statistics(values);
      const range = one.max - one.min;
      assert.ok(Math.abs(min - one.min) < 0.1 * range && Math.abs(max - one.max) < 0.1 * range);
    });

  for (const { name, args, state } of oracle.layers)
    test(`torch.nn.${name} ${JSON.stringify(args)}: what reset_parameters draws`, () => {
      const layer = findLayer(`torch.nn.${name}`);
      assert.ok(layer);
      const spec = Object.entries(layer.state(args)).filter(([, tensor]) => tensor !== null);
      assert.deepEqual(new Set(spec.map(([key]) => key)), new Set(Object.keys(state)));
      for (const [key, tensor] of spec) {
        const expected = state[key];
        assert.ok(tensor && expected);
        assert.deepEqual(tensor.shape, expected.shape);
        alike(draw(tensor.init, tensor.shape), expected, key);
      }
    });

  test('gains', () => {
    for (const [nonlinearity, param, gain] of oracle.gains)
      assert.ok(Math.abs(calculate_gain(nonlinearity, param) - gain) < 1e-6, nonlinearity);
  });

  test('fans count the receptive field, and need a matrix', () => {
    assert.deepEqual(fans([64, 32, 3, 3]), { fan_in: 288, fan_out: 576 });
    assert.throws(() => fans([5]), { code: 'torch/fan' });
  });

  test('uniform bounds are exact: √(6 / fan_in) for kaiming, √(6 / (fan_in + fan_out)) for xavier', () => {
    const bound = (name: string, args: Values) => {
      const values = draw([{ target: `torch.nn.init.${name}`, args }], [200, 300]);
      return Math.max(...values.map(Math.abs));
    };
    const kaiming = Math.sqrt(6 / 300);
    const xavier = Math.sqrt(6 / 500);
    const [k, x] = [bound('kaiming_uniform_', {}), bound('xavier_uniform_', {})];
    assert.ok(k <= kaiming + 1e-7 && k > 0.999 * kaiming, `${k} of ${kaiming}`);
    assert.ok(x <= xavier + 1e-7 && x > 0.999 * xavier, `${x} of ${xavier}`);
  });

  test('orthogonal rows, or columns where those are fewer', () => {
    for (const [rows, columns] of [
      [8, 20],
      [20, 8],
    ] as const) {
      const values = draw([{ target: 'torch.nn.init.orthogonal_', args: { gain: 2 } }], [rows, columns]);
      const vector = (i: number) =>
        Array.from({ length: Math.max(rows, columns) }, (_, k) =>
          rows < columns ? (values[i * columns + k] ?? 0) : (values[k * columns + i] ?? 0),
        );
      for (let i = 0; i < 8; i++)
        for (let j = 0; j <= i; j++) {
          const [a, b] = [vector(i), vector(j)];
          const dot = a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0);
          assert.ok(Math.abs(dot - (i === j ? 4 : 0)) < 1e-5, `${i}·${j} = ${dot}`);
        }
    }
  });

  test('a truncated normal keeps to its cut, far from the mean too', () => {
    const args = { mean: 0, std: 1, a: 3, b: 4 };
    const values = draw([{ target: 'torch.nn.init.trunc_normal_', args }], [5000]);
    const { mean, min, max } = statistics(values);
    assert.ok(min >= 3 && max <= 4);
    // (φ(3) − φ(4)) / (Φ(4) − Φ(3))
    assert.ok(Math.abs(mean - 3.2614) < 0.02, String(mean));
  });

  test('the chain by which timm draws a truncated normal', () => {
    const steps: InitStep[] = [
      { target: 'torch.Tensor.uniform_', args: { from: -0.9545, to: 0.9545 } },
      { target: 'torch.Tensor.erfinv_', args: {} },
      { target: 'torch.Tensor.mul_', args: { other: 0.02 * Math.SQRT2 } },
      { target: 'torch.Tensor.add_', args: { other: 0 } },
      { target: 'torch.Tensor.clamp_', args: { min: -0.04, max: 0.04 } },
    ];
    const { std, max } = statistics(draw(steps, [20000]));
    assert.ok(Math.abs(std - 0.02 * 0.8796) < 3e-4, String(std));
    assert.ok(max <= 0.04 && max > 0.039);
  });

  test('steps are applied in order; part of a tensor can be filled', () => {
    const steps: InitStep[] = [
      { target: 'torch.nn.init.ones_', args: {} },
      {
        target: 'torch.Tensor.narrow',
        args: { dim: 1, start: 1, length: 2, steps: [{ target: 'torch.nn.init.constant_', args: { val: 5 } }] },
      },
      { target: 'torch.Tensor.index_fill_', args: { dim: 0, index: [-1], value: 7 } },
      { target: 'torch.Tensor.mul_', args: { other: 2 } },
    ];
    assert.deepEqual([...draw(steps, [2, 4])], [2, 10, 10, 2, 14, 14, 14, 14]);
    const copied = draw(
      [
        {
          target: 'torch.tensor',
          args: {
            data: [
              [1, 2],
              ['-inf', 0.5],
            ],
          },
        },
      ],
      [2, 2],
    );
    assert.deepEqual([...copied], [1, 2, Number.NEGATIVE_INFINITY, 0.5]);
  });

  test('the same seed gives the same numbers, another one others', () => {
    const steps = [{ target: 'torch.nn.init.kaiming_normal_', args: {} }];
    assert.deepEqual(draw(steps, [4, 4], 3), draw(steps, [4, 4], 3));
    assert.notDeepEqual(draw(steps, [4, 4], 3), draw(steps, [4, 4], 4));
  });

  test('what is not known, and what cannot hold, is said', () => {
    assert.throws(() => findInit('torch.nn.init.glorot_'), { code: 'torch/unknown-init' });
    const copy = [{ target: 'torch.Tensor.copy_', args: { data: [1, 2, 3] } }];
    assert.throws(() => draw(copy, [2]), { code: 'torch/init' });
    assert.throws(() => draw([{ target: 'torch.nn.init.eye_', args: {} }], [2, 2, 2]), { code: 'torch/init' });
    assert.ok(allInitializers.length > 40);
  });
});
