// Writing where an index says, made of one primitive: `scatter_add` onto zeros. What is written several times to
// one place is undefined in PyTorch; here it is the mean of what was written.

import type { Ops } from '../ops.ts';
import { dimension, elements, misfit, shapeText } from '../shapes/arithmetic.ts';
import { rankOf, shapeOf } from './views.ts';

/** x with the elements of `src` in the places that `index` names along `dim`. */
export function scatter<T>(ops: Ops<T>, x: T, dim: number, index: T, src: T): T {
  return onCorner(ops, x, dim, index, src, (corner, axis, part) => {
    const size = shapeOf(ops, x)[axis];
    const one = ops.constant({ kind: 'full', shape: [], value: 1, dtype: 'float32' });
    const count = ops.scatter_add(ops.expand(one, shapeOf(ops, index)), axis, index, size);
    const sums = ops.scatter_add(ops.cast(part, 'float32'), axis, index, size);
    const { dtype } = ops.type(x);
    const mean = ops.binary('div', sums, ops.clamp(count, 1, null));
    return ops.where(ops.binary('gt', count, 0), ops.cast(mean, dtype), corner);
  });
}

export function scatterAdd<T>(ops: Ops<T>, x: T, dim: number, index: T, src: T): T {
  return onCorner(ops, x, dim, index, src, (corner, axis, part) => {
    const sums = ops.scatter_add(ops.cast(part, 'float32'), axis, index, shapeOf(ops, x)[axis]);
    return ops.binary('add', corner, ops.cast(sums, ops.type(x).dtype));
  });
}

/** Pieces of `source` for the places of a one-dimensional index. */
export function byRows<T>(
  ops: Ops<T>,
  x: T,
  dim: number,
  index: T,
  source: T,
  write: (ops: Ops<T>, x: T, dim: number, index: T, src: T) => T,
): T {
  const axis = dimension('index_add', dim, rankOf(ops, x));
  const shape = shapeOf(ops, source);
  const rows = elements(shapeOf(ops, index));
  if (shape.length !== rankOf(ops, x) || shape[axis] !== rows)
    throw misfit('size', `expects a source with ${rows} pieces in dimension ${axis}`, shape);
  const column = ops.reshape(
    index,
    shape.map((_, i) => (i === axis ? rows : 1)),
  );
  return write(ops, x, axis, ops.expand(column, shape), source);
}

/** Applies `write` to the part of x that the index reaches in the other dimensions, and puts it back. */
function onCorner<T>(
  ops: Ops<T>,
  x: T,
  dim: number,
  index: T,
  src: T,
  write: (corner: T, axis: number, src: T) => T,
): T {
  const shape = shapeOf(ops, x);
  const reach = shapeOf(ops, index);
  const given = shapeOf(ops, src);
  const axis = dimension('scatter', dim, shape.length);
  const fits =
    reach.length === shape.length && reach.every((size, i) => (i === axis || size <= shape[i]) && size <= given[i]);
  if (!fits || given.length !== shape.length)
    throw misfit(
      'size',
      `scatter expects an index within ${shapeText(shape)} and its source ${shapeText(given)}`,
      reach,
    );
  const cut = (from: T, keep: (i: number) => number) =>
    shapeOf(ops, from).reduce((part, size, i) => (keep(i) === size ? part : ops.slice(part, i, 0, keep(i), 1)), from);
  const written = write(
    cut(x, (i) => (i === axis ? shape[i] : reach[i])),
    axis,
    cut(src, (i) => reach[i]),
  );
  return restored(ops, x, written, shape.length - 1);
}

/** What `written` does not cover of x, from the last dimension on. */
function restored<T>(ops: Ops<T>, x: T, written: T, last: number): T {
  let whole = written;
  for (let i = last; i >= 0; i--) {
    const size = shapeOf(ops, x)[i];
    const have = shapeOf(ops, whole)[i];
    if (have === size) continue;
    // The rest of this dimension, as wide as what is there in the ones before it.
    let rest = ops.slice(x, i, have, size, 1);
    for (let j = 0; j < i; j++) rest = ops.slice(rest, j, 0, shapeOf(ops, whole)[j], 1);
    whole = ops.cat([whole, rest], i);
  }
  return whole;
}
