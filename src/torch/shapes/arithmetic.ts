// Shape arithmetic and the words it refuses with: what was expected, and the shape that came.

import { UserError } from '../../base/errors.ts';
import type { DType, TensorType } from '../ops.ts';

export type Shape = readonly number[];

export type ShapeFault = 'rank' | 'channels' | 'size' | 'broadcast' | 'dimension' | 'window' | 'dtype' | 'argument';

/** `BatchNorm2d expects …, and got [8, 32, 28, 28].` */
export function misfit(fault: ShapeFault, expectation: string, ...found: readonly (Shape | string)[]): UserError {
  const got = found.map((one) => (typeof one === 'string' ? one : shapeText(one))).join(' and ');
  return new UserError(`shape/${fault}`, `${expectation}, and got ${got}.`);
}

export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function type(shape: Shape, dtype: DType): TensorType {
  return { shape, dtype };
}

export function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function same(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** The dimension counted from the front; a scalar has dimensions 0 and −1, as in PyTorch. */
export function dimension(op: string, dim: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (dim < -range || dim >= range)
    throw misfit(
      'dimension',
      `${op} expects a dimension from ${-range} to ${range - 1} of a ${rank}-dimensional tensor`,
      String(dim),
    );
  return dim < 0 ? dim + range : dim;
}

/** Counted from the front, each once; none means all. */
export function dimensions(op: string, dims: readonly number[], rank: number): readonly number[] {
  if (dims.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const positive = dims.map((dim) => dimension(op, dim, rank));
  if (new Set(positive).size !== positive.length)
    throw misfit('dimension', `${op} expects each dimension once`, shapeText(dims));
  return rank === 0 ? [] : positive;
}

/** The shape both broadcast to, from the last dimension on. */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw misfit('broadcast', `${op} expects shapes that broadcast (${x} and ${y} differ in dimension ${i})`, a, b);
    return x === 1 ? y : x;
  });
}

const RANKS: readonly DType[] = ['bool', 'int64', 'float32'];

export function promote(a: DType, b: DType): DType {
  return RANKS[Math.max(RANKS.indexOf(a), RANKS.indexOf(b))];
}

export function expectFloat(op: string, x: TensorType): void {
  if (x.dtype !== 'float32') throw misfit('dtype', `${op} expects float32`, x.dtype);
}

export function expectRank(op: string, x: Shape, rank: number, what = 'input'): void {
  if (x.length !== rank) throw misfit('rank', `${op} expects a ${rank}-dimensional ${what}`, x);
}

/** `parameter` has one number for each of the `size` channels or features. */
export function expectVector(op: string, name: string, parameter: TensorType | null, size: number): void {
  if (parameter !== null && !same(parameter.shape, [size]))
    throw misfit('channels', `${op} expects ${size} numbers in its ${name}`, parameter.shape);
}

/** How many windows fit; `ceil` as PyTorch's ceil_mode, where the last must start inside the input or its left padding. */
export function windows(
  size: number,
  window: { readonly kernel: number; readonly stride: number; readonly padding: number; readonly dilation: number },
  ceil = false,
): number {
  const { kernel, stride, padding, dilation } = window;
  const room = size + 2 * padding - dilation * (kernel - 1) - 1;
  if (!ceil) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  return (count - 1) * stride >= size + padding ? count - 1 : count;
}
