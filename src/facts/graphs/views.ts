// Functions that rearrange axes: view, permute, flatten, mean over some of them.

import { ANY_SHAPE, type Axis, type Shape, type Size, sizeOf, type Value } from './values.ts';

interface Rearrangement {
  readonly name: string;
  readonly shape: Shape;
  /** Without the tensor. */
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export function viewOf({ name, shape, args, named }: Rearrangement): Shape {
  const flat = args.length === 1 && args[0]?.kind === 'list' ? args[0].items : args;
  switch (name) {
    case 'view':
    case 'reshape':
      return viewed(shape, flat);
    case 'flatten':
      return flattened(shape, numberOf(args[0] ?? named.get('start_dim')) ?? 0, args[1] ?? named.get('end_dim'));
    case 'permute':
      return permuted(shape, flat.map(numberOf));
    case 'transpose':
    case 'swapaxes':
      return transposed(shape, numberOf(args[0]), numberOf(args[1]));
    case 't':
      return transposed(shape, 0, 1);
    case 'unsqueeze':
      return unsqueezed(shape, numberOf(args[0] ?? named.get('dim')));
    case 'squeeze':
      return squeezed(shape, args[0] ?? named.get('dim'));
    case 'mean':
    case 'sum':
    case 'amax':
    case 'amin':
    case 'std':
    case 'var':
      return reduced(shape, args[0] ?? named.get('dim'), args[1] ?? named.get('keepdim'));
    default:
      return ANY_SHAPE;
  }
}

function numberOf(value: Value | undefined): number | undefined {
  return value?.kind === 'plain' && typeof value.value === 'number' ? value.value : undefined;
}

/** An axis whose size is one of the tensor's own keeps its meaning. */
function viewed({ axes }: Shape, sizes: readonly Value[]): Shape {
  if (sizes.length === 0 || sizes.some((size) => size.kind === 'gap')) return ANY_SHAPE;
  return {
    open: false,
    axes: sizes.map((value, i): Axis => {
      const size = sizeOf(value);
      if (size === null || size === -1) return { label: '?', size: null };
      const same = axes.filter((axis) => axis.size === size);
      const [only] = same;
      // Two numbers may be equal by chance; a name is nobody else's.
      const isSame = only && same.length === 1 && (typeof size === 'string' || axes.indexOf(only) === i);
      return { label: isSame ? only.label : '?', size };
    }),
  };
}

function flattened({ open, axes }: Shape, start: number, end: Value | undefined): Shape {
  const last = end === undefined ? -1 : numberOf(end);
  if (open || start < 0 || last === undefined) return start === 1 && last === -1 && open ? twoAxes() : ANY_SHAPE;
  const stop = last < 0 ? axes.length + last : last;
  const inside = axes.slice(start, stop + 1);
  const others = inside.filter(({ size }) => size !== 1);
  const [only] = others;
  const merged: Axis =
    others.length === 1 && only ? only : { label: '?', size: product(inside.map(({ size }) => size)) };
  return { open: false, axes: [...axes.slice(0, start), merged, ...axes.slice(stop + 1)] };
}

function twoAxes(): Shape {
  return {
    open: false,
    axes: [
      { label: '?', size: null },
      { label: '?', size: null },
    ],
  };
}

function product(sizes: readonly Size[]): Size {
  return sizes.every((size) => typeof size === 'number') ? sizes.reduce((a: number, b) => a * Number(b), 1) : null;
}

function permuted({ open, axes }: Shape, order: readonly (number | undefined)[]): Shape {
  const moved = order.flatMap((i) => (i === undefined ? [] : (axes.at(i) ?? [])));
  if (order.length === 0 || order.includes(undefined)) return ANY_SHAPE;
  if (open || moved.length !== axes.length || order.length !== axes.length)
    return { open: false, axes: order.map((): Axis => ({ label: '?', size: null })) };
  return { open: false, axes: moved };
}

function transposed({ open, axes }: Shape, a: number | undefined, b: number | undefined): Shape {
  if (open || a === undefined || b === undefined) return ANY_SHAPE;
  const [i, j] = [a < 0 ? axes.length + a : a, b < 0 ? axes.length + b : b];
  const [x, y] = [axes[i], axes[j]];
  if (!x || !y) return ANY_SHAPE;
  return { open: false, axes: axes.map((axis, k) => (k === i ? y : k === j ? x : axis)) };
}

function unsqueezed({ open, axes }: Shape, at: number | undefined): Shape {
  if (open || at === undefined) return ANY_SHAPE;
  const i = at < 0 ? axes.length + 1 + at : at;
  return { open: false, axes: [...axes.slice(0, i), { label: '?', size: 1 }, ...axes.slice(i)] };
}

function squeezed({ open, axes }: Shape, dim: Value | undefined): Shape {
  const at = numberOf(dim);
  // Without a dimension, an axis that happens to be 1 goes too.
  if (open || at === undefined) return ANY_SHAPE;
  const i = at < 0 ? axes.length + at : at;
  return axes[i]?.size === 1 ? { open: false, axes: axes.filter((_, k) => k !== i) } : ANY_SHAPE;
}

function reduced({ open, axes }: Shape, dim: Value | undefined, keep: Value | undefined): Shape {
  if (open || !dim || (keep && keep.kind !== 'plain')) return ANY_SHAPE;
  const dims = (dim.kind === 'list' ? dim.items : [dim]).map(numberOf);
  if (dims.includes(undefined)) return ANY_SHAPE;
  const gone = new Set(dims.map((i) => ((i ?? 0) < 0 ? axes.length + (i ?? 0) : (i ?? 0))));
  const isKept = keep?.kind === 'plain' && keep.value === true;
  return {
    open: false,
    axes: axes.flatMap((axis, i): readonly Axis[] => (!gone.has(i) ? [axis] : isKept ? [{ ...axis, size: 1 }] : [])),
  };
}
