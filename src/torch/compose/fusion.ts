// A BatchNorm in evaluation is one scale and one shift a channel, which the layer before can do as well.

import type { Ops } from '../ops.ts';
import { rankOf, shapeOf } from './views.ts';

export interface FrozenNorm<T> {
  readonly running_mean: T;
  readonly running_var: T;
  readonly eps: number;
  readonly weight: T | null;
  readonly bias: T | null;
}

/** W · s and (b − μ) · s + β, with s = γ / √(σ² + ε) along the weight's dimension `dim` of outputs. */
export function fuseNorm<T>(ops: Ops<T>, weight: T, bias: T | null, norm: FrozenNorm<T>, dim: number): readonly [T, T] {
  const invstd = ops.unary('rsqrt', ops.binary('add', norm.running_var, norm.eps));
  const scale = norm.weight === null ? invstd : ops.binary('mul', norm.weight, invstd);
  const C = shapeOf(ops, scale)[0];
  const along = Array.from({ length: rankOf(ops, weight) }, (_, i) => (i === dim ? C : 1));
  const centered = bias === null ? ops.unary('neg', norm.running_mean) : ops.binary('sub', bias, norm.running_mean);
  const shifted = ops.binary('mul', centered, scale);
  return [
    ops.binary('mul', weight, ops.reshape(scale, along)),
    norm.bias === null ? shifted : ops.binary('add', shifted, norm.bias),
  ];
}
