// Layers that draw numbers while training, made of `random` and arithmetic.

import type { Ops } from '../ops.ts';
import { shapeOf } from './views.ts';

/** SELU's value far left of 0: what dropped units become, so that mean and variance stay. */
const SATURATION = -1.7580993408473766;

/** `per` channel: one draw for all of a channel's places, (N, C, …). */
export function alphaDropout<T>(
  ops: Ops<T>,
  x: T,
  p: number,
  training: boolean,
  per: 'element' | 'channel' = 'element',
): T {
  if (!training || p === 0) return x;
  if (p === 1) return ops.binary('mul', x, 0);
  const scale = 1 / Math.sqrt((SATURATION * SATURATION * p + 1) * (1 - p));
  const shape = shapeOf(ops, x).map((size, i) => (per === 'channel' && i > 1 ? 1 : size));
  const kept = ops.random({ kind: 'bernoulli', shape, p: 1 - p });
  const replaced = ops.binary('mul', ops.binary('sub', 1, kept), SATURATION);
  const mixed = ops.binary('add', ops.binary('mul', x, kept), replaced);
  return ops.binary('add', ops.binary('mul', mixed, scale), -SATURATION * scale * p);
}

/** A slope of its own for every negative element while training, the middle of the range otherwise. */
export function rrelu<T>(ops: Ops<T>, x: T, lower: number, upper: number, training: boolean): T {
  if (!training) return ops.leaky_relu(x, (lower + upper) / 2);
  const draw = ops.random({ kind: 'uniform', shape: shapeOf(ops, x) });
  const slope = ops.binary('add', ops.binary('mul', draw, upper - lower), lower);
  return ops.where(ops.binary('ge', x, 0), x, ops.binary('mul', x, slope));
}
