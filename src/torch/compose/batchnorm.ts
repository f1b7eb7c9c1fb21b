// Relatives of BatchNorm that PyTorch has no layer for; written against the ops it is made of.

import type { BatchNormOptions, BatchNormState, Ops } from '../ops.ts';
import { shapeOf } from './views.ts';

/**
 * Every virtual batch of `size` rows is normalized by its own statistics, and moves the running ones in turn (Hoffer et
 * al., Train longer, generalize better, 2017). Rows that do not fill a virtual batch join the last one.
 */
export function ghostBatchNorm<T>(
  ops: Ops<T>,
  x: T,
  state: BatchNormState<T>,
  { size, ...options }: BatchNormOptions & { readonly size: number },
): T {
  const N = shapeOf(ops, x)[0];
  const count = Math.max(1, Math.floor(N / size));
  if (!options.useBatchStatistics || count === 1) return ops.batch_norm(x, state, options);
  const parts = Array.from({ length: count }, (_, i) =>
    ops.slice(x, 0, i * size, i === count - 1 ? N : (i + 1) * size, 1),
  );
  return ops.cat(
    parts.map((part) => ops.batch_norm(part, state, options)),
    0,
  );
}

export interface RenormState<T> {
  readonly weight: T | null;
  readonly bias: T | null;
  readonly running_mean: T;
  readonly running_std: T;
}

/**
 * y = (x − μ_B) / σ_B · r + d, r = σ_B / σ within [1 / r_max, r_max] and d = (μ_B − μ) / σ within ±d_max, through
 * neither of which a gradient flows: what evaluation computes with μ and σ, as far as the limits allow (Ioffe, Batch
 * Renormalization, 2017). In evaluation r = 1, d = 0, with the running statistics.
 */
export function batchRenorm<T>(
  ops: Ops<T>,
  x: T,
  { weight, bias, running_mean, running_std }: RenormState<T>,
  args: {
    readonly training: boolean;
    readonly eps: number;
    readonly momentum: number;
    readonly r_max: number;
    readonly d_max: number;
  },
): T {
  const shape = shapeOf(ops, x);
  const along = shape.map((size, i) => (i === 1 ? size : 1));
  const spread = (vector: T) => ops.reshape(vector, along);
  const affine = (y: T) => {
    const scaled = weight === null ? y : ops.binary('mul', y, spread(weight));
    return bias === null ? scaled : ops.binary('add', scaled, spread(bias));
  };
  if (!args.training) return affine(ops.binary('div', ops.binary('sub', x, spread(running_mean)), spread(running_std)));
  const dims = shape.flatMap((_, i) => (i === 1 ? [] : [i]));
  const mean = ops.mean(x, dims, false);
  const std = ops.unary('sqrt', ops.binary('add', ops.variance(x, dims, false, 0), args.eps));
  const [m, s] = [ops.detach(mean), ops.detach(std)];
  const r = ops.clamp(ops.binary('div', s, running_std), 1 / args.r_max, args.r_max);
  const d = ops.clamp(ops.binary('div', ops.binary('sub', m, running_mean), running_std), -args.d_max, args.d_max);
  const normal = ops.binary('div', ops.binary('sub', x, spread(mean)), spread(std));
  const y = ops.binary('add', ops.binary('mul', normal, spread(r)), spread(d));
  const moved = (running: T, now: T) =>
    ops.binary('add', ops.binary('mul', running, 1 - args.momentum), ops.binary('mul', now, args.momentum));
  ops.assign(running_mean, moved(running_mean, m));
  ops.assign(running_std, moved(running_std, s));
  return affine(y);
}
