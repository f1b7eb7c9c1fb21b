import { normalQuantile, philox, type Words4 } from '../../base/random.ts';
import { address, float, int, kernel } from './kernel.ts';

/**
 * y = x / (1 − p) where element j's random number is at least p, else 0; the gradient is the same call with gy
 * for x. `inner` elements share one number. The number is a function of (key, stream, step, start + j), nothing
 * else; \`start\` is a multiple of 4.
 */
export const dropout = kernel(
  {
    ...{ n: int, inner: int, start: int, x: address, y: address, p: float },
    ...{ key0: int, key1: int, stream: int, step: address },
  },
  ({ f, i }, { n, inner, start, x, y, p, key0, key1, stream, step }) => {
    const scale = 1 / (1 - p);
    const threshold = p * 4294967296;
    const block: Words4 = [0, 0, 0, 0];
    for (let j = 0; j < n / inner; j++) {
      if (j % 4 === 0) {
        block[0] = (start + j) >>> 2;
        block[1] = 0;
        block[2] = i[step];
        block[3] = stream;
        philox(block, key0, key1);
      }
      const kept = block[j % 4] >= threshold;
      for (let k = j * inner; k < (j + 1) * inner; k++) f[y + k] = kept ? f[x + k] * scale : 0;
    }
  },
);

/** y[j] from element j's random number: uniform in [0, 1), standard normal, or 1 with probability p. */
export const random = kernel(
  { n: int, kind: int, y: address, p: float, key0: int, key1: int, stream: int, step: address },
  ({ f, i }, { n, kind, y, p, key0, key1, stream, step }) => {
    const block: Words4 = [0, 0, 0, 0];
    for (let j = 0; j < n; j++) {
      if (j % 4 === 0) {
        block[0] = j >>> 2;
        block[1] = 0;
        block[2] = i[step];
        block[3] = stream;
        philox(block, key0, key1);
      }
      const uniform = block[j % 4] / 4294967296;
      if (kind === 0)
        f[y + j] = Math.min(uniform, 0.99999994); // Rounding to float32 must not reach 1.
      else if (kind === 1) f[y + j] = normalQuantile(uniform + 1 / 8589934592);
      else f[y + j] = uniform < p ? 1 : 0;
    }
  },
);
