// Products along a dimension: all of it, or up to each element.

import type { Ops } from '../ops.ts';
import { shapeOf } from './views.ts';

/** Halves the line until one number is left. */
export function product<T>(ops: Ops<T>, x: T, axis: number, keepdim: boolean): T {
  let line = x;
  for (let n = shapeOf(ops, line)[axis]; n > 1; n = shapeOf(ops, line)[axis]) {
    const half = Math.floor(n / 2);
    const pairs = ops.binary('mul', ops.slice(line, axis, 0, half, 1), ops.slice(line, axis, half, 2 * half, 1));
    line = n % 2 === 0 ? pairs : ops.cat([pairs, ops.slice(line, axis, n - 1, n, 1)], axis);
  }
  const shape = shapeOf(ops, line);
  if (shape[axis] === 0) {
    const { dtype } = ops.type(x);
    line = ops.constant({ kind: 'full', shape: shape.with(axis, 1), value: 1, dtype });
  }
  return keepdim ? line : ops.reshape(line, shape.toSpliced(axis, 1));
}

/** By doubling: each element takes in the product of as many before it as it has. */
export function cumprod<T>(ops: Ops<T>, x: T, axis: number): T {
  const n = shapeOf(ops, x)[axis];
  let line = x;
  for (let step = 1; step < n; step *= 2) {
    const taken = ops.binary('mul', ops.slice(line, axis, step, n, 1), ops.slice(line, axis, 0, n - step, 1));
    line = ops.cat([ops.slice(line, axis, 0, step, 1), taken], axis);
  }
  return line;
}
