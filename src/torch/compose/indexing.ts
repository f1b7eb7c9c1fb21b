// What stands between brackets: x[0], x[:, 1:], x[..., None], x[index]. One item for each comma, as plain values:
// an integer, None, `{ slice: [start, stop, step] }`, `{ ellipsis: true }`, a tensor, or a list of integers.

import type { Ops } from '../ops.ts';
import { custom } from '../params.ts';
import { broadcast, dimension, elements, misfit, type Shape, shapeText } from '../shapes/arithmetic.ts';
import { isList, isNodeRef, type Param, type TensorSlot, type Value } from '../signature.ts';
import { scatter, scatterAdd } from './scatter.ts';
import { constant, pick, range, select, shapeOf, unsqueeze } from './views.ts';

export interface SliceItem {
  readonly slice: readonly [number | null, number | null, number | null];
}

export function indexItems(): Param<readonly (TensorSlot | PlainItem)[]> {
  const param = custom('indices', (value) => {
    const items = isList(value) ? value.map(readItem) : [readItem(value)];
    return items.every((item) => item !== undefined) ? items : undefined;
  });
  return { ...param, tensor: true };
}

export type PlainItem = number | null | SliceItem | { readonly ellipsis: true } | PlainList;
export interface PlainList {
  readonly list: readonly number[];
}

function readItem(value: Value): PlainItem | TensorSlot | undefined {
  if (value === null || (typeof value === 'number' && Number.isInteger(value))) return value;
  // The reference keeps the slot until a handle takes it.
  if (isNodeRef(value)) return value as unknown as TensorSlot;
  if (isList(value)) return integerList(value);
  if (typeof value !== 'object') return undefined;
  if ('ellipsis' in value) return { ellipsis: true };
  return 'slice' in value ? readSlice(value['slice']) : undefined;
}

function integerList(value: readonly Value[]): PlainList | undefined {
  const list = value.filter((item) => typeof item === 'number' && Number.isInteger(item));
  return list.length === value.length ? { list: list.map(Number) } : undefined;
}

function readSlice(value: Value): SliceItem | undefined {
  if (!isList(value) || value.length !== 3) return undefined;
  const [start, stop, step] = value.map((item) =>
    item === null || (typeof item === 'number' && Number.isInteger(item)) ? item : undefined,
  );
  if (start === undefined || stop === undefined || step === undefined) return undefined;
  return { slice: [start, stop, step] };
}

/** Ellipsis spelled out: one item for each dimension and each None. */
function complete<T>(items: readonly (PlainItem | T)[], shape: Shape): readonly (PlainItem | T)[] {
  const used = items.filter((item) => item !== null && !isEllipsis(item)).length;
  if (used > shape.length)
    throw misfit('dimension', `an index expects at most ${shape.length} items for ${shapeText(shape)}`, String(used));
  const all: SliceItem = { slice: [null, null, null] };
  const rest = Array.from({ length: shape.length - used }, () => all);
  const at = items.findIndex(isEllipsis);
  return at < 0 ? [...items, ...rest] : [...items.slice(0, at), ...rest, ...items.slice(at + 1)];
}

function isEllipsis(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'ellipsis' in item;
}

function isSlice(item: unknown): item is SliceItem {
  return typeof item === 'object' && item !== null && 'slice' in item;
}

function isPlainList(item: unknown): item is PlainList {
  return typeof item === 'object' && item !== null && 'list' in item;
}

export function getItem<T>(ops: Ops<T>, x: T, items: readonly (PlainItem | T)[]): T {
  let result = x;
  let dim = 0;
  const gathered: { readonly dim: number; readonly index: T }[] = [];
  for (const item of complete(items, shapeOf(ops, x))) {
    if (item === null) result = unsqueeze(ops, result, dim++);
    else if (typeof item === 'number') result = select(ops, result, dim, item);
    else if (isSlice(item)) result = sliceAlong(ops, result, dim++, item);
    else {
      const index = isPlainList(item) ? constant(ops, [item.list.length], item.list, 'int64') : item;
      gathered.push({ dim: dim++, index: asIndices(ops, index as T) });
    }
  }
  return gathered.length === 0 ? result : gatherAt(ops, result, gathered);
}

function asIndices<T>(ops: Ops<T>, index: T): T {
  const { dtype, shape } = ops.type(index);
  if (dtype !== 'int64')
    throw misfit(
      'dtype',
      'an index expects int64; a bool mask would give a size that depends on the data',
      `${dtype} ${shapeText(shape)}`,
    );
  return index;
}

/** start, stop and step as Python reads them for this size; a step below 1 is refused, as in PyTorch. */
export function sliceRange({ slice: [start, stop, step] }: SliceItem, size: number): readonly [number, number, number] {
  if (step !== null && step < 1) throw misfit('argument', 'a slice expects a step greater than 0', String(step));
  const clip = (i: number) => Math.min(size, Math.max(0, i < 0 ? i + size : i));
  const first = clip(start ?? 0);
  return [first, Math.max(first, clip(stop ?? size)), step ?? 1];
}

function sliceAlong<T>(ops: Ops<T>, x: T, dim: number, item: SliceItem): T {
  const size = shapeOf(ops, x)[dim];
  const [start, stop, step] = sliceRange(item, size);
  return start === 0 && stop === size && step === 1 ? x : ops.slice(x, dim, start, stop, step);
}

/** Tensors as indices: their dimensions come where they stand, or first where something stands between them. */
function gatherAt<T>(ops: Ops<T>, x: T, at: readonly { readonly dim: number; readonly index: T }[]): T {
  const shape = shapeOf(ops, x);
  const dims = at.map(({ dim }) => dim);
  const adjacent = dims.every((dim, i) => dim === dims[0] + i);
  const target = adjacent ? dims[0] : 0;
  const others = shape.map((_, i) => i).filter((i) => !dims.includes(i));
  const order = [...others.slice(0, target), ...dims, ...others.slice(target)];
  const indexShape = at.map(({ index }) => shapeOf(ops, index)).reduce((a, b) => broadcast('index', a, b));
  const sizes = dims.map((dim) => shape[dim]);
  // One index into the indexed dimensions, flattened; negative ones count from the end.
  const flat = at
    .map(({ index }, i) => {
      const wrapped = ops.where(ops.binary('lt', index, 0), ops.binary('add', index, sizes[i]), index);
      return ops.binary('mul', wrapped, elements(sizes.slice(i + 1)));
    })
    .reduce((a, b) => ops.binary('add', a, b));
  const moved = adjacent ? x : ops.permute(x, order);
  const lead = others.slice(0, target).map((i) => shape[i]);
  const trail = others.slice(target).map((i) => shape[i]);
  const rows = ops.reshape(moved, [...lead, elements(sizes), ...trail]);
  const picked = ops.index_select(rows, target, ops.reshape(flat, [elements(indexShape)]));
  return ops.reshape(picked, [...lead, ...indexShape, ...trail]);
}

/** x with `value` written at the index: what was before and after it, and the value in between. */
export function setItem<T>(ops: Ops<T>, x: T, items: readonly (PlainItem | T)[], value: T): T {
  const shape = shapeOf(ops, x);
  const whole = complete(items, shape);
  if (whole.some((item) => item !== null && typeof item !== 'number' && !isSlice(item)))
    return putItems(ops, x, whole, value, false);
  const plain = whole.filter((item) => item !== null);
  const ranges = plain.map((item, dim) => writeRange(item, shape[dim]));
  const region = ranges.map(([start, stop, step]) => Math.ceil((stop - start) / step));
  // Integers drop their dimension from what is assigned, None adds one of size 1, which broadcasts.
  let dim = 0;
  const given = whole.flatMap((item) => {
    if (item === null) return [1];
    const size = region[dim++];
    return typeof item === 'number' ? [] : [size];
  });
  return write(ops, x, ops.reshape(fitted(ops, x, value, given), region), ranges, 0);
}

/** As `setItem`, where tensors or lists say which elements. */
export function putItems<T>(ops: Ops<T>, x: T, items: readonly (PlainItem | T)[], value: T, accumulate: boolean): T {
  const shape = shapeOf(ops, x);
  const total = elements(shape);
  const places = getItem(ops, ops.reshape(range(ops, total), shape), items);
  const count = [elements(shapeOf(ops, places))];
  const given = ops.reshape(fitted(ops, x, value, shapeOf(ops, places)), count);
  const put = accumulate ? scatterAdd : scatter;
  return ops.reshape(put(ops, ops.reshape(x, [total]), 0, ops.reshape(places, count), given), shape);
}

/** The value in the dtype of x and the shape of what it is written to; leading sizes of 1 are dropped. */
function fitted<T>(ops: Ops<T>, x: T, value: T, given: Shape): T {
  const own = shapeOf(ops, value);
  const extra = Math.max(0, own.length - given.length);
  const trimmed = own.slice(0, extra).every((size) => size === 1) ? own.slice(extra) : own;
  if (trimmed.length > given.length || broadcast('setitem', trimmed, given).join() !== given.join())
    throw misfit('broadcast', `an assignment expects a value that broadcasts to ${shapeText(given)}`, own);
  return ops.expand(ops.cast(ops.reshape(value, trimmed), ops.type(x).dtype), given);
}

type WriteRange = readonly [start: number, stop: number, step: number];

function writeRange(item: unknown, size: number): WriteRange {
  if (isSlice(item)) return sliceRange(item, size);
  const start = dimension('setitem', Number(item), size);
  return [start, start + 1, 1];
}

function write<T>(ops: Ops<T>, x: T, value: T, ranges: readonly WriteRange[], dim: number): T {
  if (dim === ranges.length) return value;
  const size = shapeOf(ops, x)[dim];
  const [start, stop, step] = ranges[dim];
  if (start === stop) return x;
  const inside = write(ops, ops.slice(x, dim, start, stop, step), value, ranges, dim + 1);
  if (step > 1) {
    // Every element from the old or from the new, in its place.
    const order = Array.from({ length: size }, (_, i) =>
      i < start || i >= stop || (i - start) % step !== 0 ? i : size + (i - start) / step,
    );
    return pick(ops, ops.cat([x, inside], dim), dim, order);
  }
  if (start === 0 && stop === size) return inside;
  const parts = [inside];
  if (start > 0) parts.unshift(ops.slice(x, dim, 0, start, 1));
  if (stop < size) parts.push(ops.slice(x, dim, stop, size, 1));
  return ops.cat(parts, dim);
}

/** Windows of one dimension, as Tensor.unfold: (…, windows, …, size). */
export function slidingWindows<T>(ops: Ops<T>, x: T, dim: number, size: number, step: number): T {
  const shape = shapeOf(ops, x);
  const axis = dimension('unfold', dim, shape.length);
  const count = Math.floor((shape[axis] - size) / step) + 1;
  if (size > shape[axis] || step < 1)
    throw misfit(
      'argument',
      `unfold expects windows of at most ${shape[axis]} and a positive step`,
      `${size}, ${step}`,
    );
  const indices = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * step + (i % size));
  const rows = ops.reshape(pick(ops, x, axis, indices), [
    ...shape.slice(0, axis),
    count,
    size,
    ...shape.slice(axis + 1),
  ]);
  const order = Array.from({ length: shape.length + 1 }, (_, i) => i).filter((i) => i !== axis + 1);
  return ops.permute(rows, [...order, axis + 1]);
}
