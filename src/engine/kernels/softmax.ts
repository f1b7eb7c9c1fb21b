import { exp, log } from '../../base/elementary.ts';
import { address, int, kernel } from './kernel.ts';

const along = { outer: int, n: int, inner: int } as const;

/** y = exp(x − max) / Σ exp(x − max) over n. `causal` T: row r of each T sees its first r + 1 entries only; 0: all. */
export const softmax = kernel(
  { ...along, causal: int, x: address, y: address },
  ({ f }, { outer, n, inner, causal, x, y }) => {
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const at = o * n * inner + i;
        const seen = causal === 0 ? n : Math.min(n, (o % causal) + 1);
        let max = Number.NEGATIVE_INFINITY;
        for (let j = 0; j < seen; j++) max = Math.max(max, f[x + at + j * inner]);
        let total = 0;
        for (let j = 0; j < seen; j++) total += exp(f[x + at + j * inner] - max);
        for (let j = 0; j < n; j++) f[y + at + j * inner] = j < seen ? exp(f[x + at + j * inner] - max) / total : 0;
      }
  },
);

/** gx = y (gy − Σ gy y) */
export const softmax_grad = kernel(
  { ...along, y: address, gy: address, gx: address },
  ({ f }, { outer, n, inner, y, gy, gx }) => {
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const at = o * n * inner + i;
        let dot = 0;
        for (let j = 0; j < n; j++) dot += f[gy + at + j * inner] * f[y + at + j * inner];
        for (let j = 0; j < n; j++) {
          const k = at + j * inner;
          f[gx + k] = f[y + k] * (f[gy + k] - dot);
        }
      }
  },
);

/** y = x − max − log Σ exp(x − max) over n */
export const log_softmax = kernel({ ...along, x: address, y: address }, ({ f }, { outer, n, inner, x, y }) => {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const at = o * n * inner + i;
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n; j++) max = Math.max(max, f[x + at + j * inner]);
      let total = 0;
      for (let j = 0; j < n; j++) total += exp(f[x + at + j * inner] - max);
      const shift = max + log(total);
      for (let j = 0; j < n; j++) f[y + at + j * inner] = f[x + at + j * inner] - shift;
    }
});

/** gx = gy − exp(y) Σ gy */
export const log_softmax_grad = kernel(
  { ...along, y: address, gy: address, gx: address },
  ({ f }, { outer, n, inner, y, gy, gx }) => {
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const at = o * n * inner + i;
        let total = 0;
        for (let j = 0; j < n; j++) total += f[gy + at + j * inner];
        for (let j = 0; j < n; j++) {
          const k = at + j * inner;
          f[gx + k] = f[gy + k] - exp(f[y + k]) * total;
        }
      }
  },
);
