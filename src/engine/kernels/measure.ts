// What observing asks of a tensor: all of its values together, or unit by unit.

import { BIN_COUNT, binOfBits } from '../../base/bins.ts';
import { address, int, kernel } from './kernel.ts';

/** Words of `measure`'s result before its bins: mean, std, min, max, norm; then zeros, nan, inf. */
export const MEASURE_FLOATS = 5;
export const MEASURE_BINS = 8;
/** Words of memory `measure` needs while it runs. */
export const MEASURE_SCRATCH = 1024;

/**
 * Moments of the finite values (the biased std), counts of the rest, and the histogram of base/bins.ts. Where it is not
 * `binned`, zeros are not counted and all bins are empty.
 */
export const measure = kernel({ n: int, binned: int, x: address, out: address, scratch: address }, ({ f, i }, args) => {
  const { n, binned, x, out } = args;
  const word = new Float32Array(1);
  const bits = new Int32Array(word.buffer);
  const counts = [0, 0, 0];
  let [total, finite, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let squares = 0;
  i.fill(0, out + MEASURE_FLOATS, out + MEASURE_BINS + BIN_COUNT);
  for (let j = 0; j < n; j++) {
    const value = f[x + j];
    if (!Number.isFinite(value)) {
      counts[Number.isNaN(value) ? 1 : 2]++;
      continue;
    }
    finite++;
    total += value;
    squares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    word[0] = value;
    if (binned === 0) continue;
    if (value === 0) counts[0]++;
    else i[out + MEASURE_BINS + binOfBits(bits[0])]++;
  }
  // Around the mean, in a second pass: the difference of squares would cancel far from zero.
  const mean = total / finite;
  let spread = 0;
  for (let j = 0; j < n; j++) if (Number.isFinite(f[x + j])) spread += (f[x + j] - mean) ** 2;
  // Zero is added so that no result is a negative zero.
  const numbers =
    finite === 0 ? [0, 0, 0, 0, 0] : [mean + 0, Math.sqrt(spread / finite), min + 0, max + 0, Math.sqrt(squares)];
  f.set(numbers, out);
  i.set(counts, out + MEASURE_FLOATS);
});

/** Words of `measure_units`' result for each unit. */
export const UNIT_WORDS = 3;

/** Of x(outer, units, inner), for each unit: its mean, its unbiased variance, and how many of its values are not 0. */
export const measure_units = kernel(
  { outer: int, units: int, inner: int, x: address, out: address },
  ({ f, i }, { outer, units, inner, x, out }) => {
    const count = outer * inner;
    for (let unit = 0; unit < units; unit++) {
      let [total, spread, fired] = [0, 0, 0];
      const each = (visit: (value: number) => void) => {
        for (let o = 0; o < outer; o++) for (let j = 0; j < inner; j++) visit(f[x + (o * units + unit) * inner + j]);
      };
      each((value) => {
        total += value;
        if (value !== 0) fired++;
      });
      const mean = total / count;
      each((value) => {
        spread += (value - mean) ** 2;
      });
      const at = out + UNIT_WORDS * unit;
      f[at] = mean;
      f[at + 1] = spread / Math.max(count - 1, 1);
      i[at + 2] = fired;
    }
  },
);
