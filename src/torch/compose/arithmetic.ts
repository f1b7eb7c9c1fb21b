// Arithmetic that is more than one op.

import type { Binary, DType, Ops } from '../ops.ts';
import { promote } from '../shapes/arithmetic.ts';

export type Operand<T> = T | number;

export function dtypeOfOperand<T>(ops: Ops<T>, x: Operand<T>, other: Operand<T>): DType {
  if (typeof x !== 'number') return ops.type(x).dtype;
  if (!Number.isInteger(x)) return 'float32';
  return typeof other === 'number' ? 'int64' : ops.type(other).dtype;
}

/** A tensor; a number becomes one of no dimensions. */
export function asTensor<T>(ops: Ops<T>, x: Operand<T>, dtype: DType = 'float32'): T {
  return typeof x === 'number' ? ops.constant({ kind: 'full', shape: [], value: x, dtype }) : x;
}

/** Two numbers alone become tensors first. */
export function binary<T>(ops: Ops<T>, op: Binary, a: Operand<T>, b: Operand<T>): T {
  if (typeof a === 'number' && typeof b === 'number') return ops.binary(op, asTensor(ops, a), b);
  return ops.binary(op, a, b);
}

export function addScaled<T>(ops: Ops<T>, a: Operand<T>, b: Operand<T>, alpha: number): T {
  if (alpha === 1) return binary(ops, 'add', a, b);
  return binary(ops, 'add', a, typeof b === 'number' ? b * alpha : ops.binary('mul', b, alpha));
}

export function subtractScaled<T>(ops: Ops<T>, a: Operand<T>, b: Operand<T>, alpha: number): T {
  if (alpha === 1) return binary(ops, 'sub', a, b);
  return binary(ops, 'sub', a, typeof b === 'number' ? b * alpha : ops.binary('mul', b, alpha));
}

export type Rounding = 'trunc' | 'floor' | null;

export function divide<T>(ops: Ops<T>, a: Operand<T>, b: Operand<T>, rounding: Rounding): T {
  const quotient = binary(ops, 'div', a, b);
  if (rounding === null) return quotient;
  const whole = rounding === 'floor' ? ops.unary('floor', quotient) : trunc(ops, quotient);
  return ops.cast(whole, promote(dtypeOfOperand(ops, a, b), dtypeOfOperand(ops, b, a)));
}

export function trunc<T>(ops: Ops<T>, x: T): T {
  return ops.binary('mul', ops.unary('sign', x), ops.unary('floor', ops.unary('abs', x)));
}

/** a − b · round(a / b): `floor` is Python's remainder, with the sign of b; `trunc` is fmod, with that of a. */
export function remainder<T>(ops: Ops<T>, a: Operand<T>, b: Operand<T>, rounding: 'floor' | 'trunc'): T {
  const whole = divide(ops, a, b, rounding);
  return binary(ops, 'sub', a, binary(ops, 'mul', whole, b));
}

export function not<T>(ops: Ops<T>, x: T): T {
  return ops.binary('eq', x, 0);
}

export function truth<T>(ops: Ops<T>, x: T): T {
  return ops.type(x).dtype === 'bool' ? x : ops.binary('ne', x, 0);
}

/** Bounds that are tensors broadcast. */
export function clamp<T>(ops: Ops<T>, x: T, min: Operand<T> | null, max: Operand<T> | null): T {
  const low = typeof min === 'number' ? min : null;
  const high = typeof max === 'number' ? max : null;
  const inside = low === null && high === null ? x : ops.clamp(x, low, high);
  const above = min === null || typeof min === 'number' ? inside : ops.binary('maximum', inside, min);
  return max === null || typeof max === 'number' ? above : ops.binary('minimum', above, max);
}
