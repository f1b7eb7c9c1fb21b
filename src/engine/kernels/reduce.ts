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
