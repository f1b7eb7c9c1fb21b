import { binOfBits } from '../../base/bins.ts';
import { address, float, int, kernel } from './kernel.ts';

const over = { outer: int, n: int, inner: int, x: address, y: address } as const;

/** y(outer, inner) = scale · Σ x(outer, n, inner) */
export const sum = kernel({ ...over, scale: float }, ({ f }, { outer, n, inner, x, y, scale }) => {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let total = 0;
      for (let j = 0; j < n; j++) total += f[x + (o * n + j) * inner + i];
      f[y + o * inner + i] = total * scale;
    }
});

/** The largest over n; NaN wins, as in PyTorch. */
export const amax = kernel(over, ({ f }, { outer, n, inner, x, y }) => {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let best = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n; j++) {
        const value = f[x + (o * n + j) * inner + i];
        if (value > best || Number.isNaN(value)) best = value;
      }
      f[y + o * inner + i] = best;
    }
});

/** The first position of the largest over n; a NaN counts as the largest. */
export const argmax = kernel(over, ({ f, i: out }, { outer, n, inner, x, y }) => {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let at = 0;
      let best = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n && !Number.isNaN(best); j++) {
        const value = f[x + (o * n + j) * inner + i];
        if (value > best || Number.isNaN(value)) {
          best = value;
          at = j;
        }
      }
      out[y + o * inner + i] = at;
    }
});

/** y[j] = x[0] + … + x[j] over n, or from the end when `reverse`. */
export const cumsum = kernel({ ...over, reverse: int }, ({ f }, { outer, n, inner, x, y, reverse }) => {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let total = 0;
      for (let j = 0; j < n; j++) {
        const at = (o * n + (reverse !== 0 ? n - 1 - j : j)) * inner + i;
        total += f[x + at];
        f[y + at] = total;
      }
    }
});

/** Words of `measure`'s result before its bins: mean, std, min, max, norm; then zeros, nan, inf. */
export const MEASURE_FLOATS = 5;
export const MEASURE_BINS = 8;

/** Moments of the finite values (the biased std), counts of the rest, and the histogram of base/bins.ts. */
export const measure = kernel({ n: int, x: address, out: address }, ({ f, i }, { n, x, out }) => {
  const word = new Float32Array(1);
  const bits = new Int32Array(word.buffer);
  const counts = [0, 0, 0];
  let [total, finite, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let squares = 0;
  i.fill(0, out + MEASURE_FLOATS, out + MEASURE_BINS + 128);
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
    if (value === 0) counts[0]++;
    else i[out + MEASURE_BINS + binOfBits(bits[0])]++;
  }
  // Around the mean, in a second pass: the difference of squares would cancel far from zero.
  const mean = total / finite;
  let spread = 0;
  for (let j = 0; j < n; j++) if (Number.isFinite(f[x + j])) spread += (f[x + j] - mean) ** 2;
  const numbers = finite === 0 ? [0, 0, 0, 0, 0] : [mean, Math.sqrt(spread / finite), min, max, Math.sqrt(squares)];
  f.set(numbers, out);
  i.set(counts, out + MEASURE_FLOATS);
});
