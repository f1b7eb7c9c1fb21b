// What observing asks of a tensor: the fast kernels count exactly as the readable ones, and their moments agree.

import assert from 'node:assert/strict';
import { Random } from '../../src/base/random.ts';
import { type Backend, referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import { type Measured, type MeasuredUnits, Measurements } from '../../src/engine/measure.ts';
import { currentKernels } from './support.ts';

const backends: readonly (readonly [string, () => Backend])[] = Object.entries(currentKernels()).map(
  ([name, module]) => [name, () => wasmBackend(module)],
);

const random = new Random(0, 'measure');
const normal = (n: number, scale = 1, offset = 0) =>
  Float32Array.from({ length: n }, () => offset + scale * random.normal());

const SAMPLES: Readonly<Record<string, Float32Array>> = {
  'one value': Float32Array.of(-0.25),
  'no value': Float32Array.of(),
  ...Object.fromEntries([15, 16, 17, 255, 4095, 4096, 4097, 10_007].map((n) => [`${n} values`, normal(n)])),
  'every size a float32 has': Float32Array.from({ length: 9000 }, (_, i) => (i % 2 ? -1 : 1) * 1.01 ** (i - 4500)),
  'zeros of both signs': Float32Array.from({ length: 100 }, (_, i) => [0, -0, 1, -1][i % 4] ?? 0),
  'zeros alone': new Float32Array(5000).fill(-0),
  'half of it zero': normal(5000).map((value) => Math.max(0, value)),
  'the edges of the bins': Float32Array.from({ length: 640 }, (_, i) => (i % 2 ? -1 : 1) * 2 ** (i / 4 - 60)),
  'far from zero': normal(5000, 1e-2, 1e4),
  'a constant': new Float32Array(5000).fill(0.1),
  'numbers without a square': normal(5000, 1e-30),
  'numbers with an infinite square': normal(5000, 1e30),
  'numbers with an infinite sum': normal(5000, 1e38),
  'not finite here and there': normal(9000).map((value, i) =>
    i % 1000 === 3 ? Number.NaN : i % 1000 === 7 ? (i % 3 ? 1 : -1) * Number.POSITIVE_INFINITY : value,
  ),
  'nothing finite': new Float32Array(33).fill(Number.NaN).fill(Number.NEGATIVE_INFINITY, 20),
};

function place(backend: Backend, data: Float32Array): number {
  const address = backend.memory.reserve(Math.max(64, 4 * data.length));
  backend.memory.f.set(data, address >>> 2);
  return address;
}

function measure(backend: Backend, data: Float32Array): Measured {
  return new Measurements(() => backend).of(place(backend, data), data.length);
}

function units(backend: Backend, data: Float32Array, shape: readonly number[], dim: number): MeasuredUnits {
  return new Measurements(() => backend).unitsOf(place(backend, data), shape, dim);
}

function assertNear(actual: number, expected: number, scale: number, what: string): void {
  if (actual === expected) return;
  assert.ok(Math.abs(actual - expected) <= 2e-6 * scale, `${what}: ${actual}, expected ${expected}`);
}

for (const [name, make] of backends) {
  suite(`measuring: ${name}`, () => {
    for (const [what, data] of Object.entries(SAMPLES))
      test(what, () => {
        const expected = measure(referenceBackend(), data);
        const actual = measure(make(), data);
        const { mean, std, norm, ...exact } = expected;
        const { mean: actualMean, std: actualStd, norm: actualNorm, ...actualExact } = actual;
        assert.deepEqual(actualExact, exact);
        const size = Math.max(Math.abs(exact.min), Math.abs(exact.max));
        assertNear(actualMean, mean, size, 'mean');
        assertNear(actualStd, std, Math.max(std, 1e-2 * Math.abs(mean)), 'std');
        assertNear(actualNorm, norm, norm, 'norm');
      });

    test('moments without bins are the same', () => {
      const [backend, data] = [make(), normal(5001).map((value, i) => (i === 77 ? Number.NaN : value))];
      const measurements = new Measurements(() => backend);
      const address = place(backend, data);
      const { bins, zeros, ...moments } = measurements.of(address, data.length);
      assert.equal(zeros + bins.reduce((sum, n) => sum + n, 0), 5000);
      assert.deepEqual(measurements.momentsOf(address, data.length), moments);
    });

    for (const [shape, dim] of [
      [[7, 5, 3], 1],
      [[4, 6, 9, 9], 1],
      [[33, 12], 1],
      [[33, 14], 1],
      [[3, 10, 8], 2],
      [[1, 4], 1],
    ] as const)
      test(`units: dimension ${dim} of ${shape.join('×')}`, () => {
        const count = shape.reduce<number>((product, n) => product * n, 1);
        const data = normal(count, 0.1, 3).map((value, i) => (i % 5 === 0 ? 0 : value));
        const expected = units(referenceBackend(), data, shape, dim);
        const actual = units(make(), data, shape, dim);
        assert.equal(actual.count, expected.count);
        assert.deepEqual(actual.fired, expected.fired);
        for (const [unit, mean] of expected.mean.entries()) {
          assertNear(actual.mean[unit] ?? Number.NaN, mean, 3, 'mean');
          assertNear(actual.variance[unit] ?? Number.NaN, expected.variance[unit] ?? 0, 10, 'variance');
        }
      });
  });
}

suite('measuring: units', () => {
  test('mean, unbiased variance and what is not 0, by unit', () => {
    const data = Float32Array.of(1, 0, 3, 4, 3, 0, 5, 0);
    const { count, mean, variance, fired } = units(referenceBackend(), data, [2, 2, 2], 1);
    assert.equal(count, 4);
    assert.deepEqual([...mean], [1, 3]);
    assert.deepEqual([...variance], [2, 14 / 3].map(Math.fround));
    assert.deepEqual([...fired], [2, 3]);
  });
});
