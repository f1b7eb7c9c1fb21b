// Order, made of comparisons. A short line is ranked by comparing every pair; of a long one the largest are taken
// one after the other, as n² numbers would not fit.

import type { Ops } from '../ops.ts';
import { dimension, elements, misfit } from '../shapes/arithmetic.ts';
import { range, rankOf, shapeOf, unsqueeze } from './views.ts';

/** Beyond this many pairs, choosing one by one is cheaper. */
const PAIRS = 1 << 22;
/** No number of a model is below it, and infinities are above. */
const LOWEST = -3.4e38;

export interface Ordered<T> {
  readonly values: T;
  readonly indices: T;
}

export function sort<T>(ops: Ops<T>, x: T, dim: number, descending: boolean): Ordered<T> {
  const axis = dimension('sort', dim, rankOf(ops, x));
  if (rankOf(ops, x) === 0) return { values: x, indices: ops.cast(ops.binary('mul', x, 0), 'int64') };
  return picked(ops, x, axis, ranked(ops, sortable(ops, x, descending), axis));
}

/** The k first in order. */
export function topk<T>(ops: Ops<T>, x: T, k: number, dim: number, largest: boolean): Ordered<T> {
  const shape = shapeOf(ops, x);
  const axis = dimension('topk', dim, shape.length);
  if (k < 0 || k > (shape[axis] ?? 1))
    throw misfit('argument', `topk expects k from 0 to ${shape[axis] ?? 1}`, String(k));
  const key = sortable(ops, x, largest);
  const pairs = elements(shape) * shape[axis];
  if (pairs <= PAIRS || k === 0) return picked(ops, x, axis, ops.slice(ranked(ops, key, axis), axis, 0, k, 1));
  return picked(ops, x, axis, chosen(ops, key, axis, k));
}

/** Integers as floats; smallest first as largest first of the negated. */
function sortable<T>(ops: Ops<T>, x: T, descending: boolean): T {
  const key = ops.clamp(ops.detach(ops.cast(x, 'float32')), LOWEST / 2, null);
  return descending ? key : ops.clamp(ops.unary('neg', ops.detach(ops.cast(x, 'float32'))), LOWEST / 2, null);
}

function picked<T>(ops: Ops<T>, x: T, axis: number, indices: T): Ordered<T> {
  return { values: ops.gather(x, axis, indices), indices };
}

/** Where the elements of a line are, from the largest to the smallest; of equals the first comes first. */
function ranked<T>(ops: Ops<T>, key: T, axis: number): T {
  const shape = shapeOf(ops, key);
  const n = shape[axis];
  const own = unsqueeze(ops, key, axis + 1);
  const others = unsqueeze(ops, key, axis);
  const ahead = ops.binary('gt', others, own);
  const places = range(ops, n);
  const earlier = ops.binary('lt', ops.reshape(places, [1, n]), ops.reshape(places, [n, 1]));
  const beside = ops.reshape(earlier, [n, n, ...shape.slice(axis + 1).map(() => 1)]);
  const tied = ops.binary('mul', ops.binary('eq', others, own), beside);
  const before = ops.binary('add', ops.cast(ahead, 'int64'), ops.cast(tied, 'int64'));
  const rank = ops.sum(before, [axis + 1], false);
  const position = ops.expand(
    ops.reshape(
      ops.cast(places, 'float32'),
      shape.map((_, i) => (i === axis ? n : 1)),
    ),
    shape,
  );
  return ops.cast(ops.scatter_add(position, axis, rank, n), 'int64');
}

function chosen<T>(ops: Ops<T>, key: T, axis: number, k: number): T {
  const shape = shapeOf(ops, key);
  const places = ops.reshape(
    range(ops, shape[axis]),
    shape.map((size, i) => (i === axis ? size : 1)),
  );
  const found: T[] = [];
  let left = key;
  for (let i = 0; i < k; i++) {
    const at = ops.argmax(left, axis, true);
    found.push(at);
    if (i < k - 1) left = ops.where(ops.binary('eq', places, at), LOWEST, left);
  }
  return ops.cat(found, axis);
}

/** How many boundaries lie below each number, or not above it where `right`. */
export function bucketize<T>(ops: Ops<T>, x: T, boundaries: T, right: boolean): T {
  const own = unsqueeze(ops, x, rankOf(ops, x));
  // Boundaries of several dimensions belong to the lines of x.
  const theirs = rankOf(ops, boundaries) > 1 ? unsqueeze(ops, boundaries, rankOf(ops, boundaries) - 1) : boundaries;
  const below = ops.binary(right ? 'le' : 'lt', theirs, own);
  return ops.sum(ops.cast(below, 'int64'), [rankOf(ops, own) - 1], false);
}
