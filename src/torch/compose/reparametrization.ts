// Weights that are computed from others before a layer uses them: weight normalization and spectral normalization.

import type { Ops } from '../ops.ts';
import { dimension, type Shape } from '../shapes/arithmetic.ts';
import { norm, normalize } from './distance.ts';
import { permute, rankOf, shapeOf } from './views.ts';

/** v · g / ‖v‖, the norm over every dimension but `dim`; over all of them where `dim` is −1. */
export function weightNorm<T>(ops: Ops<T>, v: T, g: T, dim: number): T {
  const rank = rankOf(ops, v);
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== dim);
  return ops.binary('mul', v, ops.binary('div', g, norm(ops, v, 2, others, true)));
}

/** (W − μ) / (σ + ε) of each output's weights (Qiao et al., Weight Standardization, 2019). */
export function weightStandardization<T>(ops: Ops<T>, weight: T, eps: number): T {
  const dims = Array.from({ length: rankOf(ops, weight) - 1 }, (_, i) => i + 1);
  const centered = ops.binary('sub', weight, ops.mean(weight, dims, true));
  const deviation = ops.unary('sqrt', ops.variance(weight, dims, true, 1));
  return ops.binary('div', centered, ops.binary('add', deviation, eps));
}

export interface SpectralNorm<T> {
  readonly weight: T;
  /** The singular vectors as found so far: `u` (rows), `v` (columns); buffers, moved where `iterations` > 0. */
  readonly u: T;
  readonly v: T;
  readonly iterations: number;
  readonly eps: number;
  /** The weight's dimension that counts as rows. */
  readonly dim: number;
}

/** weight / σ, σ = uᵀ W v after so many power iterations, through which no gradient flows (Miyato et al., 2018). */
export function spectralNorm<T>(ops: Ops<T>, { weight, u, v, iterations, eps, dim }: SpectralNorm<T>): T {
  const matrix = asMatrix(ops, weight, dim);
  const fixed = ops.detach(matrix);
  let [left, right] = [u, v];
  for (let i = 0; i < iterations; i++) {
    right = normalize(ops, ops.matmul(ops.permute(fixed, [1, 0]), left), 2, [0], eps);
    left = normalize(ops, ops.matmul(fixed, right), 2, [0], eps);
  }
  if (iterations > 0) {
    ops.assign(v, right);
    ops.assign(u, left);
  }
  const sigma = ops.matmul(ops.detach(left), ops.matmul(matrix, ops.detach(right)));
  return ops.binary('div', weight, sigma);
}

/** (size of `dim`, all others) */
function asMatrix<T>(ops: Ops<T>, weight: T, dim: number): T {
  const shape = shapeOf(ops, weight);
  const axis = dimension('spectral_norm', dim, shape.length);
  const rest = Array.from({ length: shape.length }, (_, i) => i).filter((i) => i !== axis);
  const first = axis === 0 ? weight : permute(ops, weight, [axis, ...rest]);
  return ops.reshape(first, [shape[axis], columnsOf(shape, axis)]);
}

function columnsOf(shape: Shape, axis: number): number {
  return shape.reduce((product, size, i) => (i === axis ? product : product * size), 1);
}
