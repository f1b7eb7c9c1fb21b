// x̂ = (x − mean) / √(var + ε);  y = w x̂ + b. Statistics take two passes: the difference of squares would
// cancel far from zero. The biased variance normalizes; running_var receives the unbiased one.

import { address, float, int, kernel, type Memory } from './kernel.ts';

const channels = { n: int, c: int, s: int } as const; // (N, C, S)
/** Of the channels, `taken` from `first` on. */
const someChannels = { ...channels, first: int, taken: int } as const;

/** With the batch's statistics. `momentum` below 0 is PyTorch's None, the cumulative average. */
export const batch_norm = kernel(
  {
    ...someChannels,
    x: address,
    weight: address,
    bias: address,
    y: address,
    mean: address,
    invstd: address,
    running_mean: address,
    running_var: address,
    num_batches_tracked: address,
    momentum: float,
    eps: float,
    relu: int,
  },
  ({ f, i }, args) => {
    const { n, c, s, first, taken, x, weight, bias, y, running_mean, running_var, num_batches_tracked } = args;
    if (num_batches_tracked !== 0) i[num_batches_tracked] += 1;
    const share = args.momentum < 0 ? 1 / i[num_batches_tracked] : args.momentum;
    const count = n * s;
    for (let channel = first; channel < first + taken; channel++) {
      const { mean, variance } = moments(f, x + channel * s, n, c * s, s);
      const invstd = 1 / Math.sqrt(variance + args.eps);
      saveMean(f, args.mean + channel, c, mean);
      f[args.invstd + channel] = invstd;
      if (running_mean !== 0) {
        const unbiased = (variance * count) / (count - 1);
        f[running_mean + channel] = (1 - share) * f[running_mean + channel] + share * mean;
        f[running_var + channel] = (1 - share) * f[running_var + channel] + share * unbiased;
      }
      const scale = invstd * (weight === 0 ? 1 : f[weight + channel]);
      const shift = bias === 0 ? 0 : f[bias + channel];
      for (let row = 0; row < n; row++)
        for (let j = 0; j < s; j++) {
          const at = (row * c + channel) * s + j;
          const value = (f[x + at] - mean) * scale + shift;
          f[y + at] = args.relu !== 0 && value < 0 ? 0 : value;
        }
    }
  },
);

/** With the running statistics; `mean` and `invstd` are kept for the gradient. */
export const batch_norm_eval = kernel(
  {
    ...someChannels,
    x: address,
    weight: address,
    bias: address,
    running_mean: address,
    running_var: address,
    y: address,
    mean: address,
    invstd: address,
    eps: float,
    relu: int,
  },
  ({ f }, args) => {
    const { n, c, s, first, taken, x, weight, bias, running_mean, running_var, y, mean, invstd, eps, relu } = args;
    for (let channel = first; channel < first + taken; channel++) {
      saveMean(f, mean + channel, c, f[running_mean + channel]);
      f[invstd + channel] = 1 / Math.sqrt(f[running_var + channel] + eps);
      const scale = f[invstd + channel] * (weight === 0 ? 1 : f[weight + channel]);
      const shift = bias === 0 ? 0 : f[bias + channel];
      for (let row = 0; row < n; row++)
        for (let j = 0; j < s; j++) {
          const at = (row * c + channel) * s + j;
          const value = (f[x + at] - f[mean + channel]) * scale + shift;
          f[y + at] = relu !== 0 && value < 0 ? 0 : value;
        }
    }
  },
);

/**
 * gb = Σ gy;  gw = Σ gy x̂;  gx = w invstd (gy − (gb + x̂ gw) / count), or without the bracket's second term when
 * `frozen`. `y` is the output after a fused relu, which stops gy where it is 0; absent without one.
 */
export const batch_norm_grad = kernel(
  {
    ...someChannels,
    x: address,
    weight: address,
    mean: address,
    invstd: address,
    y: address,
    gy: address,
    gx: address,
    gw: address,
    gb: address,
    frozen: int,
  },
  ({ f }, { n, c, s, first, taken, x, weight, mean, invstd, y, gy, gx, gw, gb, frozen }) => {
    for (let channel = first; channel < first + taken; channel++) {
      const [m, r] = [f[mean + channel] + f[mean + c + channel], f[invstd + channel]];
      const gradient = (at: number) => (y !== 0 && f[y + at] <= 0 ? 0 : f[gy + at]);
      const normalized = (at: number) => (f[x + at] - m) * r;
      const places = Array.from({ length: n * s }, (_, j) => (Math.floor(j / s) * c + channel) * s + (j % s));
      const total = places.reduce((sum, at) => sum + gradient(at), 0);
      const dot = places.reduce((sum, at) => sum + gradient(at) * normalized(at), 0);
      if (gw !== 0) f[gw + channel] = dot;
      if (gb !== 0) f[gb + channel] = total;
      if (gx === 0) continue;
      const scale = r * (weight === 0 ? 1 : f[weight + channel]);
      const [a, b] = frozen !== 0 ? [0, 0] : [total / (n * s), dot / (n * s)];
      for (const at of places) f[gx + at] = scale * (gradient(at) - a - normalized(at) * b);
    }
  },
);

/** Over each of `groups` groups of channels of each sample; the weight is a channel's. Saves the biased variance. */
export const group_norm = kernel(
  {
    ...channels,
    groups: int,
    x: address,
    weight: address,
    bias: address,
    y: address,
    mean: address,
    variance: address,
    eps: float,
  },
  ({ f }, { n, c, s, groups, x, weight, bias, y, mean, variance, eps }) => {
    const size = (c / groups) * s;
    for (let row = 0; row < n * groups; row++) {
      const found = moments(f, x + row * size, 1, size, size);
      f[mean + row] = found.mean;
      f[variance + row] = found.variance;
      const invstd = 1 / Math.sqrt(found.variance + eps);
      for (let j = 0; j < size; j++) {
        const channel = (row % groups) * (c / groups) + Math.floor(j / s);
        const normalized = (f[x + row * size + j] - found.mean) * invstd;
        f[y + row * size + j] =
          normalized * (weight === 0 ? 1 : f[weight + channel]) + (bias === 0 ? 0 : f[bias + channel]);
      }
    }
  },
);

/** With h = w gy: gx = invstd (h − mean h − x̂ mean(h x̂)). */
export const group_norm_grad = kernel(
  {
    ...channels,
    groups: int,
    x: address,
    weight: address,
    mean: address,
    variance: address,
    gy: address,
    gx: address,
    gw: address,
    gb: address,
    eps: float,
  },
  ({ f }, { n, c, s, groups, x, weight, mean, variance, gy, gx, gw, gb, eps }) => {
    if (gw !== 0) f.fill(0, gw, gw + c);
    if (gb !== 0) f.fill(0, gb, gb + c);
    const size = (c / groups) * s;
    for (let row = 0; row < n * groups; row++) {
      const invstd = 1 / Math.sqrt(f[variance + row] + eps);
      let [total, dot] = [0, 0];
      for (let j = 0; j < size; j++) {
        const channel = (row % groups) * (c / groups) + Math.floor(j / s);
        const normalized = (f[x + row * size + j] - f[mean + row]) * invstd;
        const g = f[gy + row * size + j];
        if (gw !== 0) f[gw + channel] += g * normalized;
        if (gb !== 0) f[gb + channel] += g;
        const h = g * (weight === 0 ? 1 : f[weight + channel]);
        total += h;
        dot += h * normalized;
      }
      for (let j = 0; j < size; j++) {
        const channel = (row % groups) * (c / groups) + Math.floor(j / s);
        const normalized = (f[x + row * size + j] - f[mean + row]) * invstd;
        const h = f[gy + row * size + j] * (weight === 0 ? 1 : f[weight + channel]);
        f[gx + row * size + j] = invstd * (h - total / size - normalized * (dot / size));
      }
    }
  },
);

/** Moves InstanceNorm's running statistics by the samples' averages. */
export const instance_stats = kernel(
  {
    ...channels,
    mean: address,
    variance: address,
    running_mean: address,
    running_var: address,
    momentum: float,
  },
  ({ f }, { n, c, s, mean, variance, running_mean, running_var, momentum }) => {
    for (let channel = 0; channel < c; channel++) {
      let [m, v] = [0, 0];
      for (let row = 0; row < n; row++) {
        m += f[mean + row * c + channel] / n;
        v += ((f[variance + row * c + channel] / n) * s) / (s - 1);
      }
      f[running_mean + channel] += momentum * (m - f[running_mean + channel]);
      f[running_var + channel] += momentum * (v - f[running_var + channel]);
    }
  },
);

/** Over the last d values of each row; the weight is a position's. */
export const layer_norm = kernel(
  {
    rows: int,
    d: int,
    x: address,
    weight: address,
    bias: address,
    y: address,
    mean: address,
    invstd: address,
    eps: float,
  },
  ({ f }, { rows, d, x, weight, bias, y, mean, invstd, eps }) => {
    for (let row = 0; row < rows; row++) {
      const found = moments(f, x + row * d, 1, d, d);
      const r = 1 / Math.sqrt(found.variance + eps);
      f[mean + row] = found.mean;
      f[invstd + row] = r;
      for (let j = 0; j < d; j++)
        f[y + row * d + j] =
          (f[x + row * d + j] - found.mean) * r * (weight === 0 ? 1 : f[weight + j]) + (bias === 0 ? 0 : f[bias + j]);
    }
  },
);

/** As group_norm_grad; `mean` is absent for rms_norm, whose gx keeps only the last term. */
export const layer_norm_grad = kernel(
  {
    rows: int,
    d: int,
    x: address,
    weight: address,
    mean: address,
    invstd: address,
    gy: address,
    gx: address,
    gw: address,
    gb: address,
  },
  ({ f }, { rows, d, x, weight, mean, invstd, gy, gx, gw, gb }) => {
    if (gw !== 0) f.fill(0, gw, gw + d);
    if (gb !== 0) f.fill(0, gb, gb + d);
    for (let row = 0; row < rows; row++) {
      const [m, r] = [mean === 0 ? 0 : f[mean + row], f[invstd + row]];
      const normalized = (j: number) => (f[x + row * d + j] - m) * r;
      const weighed = (j: number) => f[gy + row * d + j] * (weight === 0 ? 1 : f[weight + j]);
      let [total, dot] = [0, 0];
      for (let j = 0; j < d; j++) {
        const g = f[gy + row * d + j];
        if (gw !== 0) f[gw + j] += g * normalized(j);
        if (gb !== 0) f[gb + j] += g;
        total += weighed(j);
        dot += weighed(j) * normalized(j);
      }
      if (gx === 0) continue;
      const center = mean === 0 ? 0 : total / d;
      for (let j = 0; j < d; j++) f[gx + row * d + j] = r * (weighed(j) - center - normalized(j) * (dot / d));
    }
  },
);

/** y = w x / √(mean x² + ε) */
export const rms_norm = kernel(
  { rows: int, d: int, x: address, weight: address, y: address, invstd: address, eps: float },
  ({ f }, { rows, d, x, weight, y, invstd, eps }) => {
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      for (let j = 0; j < d; j++) squares += f[x + row * d + j] ** 2;
      const r = 1 / Math.sqrt(squares / d + eps);
      f[invstd + row] = r;
      for (let j = 0; j < d; j++) f[y + row * d + j] = f[x + row * d + j] * r * (weight === 0 ? 1 : f[weight + j]);
    }
  },
);

/** The mean as a float32 and, `c` further, what that leaves of it: far from zero one float32 is too coarse. */
function saveMean(f: Memory['f'], at: number, c: number, mean: number): void {
  f[at] = mean;
  f[at + c] = mean - f[at];
}

/** Of `n` runs of `s` values, `stride` apart: the mean and the biased variance around it. */
function moments(f: Memory['f'], x: number, n: number, stride: number, s: number) {
  let total = 0;
  for (let row = 0; row < n; row++) for (let j = 0; j < s; j++) total += f[x + row * stride + j];
  const mean = total / (n * s);
  let spread = 0;
  for (let row = 0; row < n; row++) for (let j = 0; j < s; j++) spread += (f[x + row * stride + j] - mean) ** 2;
  return { mean, variance: spread / (n * s) };
}
