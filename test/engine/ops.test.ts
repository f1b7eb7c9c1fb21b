import assert from 'node:assert/strict';
import { Random } from '../../src/base/random.ts';
import { referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import { all } from '../../src/engine/ops/all.ts';
import { currentKernels, drawInputs, relativeError, sampleProgram } from './support.ts';

const kernels = currentKernels();

// Central differences in float64 along a random direction: their error is about step² plus 1e-16 / step.
const STEP = 1e-5;
const GRADIENT_TOLERANCE = 1e-7;
const BACKEND_TOLERANCE = 2e-6;

for (const family of all) {
  suite(`ops: ${family.name}`, () => {
    for (const sample of family.samples) {
      test(`${sample.name}: gradient is the difference quotient`, () => {
        const program = sampleProgram(sample, referenceBackend(true));
        const inputs = drawInputs(sample);
        const { gradients, loss } = program.run(inputs);
        assert.ok(Number.isFinite(loss));
        for (const [i, gradient] of gradients.entries()) {
          if (gradient === null) continue;
          for (const attempt of [0, 1, 2]) {
            const random = new Random(5, 'direction', `${sample.name} ${i}`, attempt);
            const direction = gradient.map(() => random.normal());
            const moved = (sign: number) =>
              program.run(inputs.with(i, inputs[i]?.map((x, j) => x + sign * STEP * (direction[j] ?? 0)) ?? [])).loss;
            const quotient = (moved(1) - moved(-1)) / (2 * STEP);
            const expected = gradient.reduce((sum, g, j) => sum + g * (direction[j] ?? 0), 0);
            const scale = Math.max(1, Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0)));
            assert.ok(
              Math.abs(quotient - expected) <= GRADIENT_TOLERANCE * scale,
              `input ${i}: the gradient says ${expected}, the difference quotient ${quotient}`,
            );
          }
        }
      });

      test(`${sample.name}: float32 agrees with float64`, () => {
        const inputs = drawInputs(sample);
        const exact = sampleProgram(sample, referenceBackend(true)).run(inputs);
        const single = sampleProgram(sample, referenceBackend()).run(inputs);
        assertClose(single, exact);
        for (const module of Object.values(kernels))
          assertClose(sampleProgram(sample, wasmBackend(module)).run(inputs), exact, sample.tolerance);
      });
    }
  });
}

function assertClose(
  actual: { readonly output: number[]; readonly gradients: (number[] | null)[] },
  expected: { readonly output: number[]; readonly gradients: (number[] | null)[] },
  tolerance = BACKEND_TOLERANCE,
): void {
  const output = relativeError(actual.output, expected.output);
  assert.ok(output <= tolerance, `the output differs by ${output}`);
  for (const [i, gradient] of expected.gradients.entries()) {
    if (gradient === null) continue;
    const error = relativeError(actual.gradients[i] ?? [], gradient);
    assert.ok(error <= Math.max(tolerance, 4 * BACKEND_TOLERANCE), `the gradient of input ${i} differs by ${error}`);
  }
}
