// Norms, distances and similarities.

import type { Ops } from '../ops.ts';
import { dimension } from '../shapes/arithmetic.ts';
import { rankOf, shapeOf } from './views.ts';

/** The p-norm; infinite `p` is the largest magnitude, 0 counts what is not zero. */
export function norm<T>(ops: Ops<T>, x: T, p: number, dims: readonly number[], keepdim: boolean): T {
  if (p === 2) {
    // The gradient at zero is zero, not the square root's infinity times zero.
    const total = ops.sum(ops.unary('square', x), dims, keepdim);
    const none = ops.binary('eq', total, 0);
    return ops.where(none, 0, ops.unary('sqrt', ops.where(none, 1, total)));
  }
  if (p === 0) return ops.sum(ops.cast(ops.binary('ne', x, 0), 'float32'), dims, keepdim);
  const size = ops.unary('abs', x);
  if (p === 1) return ops.sum(size, dims, keepdim);
  if (p === Number.POSITIVE_INFINITY) return ops.amax(size, dims, keepdim);
  if (p === Number.NEGATIVE_INFINITY) return ops.unary('neg', ops.amax(ops.unary('neg', size), dims, keepdim));
  return ops.binary('pow', ops.sum(ops.binary('pow', size, p), dims, keepdim), 1 / p);
}

export function normalize<T>(ops: Ops<T>, x: T, p: number, dims: readonly number[], eps: number): T {
  const size = ops.clamp(norm(ops, x, p, dims, true), eps, null);
  return ops.binary('div', x, ops.expand(size, shapeOf(ops, x)));
}

export function cosineSimilarity<T>(ops: Ops<T>, a: T, b: T, dim: number, eps: number): T {
  const rank = Math.max(rankOf(ops, a), rankOf(ops, b));
  const axis = dimension('cosine_similarity', dim, rank);
  const dot = ops.sum(ops.binary('mul', a, b), [axis], false);
  const length = (x: T) => ops.clamp(norm(ops, broadcastRank(ops, x, rank), 2, [axis], false), eps, null);
  return ops.binary('div', dot, ops.binary('mul', length(a), length(b)));
}

export function pairwiseDistance<T>(
  ops: Ops<T>,
  a: T,
  b: T,
  { p, eps, keepdim }: { readonly p: number; readonly eps: number; readonly keepdim: boolean },
): T {
  const difference = ops.binary('add', ops.binary('sub', a, b), eps);
  return norm(ops, difference, p, [rankOf(ops, difference) - 1], keepdim);
}

function broadcastRank<T>(ops: Ops<T>, x: T, rank: number): T {
  const shape = shapeOf(ops, x);
  return shape.length === rank
    ? x
    : ops.reshape(x, [...Array.from({ length: rank - shape.length }, () => 1), ...shape]);
}
