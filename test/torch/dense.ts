// Tensors as plain numbers, read and made by index.

import type { TensorType } from '../../src/torch/ops.ts';
import { elements } from '../../src/torch/shapes/arithmetic.ts';

export interface Dense extends TensorType {
  readonly data: number[];
}

export type Index = readonly number[];

/** Every index of a shape, in order. */
export function indices(shape: Index): Index[] {
  return Array.from({ length: elements(shape) }, (_, flat) => {
    let rest = flat;
    return shape
      .toReversed()
      .map((size) => {
        const i = rest % size;
        rest = Math.floor(rest / size);
        return i;
      })
      .reverse();
  });
}

export function make({ shape, dtype }: TensorType, value: (index: Index) => number): Dense {
  const round = (x: number) => (dtype === 'float32' ? x : dtype === 'int64' ? Math.trunc(x) : Number(x !== 0));
  return { shape, dtype, data: indices(shape).map((index) => round(value(index))) };
}

/** Reads with broadcasting: leading dimensions are dropped, sizes of 1 are repeated. */
export function at(x: Dense | number, index: Index): number {
  if (typeof x === 'number') return x;
  let flat = 0;
  for (const [dim, size] of x.shape.entries()) {
    const i = index[index.length - x.shape.length + dim] ?? 0;
    flat = flat * size + (size === 1 ? 0 : i);
  }
  return x.data[flat] ?? Number.NaN;
}

export const sum = (numbers: readonly number[]) => numbers.reduce((total, x) => total + x, 0);
export function variance(values: readonly number[], correction: number): number {
  const mean = sum(values) / values.length;
  return sum(values.map((x) => (x - mean) ** 2)) / (values.length - correction);
}
