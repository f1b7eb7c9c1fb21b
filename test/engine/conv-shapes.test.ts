// Convolutions of drawn sizes: the fast kernels choose between ways by size, and every way must agree with the loops
// that say what a convolution is. The sizes are the same in every run.

import assert from 'node:assert/strict';
import process from 'node:process';
import { Random } from '../../src/base/random.ts';
import { referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import type { Sample } from '../../src/engine/ops/op.ts';
import { currentKernels, drawInputs, relativeError, sampleProgram } from './support.ts';

const COUNT = Number(process.env['CONV_SHAPES'] ?? 40);
/** Winograd's rounding is coarser than a sum's. */
const TOLERANCE = 1e-4;
/** The loops take a while. */
const MOST_PRODUCTS = 2e6;

function draw(index: number): Sample | null {
  const random = new Random(7, 'conv shapes', String(index));
  const whole = (low: number, high: number) => Math.floor(random.uniform(low, high + 1));
  const groups = [1, 1, 1, 2, 3][whole(0, 4)] ?? 1;
  const [inner, outer] = [whole(1, 40), whole(1, 40)];
  const kernel = [1, 3, 3, 3, 2, 5][whole(0, 5)] ?? 3;
  const stride = whole(1, 4) === 1 ? 2 : 1;
  const padding = whole(0, kernel - 1);
  const dilation = whole(1, 6) === 1 ? 2 : 1;
  const [rows, height, width] = [whole(1, 3), whole(3, 20), whole(3, 20)];
  const reach = dilation * (kernel - 1) + 1;
  if (height + 2 * padding < reach || width + 2 * padding < reach) return null;
  if (rows * outer * inner * height * width * kernel * kernel > MOST_PRODUCTS) return null;
  const options = { stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation], groups };
  const shapes = [
    [rows, inner * groups, height, width],
    [outer * groups, inner, kernel, kernel],
  ] as const;
  return {
    name: `(${shapes[0].join(', ')}) by (${shapes[1].join(', ')}), stride ${stride}, padding ${padding}, dilation ${dilation}, groups ${groups}`,
    inputs: shapes,
    run: (ops, [x, weight]) => (x && weight ? ops.conv(x, weight, null, options) : assert.fail()),
  };
}

suite('convolutions of many sizes agree with the reference', () => {
  const modules = Object.entries(currentKernels());

  test(`${COUNT} draws`, function () {
    this.timeout(600_000);
    for (let index = 0; index < COUNT; index++) {
      const sample = draw(index);
      if (sample === null) continue;
      const inputs = drawInputs(sample);
      const expected = sampleProgram(sample, referenceBackend()).run(inputs);
      for (const [name, module] of modules) {
        const found = sampleProgram(sample, wasmBackend(module)).run(inputs);
        const pairs = [
          [found.output, expected.output] as const,
          ...found.gradients.map((one, i) => [one ?? [], expected.gradients[i] ?? []] as const),
        ];
        for (const [i, [ours, theirs]] of pairs.entries()) {
          const error = relativeError(ours, theirs);
          assert.ok(
            error <= TOLERANCE,
            `${sample.name}: ${['output', 'gradient of x', 'gradient of weight'][i]} differs by ${error} (${name})`,
          );
        }
      }
    }
  });
});
