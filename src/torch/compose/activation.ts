// Activations that are more than one op.

import type { Ops } from '../ops.ts';
import { dimension, misfit } from '../shapes/arithmetic.ts';
import { rankOf, shapeOf } from './views.ts';

export function selu<T>(ops: Ops<T>, x: T): T {
  return ops.binary('mul', ops.elu(x, 1.6732632423543772), 1.0507009873554805);
}

/** max(0, x) + min(0, α (exp(x / α) − 1)). */
export function celu<T>(ops: Ops<T>, x: T, alpha: number): T {
  return ops.binary('mul', ops.elu(ops.binary('div', x, alpha), 1), alpha);
}

export function prelu<T>(ops: Ops<T>, x: T, weight: T): T {
  const count = shapeOf(ops, weight)[0] ?? 1;
  const shape = shapeOf(ops, x);
  const channels = shape.length < 2 ? 1 : shape[1];
  if (count !== 1 && count !== channels)
    throw misfit('channels', `prelu expects 1 weight or one for each of ${channels} channels`, String(count));
  const slope = ops.reshape(weight, count === 1 ? [] : [count, ...shape.slice(2).map(() => 1)]);
  return ops.where(ops.binary('gt', x, 0), x, ops.binary('mul', x, slope));
}

export function glu<T>(ops: Ops<T>, x: T, dim: number): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('glu', dim, shape.length);
  const half = shape[axis] / 2;
  if (!Number.isInteger(half)) throw misfit('size', `glu expects an even size in dimension ${axis}`, shape);
  const gate = ops.unary('sigmoid', ops.slice(x, axis, half, 2 * half, 1));
  return ops.binary('mul', ops.slice(x, axis, 0, half, 1), gate);
}

export function logsigmoid<T>(ops: Ops<T>, x: T): T {
  return ops.unary('neg', ops.softplus(ops.unary('neg', x), 1, 20));
}

export function threshold<T>(ops: Ops<T>, x: T, limit: number, value: number): T {
  return ops.where(ops.binary('gt', x, limit), x, value);
}

export function hardshrink<T>(ops: Ops<T>, x: T, lambd: number): T {
  return ops.where(ops.binary('gt', ops.unary('abs', x), lambd), x, 0);
}

export function softshrink<T>(ops: Ops<T>, x: T, lambd: number): T {
  return ops.binary('sub', x, ops.clamp(x, -lambd, lambd));
}

/** The dimension softmax takes without `dim`: 0 for 0, 1 or 3 dimensions, else 1. */
export function implicitDim<T>(ops: Ops<T>, x: T): number {
  const rank = rankOf(ops, x);
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

export function softmax<T>(ops: Ops<T>, x: T, dim: number | null): T {
  if (rankOf(ops, x) === 0) return ops.reshape(ops.softmax(ops.reshape(x, [1]), 0), []);
  return ops.softmax(x, dimension('softmax', dim ?? implicitDim(ops, x), rankOf(ops, x)));
}

export function log_softmax<T>(ops: Ops<T>, x: T, dim: number | null): T {
  if (rankOf(ops, x) === 0) return ops.reshape(ops.log_softmax(ops.reshape(x, [1]), 0), []);
  return ops.log_softmax(x, dimension('log_softmax', dim ?? implicitDim(ops, x), rankOf(ops, x)));
}

export function softmin<T>(ops: Ops<T>, x: T, dim: number | null): T {
  return softmax(ops, ops.unary('neg', x), dim);
}

/** Stable: the largest is taken out of the exponent. */
export function logsumexp<T>(ops: Ops<T>, x: T, dims: readonly number[], keepdim: boolean): T {
  const most = ops.detach(ops.amax(x, dims, true));
  const sum = ops.sum(ops.unary('exp', ops.binary('sub', x, most)), dims, true);
  const result = ops.binary('add', ops.unary('log', sum), most);
  return keepdim ? result : ops.reshape(result, shapeOf(ops, ops.sum(x, dims, false)));
}
