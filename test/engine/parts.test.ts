// Calls cut into parts give what they give whole: in order, and in any order within a phase.

import assert from 'node:assert/strict';
import { referenceBackend } from '../../src/engine/backend.ts';
import { KERNEL_NAMES, type KernelName, kernels } from '../../src/engine/kernels/all.ts';
import { cuts } from '../../src/engine/kernels/cuts.ts';
import { all } from '../../src/engine/ops/all.ts';
import type { Sample } from '../../src/engine/ops/op.ts';
import { arrange, type Call, type Cutting } from '../../src/engine/parts.ts';
import { drawInputs, relativeError, sampleProgram } from './support.ts';

/** So small that samples are cut too. */
const FINE: Cutting = { leastWork: 1e-9, mostParts: 3, mostAgain: 1e9 };
/** Kernels without a sample that can be cut; they share their cut with one that has. */
const UNSEEN: readonly KernelName[] = [
  ...(['binary_int', 'cast_to_bool', 'cast_to_int', 'fill', 'fill_int'] as const),
  ...(['sgd', 'adam', 'rmsprop', 'adagrad', 'axpby', 'clip_grad_value'] as const),
];
/** Images so large that the fast kernel unfolds one at a time. */
const IMAGES: Sample[] = [1, 2].map((groups) => ({
  name: `large images, ${groups} groups`,
  inputs: [[3, 4, 40, 40], [6, 4 / groups, 3, 3], [6]],
  run: (ops, [x, w, c]) =>
    ops.conv(x ?? assert.fail(), w ?? assert.fail(), c ?? null, {
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
      groups,
    }),
}));

suite('parts: cut as whole', () => {
  const seen = new Set<KernelName>();
  for (const family of [...all, { name: 'conv', samples: IMAGES }])
    for (const sample of family.samples)
      test(`${family.name}: ${sample.name}`, () => {
        const inputs = drawInputs(sample);
        const whole = sampleProgram(sample, referenceBackend(true));
        const cut = sampleProgram(sample, referenceBackend(true), { cutting: FINE });
        const [expected, actual] = [whole.run(inputs), cut.run(inputs)];
        if (cut.calls.length > whole.calls.length)
          for (const { name } of cut.calls) if (count(cut.calls, name) > count(whole.calls, name)) seen.add(name);
        assertClose(actual.output, expected.output);
        for (const [i, gradient] of expected.gradients.entries())
          if (gradient !== null) assertClose(actual.gradients[i] ?? [], gradient);
      });

  test('every kernel that can be cut was cut', () => {
    const missing = KERNEL_NAMES.filter((name) => cuts[name] !== undefined && !seen.has(name));
    assert.deepEqual(missing.filter((name) => !UNSEEN.includes(name)).sort(), []);
  });

  test('a cut names parameters that the kernel has', () => {
    for (const name of KERNEL_NAMES) {
      const { params } = kernels[name];
      const args = Object.fromEntries(Object.keys(params).map((param) => [param, 1]));
      const part = cuts[name]?.part(args, 0, 1) ?? {};
      for (const param of [...Object.keys(part), ...Object.keys(cuts[name]?.sums?.(args) ?? {})])
        assert.ok(param in params, `${name} has no ${param}`);
    }
  });
});

suite('parts: where', () => {
  const relu = (n: number): Call => ({ name: 'unary', args: { op: 0, n, x: 4096, y: 1 << 24, alpha: 0, beta: 0 } });
  const partsOf = (n: number) => arrange([relu(n)], 0)[0]?.parts ?? [];

  test('a small call stays whole', () => assert.equal(partsOf(1000).length, 1));

  test('a large one is cut at cache lines, without gap and overlap', () => {
    const parts = partsOf(1_000_003).flatMap(({ calls }) => calls);
    assert.ok(parts.length > 4);
    let at = 0;
    for (const { args } of parts) {
      assert.equal(args['x'], 4096 + 4 * at);
      assert.equal(args['y'], (1 << 24) + 4 * at);
      assert.equal(at % 16, 0);
      at += args['n'] ?? 0;
    }
    assert.equal(at, 1_000_003);
  });

  test('small calls between large ones are one part', () => {
    const phases = arrange([relu(1_000_000), relu(10), relu(10), relu(1_000_000)], 0);
    assert.deepEqual(
      phases.map(({ parts }) => parts.length > 1),
      [true, false, true],
    );
    assert.equal(phases[1]?.parts[0]?.calls.length, 2);
  });
});

/** Sums over parts may round otherwise. */
function assertClose(actual: readonly number[], expected: readonly number[]): void {
  const error = relativeError(actual, expected);
  assert.ok(error < 1e-13, `a result differs by ${error}`);
}

function count(calls: readonly Call[], wanted: KernelName): number {
  return calls.filter(({ name }) => name === wanted).length;
}
