// Reordering and cutting as PyTorch names it, made of reshape, permute, expand, slice and cat. Dimensions may
// count from the end; sizes may be −1 where PyTorch allows it.

import type { DType, Ops } from '../ops.ts';
import { dimension, dimensions, elements, misfit, type Shape, shapeText } from '../shapes/arithmetic.ts';

export function shapeOf<T>(ops: Ops<T>, x: T): Shape {
  return ops.type(x).shape;
}

export function rankOf<T>(ops: Ops<T>, x: T): number {
  return ops.type(x).shape.length;
}

export function reshape<T>(ops: Ops<T>, x: T, sizes: Shape): T {
  const shape = shapeOf(ops, x);
  const total = elements(shape);
  const unknown = sizes.indexOf(-1);
  if (unknown < 0) return ops.reshape(x, sizes);
  const known = sizes.reduce((product, size, i) => (i === unknown ? product : product * size), 1);
  if (sizes.lastIndexOf(-1) !== unknown || known === 0 || total % known !== 0)
    throw misfit('size', `reshape expects sizes that divide the ${total} elements of ${shapeText(shape)}`, sizes);
  return ops.reshape(x, sizes.with(unknown, total / known));
}

export function flatten<T>(ops: Ops<T>, x: T, start: number, end: number): T {
  const shape = shapeOf(ops, x);
  if (shape.length === 0) return ops.reshape(x, [1]);
  const first = dimension('flatten', start, shape.length);
  const last = dimension('flatten', end, shape.length);
  if (first > last)
    throw misfit('dimension', 'flatten expects start_dim not to come after end_dim', `${start}, ${end}`);
  if (first === last) return x;
  const middle = elements(shape.slice(first, last + 1));
  return ops.reshape(x, [...shape.slice(0, first), middle, ...shape.slice(last + 1)]);
}

export function unflatten<T>(ops: Ops<T>, x: T, dim: number, sizes: Shape): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('unflatten', dim, shape.length);
  const known = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const filled = sizes.map((size) => (size === -1 ? shape[axis] / known : size));
  if (elements(filled) !== shape[axis] || filled.some((size) => !Number.isInteger(size)))
    throw misfit('size', `unflatten expects sizes whose product is ${shape[axis]}`, sizes);
  return ops.reshape(x, [...shape.slice(0, axis), ...filled, ...shape.slice(axis + 1)]);
}

export function permute<T>(ops: Ops<T>, x: T, dims: readonly number[]): T {
  const rank = rankOf(ops, x);
  if (dims.length !== rank)
    throw misfit('dimension', `permute expects ${rank} dimensions for ${shapeText(shapeOf(ops, x))}`, shapeText(dims));
  return ops.permute(x, dimensions('permute', dims, rank));
}

export function transpose<T>(ops: Ops<T>, x: T, a: number, b: number): T {
  const rank = rankOf(ops, x);
  if (rank === 0) return x;
  const order = Array.from({ length: rank }, (_, i) => i);
  const i = dimension('transpose', a, rank);
  const j = dimension('transpose', b, rank);
  return i === j ? x : ops.permute(x, order.with(i, j).with(j, i));
}

export function movedim<T>(ops: Ops<T>, x: T, source: readonly number[], destination: readonly number[]): T {
  const rank = rankOf(ops, x);
  const from = source.map((dim) => dimension('movedim', dim, rank));
  const to = destination.map((dim) => dimension('movedim', dim, rank));
  const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !from.includes(i));
  const order = Array.from({ length: rank }, (_, i) => {
    const at = to.indexOf(i);
    return at < 0 ? (rest.shift() ?? 0) : from[at];
  });
  return ops.permute(x, order);
}

export function unsqueeze<T>(ops: Ops<T>, x: T, dim: number): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('unsqueeze', dim, shape.length + 1);
  return ops.reshape(x, shape.toSpliced(axis, 0, 1));
}

export function squeeze<T>(ops: Ops<T>, x: T, dims: readonly number[] | null): T {
  const shape = shapeOf(ops, x);
  const gone = dims === null ? null : dims.map((dim) => dimension('squeeze', dim, shape.length));
  const kept = shape.filter((size, i) => size !== 1 || (gone !== null && !gone.includes(i)));
  return kept.length === shape.length ? x : ops.reshape(x, kept);
}

export function expand<T>(ops: Ops<T>, x: T, sizes: Shape): T {
  const shape = shapeOf(ops, x);
  const added = sizes.length - shape.length;
  return ops.expand(
    x,
    sizes.map((size, i) => (size === -1 ? (shape[i - added] ?? -1) : size)),
  );
}

/** One index of a dimension, which goes. */
export function select<T>(ops: Ops<T>, x: T, dim: number, index: number): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('select', dim, shape.length);
  const size = shape[axis];
  if (shape.length === 0 || index < -size || index >= size)
    throw misfit(
      'dimension',
      `select expects an index below ${size} in dimension ${axis} of ${shapeText(shape)}`,
      String(index),
    );
  const start = index < 0 ? index + size : index;
  return ops.reshape(ops.slice(x, axis, start, start + 1, 1), shape.toSpliced(axis, 1));
}

export function narrow<T>(ops: Ops<T>, x: T, dim: number, start: number, length: number): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('narrow', dim, shape.length);
  const first = start < 0 ? start + shape[axis] : start;
  if (first < 0 || length < 0 || first + length > shape[axis])
    throw misfit(
      'size',
      `narrow expects a range within dimension ${axis} of ${shapeText(shape)}`,
      `${start}, ${length}`,
    );
  return ops.slice(x, axis, first, first + length, 1);
}

/** Consecutive parts of these sizes. */
export function split<T>(ops: Ops<T>, x: T, sizes: Shape, dim: number): T[] {
  const shape = shapeOf(ops, x);
  const axis = dimension('split', dim, shape.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== shape[axis])
    throw misfit(
      'size',
      `split expects sizes that sum to ${shape[axis]}, dimension ${axis} of ${shapeText(shape)}`,
      sizes,
    );
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return ops.slice(x, axis, start - size, start, 1);
  });
}

/** Parts of `size`, the last may be smaller. */
export function splitEvery<T>(ops: Ops<T>, x: T, size: number, dim: number): T[] {
  const total = shapeOf(ops, x)[dimension('split', dim, rankOf(ops, x))];
  if (size < 1) throw misfit('argument', 'split expects a positive size', String(size));
  const count = Math.max(1, Math.ceil(total / size));
  const sizes = Array.from({ length: count }, (_, i) => Math.min(size, total - i * size));
  return split(ops, x, sizes, dim);
}

export function chunk<T>(ops: Ops<T>, x: T, chunks: number, dim: number): T[] {
  const total = shapeOf(ops, x)[dimension('chunk', dim, rankOf(ops, x))];
  if (chunks < 1) throw misfit('argument', 'chunk expects at least one chunk', String(chunks));
  return splitEvery(ops, x, Math.max(1, Math.ceil(total / chunks)), dim);
}

/** As many nearly equal parts, the first ones larger; or cuts at the indices. */
export function tensorSplit<T>(ops: Ops<T>, x: T, where: number | readonly number[], dim: number): T[] {
  const axis = dimension('tensor_split', dim, rankOf(ops, x));
  const size = shapeOf(ops, x)[axis];
  if (typeof where === 'number') {
    if (where < 1) throw misfit('argument', 'tensor_split expects at least one section', String(where));
    const sizes = Array.from({ length: where }, (_, i) => Math.floor(size / where) + Number(i < size % where));
    return split(ops, x, sizes, axis);
  }
  const cuts = where.map((cut) => Math.min(size, Math.max(0, cut < 0 ? cut + size : cut)));
  return [...cuts, size].map((end, i) => ops.slice(x, axis, i === 0 ? 0 : Math.min(cuts[i - 1], end), end, 1));
}

/** Of two dimensions, which go; the diagonal comes last. */
export function diagonal<T>(ops: Ops<T>, x: T, offset: number, dim1: number, dim2: number): T {
  const moved = movedim(ops, x, [dim1, dim2], [-2, -1]);
  const shape = shapeOf(ops, moved);
  const [rows, columns] = shape.slice(-2);
  const length = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  const first = offset >= 0 ? offset : -offset * columns;
  const flat = ops.reshape(moved, [...shape.slice(0, -2), rows * columns]);
  const indices = Array.from({ length }, (_, i) => first + i * (columns + 1));
  return pick(ops, flat, shape.length - 2, indices);
}

/** The last dimension on the diagonal of a new square one. */
export function diagEmbed<T>(ops: Ops<T>, x: T, offset: number): T {
  const shape = shapeOf(ops, x);
  const length = shape[shape.length - 1] ?? 0;
  const n = length + Math.abs(offset);
  const side: readonly [number, number] = [Math.max(0, offset), Math.max(0, -offset)];
  const none: readonly [number, number] = [0, 0];
  const last = shape.length - 1;
  const padded = ops.pad(
    x,
    shape.map((_, i) => (i === last ? side : none)),
    0,
  );
  const distance = ops.binary('sub', range(ops, n), ops.reshape(range(ops, n), [n, 1]));
  const rows = ops.expand(unsqueeze(ops, padded, last), [...shape.slice(0, -1), n, n]);
  return ops.where(ops.binary('eq', distance, offset), rows, 0);
}

export function unbind<T>(ops: Ops<T>, x: T, dim: number): T[] {
  const size = shapeOf(ops, x)[dimension('unbind', dim, rankOf(ops, x))];
  return Array.from({ length: size }, (_, i) => select(ops, x, dim, i));
}

export function stack<T>(ops: Ops<T>, xs: readonly T[], dim: number): T {
  const shapes = xs.map((x) => shapeOf(ops, x));
  const axis = dimension('stack', dim, shapes[0].length + 1);
  const odd = shapes.find((shape) => shapeText(shape) !== shapeText(shapes[0]));
  if (odd !== undefined) throw misfit('size', 'stack expects tensors of one shape', shapes[0], odd);
  return ops.cat(
    xs.map((x) => unsqueeze(ops, x, axis)),
    axis,
  );
}

export function cat<T>(ops: Ops<T>, xs: readonly T[], dim: number): T {
  const rank = Math.max(...xs.map((x) => rankOf(ops, x)));
  return ops.cat(xs, dimension('cat', dim, rank));
}

/** Tiles: the whole tensor `counts[i]` times along dimension i. */
export function repeat<T>(ops: Ops<T>, x: T, counts: readonly number[]): T {
  const shape = shapeOf(ops, x);
  const added = counts.length - shape.length;
  if (added < 0)
    throw misfit('rank', `repeat expects at least ${shape.length} counts for ${shapeText(shape)}`, shapeText(counts));
  const sizes = [...counts.slice(0, added).map(() => 1), ...shape];
  const paired = ops.reshape(
    x,
    sizes.flatMap((size) => [1, size]),
  );
  const expanded = ops.expand(
    paired,
    sizes.flatMap((size, i) => [counts[i], size]),
  );
  return ops.reshape(
    expanded,
    sizes.map((size, i) => size * counts[i]),
  );
}

/** Each element `count` times in its place. */
export function repeatInterleave<T>(ops: Ops<T>, x: T, count: number, dim: number): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('repeat_interleave', dim, shape.length);
  const expanded = ops.expand(unsqueeze(ops, x, axis + 1), shape.toSpliced(axis + 1, 0, count));
  return ops.reshape(expanded, shape.with(axis, shape[axis] * count));
}

export function flip<T>(ops: Ops<T>, x: T, dims: readonly number[]): T {
  const shape = shapeOf(ops, x);
  return dims
    .map((dim) => dimension('flip', dim, shape.length))
    .reduce(
      (flipped, dim) =>
        pick(
          ops,
          flipped,
          dim,
          Array.from({ length: shape[dim] }, (_, i) => shape[dim] - 1 - i),
        ),
      x,
    );
}

export function roll<T>(ops: Ops<T>, x: T, shifts: readonly number[], dims: readonly number[]): T {
  const shape = shapeOf(ops, x);
  if (dims.length === 0) {
    const flat = roll(ops, ops.reshape(x, [elements(shape)]), shifts, [0]);
    return ops.reshape(flat, shape);
  }
  if (dims.length !== shifts.length)
    throw misfit('argument', `roll expects as many shifts as dims`, shapeText(shifts), shapeText(dims));
  return dims.reduce((rolled, dim, i) => {
    const axis = dimension('roll', dim, shape.length);
    const size = shape[axis];
    const cut = size === 0 ? 0 : ((-shifts[i] % size) + size) % size;
    if (cut === 0) return rolled;
    return ops.cat([ops.slice(rolled, axis, cut, size, 1), ops.slice(rolled, axis, 0, cut, 1)], axis);
  }, x);
}

/** Rows of a dimension by known indices. */
export function pick<T>(ops: Ops<T>, x: T, dim: number, indices: readonly number[]): T {
  return ops.index_select(x, dim, constant(ops, [indices.length], indices, 'int64'));
}

export function constant<T>(ops: Ops<T>, shape: Shape, data: readonly number[], dtype: DType = 'float32'): T {
  return ops.constant({ kind: 'data', shape, data, dtype });
}

/** 0, 1, … below `end`. */
export function range<T>(ops: Ops<T>, end: number): T {
  return ops.constant({ kind: 'arange', start: 0, end, step: 1, dtype: 'int64' });
}

export function full<T>(ops: Ops<T>, shape: Shape, value: number, dtype: DType = 'float32'): T {
  return ops.constant({ kind: 'full', shape, value, dtype });
}

/** Every dimension, or those given, from the front. */
export function axes<T>(ops: Ops<T>, op: string, x: T, dims: readonly number[] | null): readonly number[] {
  return dimensions(op, dims ?? [], rankOf(ops, x));
}
