import { exp, log } from '../../base/elementary.ts';
import { address, float, int, kernel } from './kernel.ts';

const classes = {
  n: int,
  c: int,
  s: int,
  target: address,
  weight: address,
  ignore: int,
  mean: int,
  smoothing: float,
} as const;

/**
 * Of log-probabilities (N, C, S) and classes (N, S): Σ w[t] ((1 − ε) (−logp[t]) + ε / C Σ_c −w[c]/w[t] logp[c]),
 * over Σ w[t] when `mean`. Rows whose class is `ignore` do not count. `total` keeps the divisor.
 */
export const nll_loss = kernel(
  { ...classes, logp: address, total: address, loss: address },
  ({ f, i }, { n, c, s, target, weight, ignore, mean, smoothing, logp, total, loss }) => {
    const weightOf = (k: number) => (weight === 0 ? 1 : f[weight + k]);
    let [sum, weights] = [0, 0];
    for (let row = 0; row < n; row++)
      for (let j = 0; j < s; j++) {
        const t = i[target + row * s + j];
        if (t === ignore || t < 0 || t >= c) continue;
        const at = logp + row * c * s + j;
        weights += weightOf(t);
        sum -= (1 - smoothing) * weightOf(t) * f[at + t * s];
        if (smoothing !== 0) for (let k = 0; k < c; k++) sum -= (smoothing / c) * weightOf(k) * f[at + k * s];
      }
    f[total] = mean !== 0 ? weights : 1;
    f[loss] = mean !== 0 ? sum / weights : sum;
  },
);

/** The gradient of nll_loss at the log-probabilities. */
export const nll_loss_grad = kernel(
  { ...classes, total: address, gy: address, gx: address },
  ({ f, i }, { n, c, s, target, weight, ignore, smoothing, total, gy, gx }) => {
    const scale = f[gy] / f[total];
    f.fill(0, gx, gx + n * c * s);
    for (let row = 0; row < n; row++)
      for (let j = 0; j < s; j++) {
        const t = i[target + row * s + j];
        if (t === ignore || t < 0 || t >= c) continue;
        for (let k = 0; k < c; k++) {
          const w = weight === 0 ? 1 : f[weight + k];
          const share = smoothing / c + (k === t ? 1 - smoothing : 0);
          f[gx + (row * c + k) * s + j] = -scale * w * share;
        }
      }
  },
);

/** gx = scale (p Σ share − share), where a class's share is what nll_loss weighs it with. */
export const cross_entropy_grad = kernel(
  { ...classes, logp: address, total: address, gy: address, gx: address },
  (memory, args) => {
    const { f } = memory;
    const { n, c, s, logp, gx } = args;
    nll_loss_grad.run(memory, args);
    for (let row = 0; row < n; row++)
      for (let j = 0; j < s; j++) {
        const at = row * c * s + j;
        let sum = 0;
        for (let k = 0; k < c; k++) sum += f[gx + at + k * s];
        for (let k = 0; k < c; k++) f[gx + at + k * s] -= exp(f[logp + at + k * s]) * sum;
      }
  },
);

/** loss = Σ (x − t)² / over */
export const mse_loss = kernel(
  { n: int, over: int, x: address, target: address, loss: address },
  ({ f }, { n, over, x, target, loss }) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (f[x + j] - f[target + j]) ** 2;
    f[loss] = sum / over;
  },
);

/** gx = sign · 2 (x − t) gy / over; sign −1 gives the target's. */
export const mse_loss_grad = kernel(
  { n: int, over: int, sign: int, x: address, target: address, gy: address, gx: address },
  ({ f }, { n, over, sign, x, target, gy, gx }) => {
    const scale = (2 * sign * f[gy]) / over;
    for (let j = 0; j < n; j++) f[gx + j] = scale * (f[x + j] - f[target + j]);
  },
);

/** loss = Σ (max(x, 0) − x t + log(1 + exp(−|x|))) / over */
export const bce_with_logits = kernel(
  { n: int, over: int, x: address, target: address, loss: address },
  ({ f }, { n, over, x, target, loss }) => {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const value = f[x + j];
      sum += Math.max(value, 0) - value * f[target + j] + log(1 + exp(-Math.abs(value)));
    }
    f[loss] = sum / over;
  },
);

/** gx = (σ(x) − t) gy / over */
export const bce_with_logits_grad = kernel(
  { n: int, over: int, x: address, target: address, gy: address, gx: address },
  ({ f }, { n, over, x, target, gy, gx }) => {
    const scale = f[gy] / over;
    for (let j = 0; j < n; j++) f[gx + j] = scale * (1 / (1 + exp(-f[x + j])) - f[target + j]);
  },
);
