// Inverse trigonometry, made of arithmetic that is exact to float32.

import type { Ops } from '../ops.ts';

/** atan z = 4 atan(w) with w below tan(π/16), where its series ends quickly. */
export function atan<T>(ops: Ops<T>, x: T): T {
  const size = ops.unary('abs', x);
  const steep = ops.binary('gt', size, 1);
  const inner = ops.where(steep, ops.unary('reciprocal', ops.clamp(size, 1, null)), size);
  const w = halved(ops, halved(ops, inner));
  const square = ops.unary('square', w);
  const series = [-1 / 11, 1 / 9, -1 / 7, 1 / 5, -1 / 3].reduce<T>(
    (sum, coefficient) => ops.binary('add', ops.binary('mul', sum, square), coefficient),
    ops.binary('add', ops.binary('mul', square, -1 / 15), 1 / 13),
  );
  const small = ops.binary('mul', ops.binary('mul', w, 4), ops.binary('add', ops.binary('mul', series, square), 1));
  const angle = ops.where(steep, ops.binary('sub', Math.PI / 2, small), small);
  return ops.binary('mul', angle, ops.unary('sign', x));
}

/** tan(a / 2) from tan a. */
function halved<T>(ops: Ops<T>, tangent: T): T {
  const root = ops.unary('sqrt', ops.binary('add', ops.unary('square', tangent), 1));
  return ops.binary('div', tangent, ops.binary('add', root, 1));
}

export function asin<T>(ops: Ops<T>, x: T): T {
  const other = ops.unary('sqrt', ops.binary('mul', ops.binary('sub', 1, x), ops.binary('add', x, 1)));
  return atan2(ops, x, other);
}

/** The angle of (x, y), in all four quadrants. */
export function atan2<T>(ops: Ops<T>, y: T, x: T): T {
  const flat = ops.binary('eq', x, 0);
  const ratio = ops.binary('div', y, ops.where(flat, 1, x));
  const behind = ops.where(ops.binary('lt', y, 0), -Math.PI, Math.PI);
  const angle = ops.binary('add', atan(ops, ratio), ops.where(ops.binary('lt', x, 0), behind, 0));
  return ops.where(flat, ops.binary('mul', ops.unary('sign', y), Math.PI / 2), angle);
}
