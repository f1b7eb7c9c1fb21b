import type { Ops, TensorType } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, type Emit, normalizeDims, type Slices, sameShape, stridesOf, type Value } from '../values.ts';
import { broadcastStrides, cast, contiguousCopy, sumTo } from './elementwise.ts';
import { family } from './op.ts';

type Names = 'reshape' | 'permute' | 'expand' | 'slice' | 'cat' | 'pad' | 'detach' | 'assign';

export default family({
  name: 'view',
  ops: (b): Pick<Ops<Value>, Names> => ({
    reshape: (x, shape) => reshape(b, x, shape),
    permute: (x, dims) => permute(b, x, normalizeDims(dims, x.shape.length)),
    expand(x, shape) {
      const type = shapeOps.expand(x, shape);
      if (sameShape(x.shape, shape)) return x;
      return strided(b, x, type, {
        from: broadcastStrides(x.shape, shape.length),
        backward: (g) => sumTo(b, g, x.shape),
      });
    },
    slice(x, dim, start, end, step) {
      const type = shapeOps.slice(x, dim, start, end, step);
      if (sameShape(type.shape, x.shape)) return x;
      const [axis] = normalizeDims([dim], x.shape.length);
      const first = Math.min(x.shape[axis], Math.max(0, start < 0 ? start + x.shape[axis] : start));
      const own = stridesOf(x.shape);
      return strided(b, x, type, {
        from: own.with(axis, own[axis] * step),
        offset: first * own[axis],
        backward: (g) =>
          step === 1
            ? placeSlices(b, x, { axis, slices: [{ value: g, start: first, end: first + type.shape[axis] }] })
            : place(b, x, [{ value: g, to: own.with(axis, own[axis] * step), offset: first * own[axis] }], 0),
      });
    },
    cat(xs, dim) {
      const type = shapeOps.cat(xs, dim);
      const parts = xs.filter((x) => x.size > 0).map((x) => cast(b, x, type.dtype));
      const [axis] = normalizeDims([dim], type.shape.length);
      const own = stridesOf(type.shape);
      let start = 0;
      const pieces = parts.map((value) => {
        const piece = { value, to: own, offset: start * own[axis], start };
        start += value.shape[axis];
        return piece;
      });
      const out = b.temporary(type, parts);
      b.step({
        inputs: parts,
        outputs: [out],
        lower: (emit) => {
          for (const piece of pieces) emitPlace(emit, piece, out);
        },
        backward: ([g]) =>
          pieces.map(({ value, start: from }) =>
            g === null || !value.needsGrad ? null : b.ops.slice(g, axis, from, from + value.shape[axis], 1),
          ),
      });
      return out;
    },
    pad(x, padding, value) {
      const type = shapeOps.pad(x, padding, value);
      // What is cut off at an edge is cut first.
      let inner = x;
      for (const [dim, [before, after]] of padding.entries())
        if (before < 0 || after < 0)
          inner = b.ops.slice(inner, dim, Math.max(0, -before), inner.shape[dim] + Math.min(0, after), 1);
      if (sameShape(inner.shape, type.shape)) return inner;
      const own = stridesOf(type.shape);
      const starts = padding.map(([before]) => Math.max(0, before));
      const offset = starts.reduce((sum, start, dim) => sum + start * own[dim], 0);
      const cut = (g: Value) =>
        starts.reduce((whole, start, dim) => b.ops.slice(whole, dim, start, start + inner.shape[dim], 1), g);
      return place(b, type, [{ value: inner, to: own, offset }], value, cut);
    },
    detach: (x) => b.alias(x, x.shape, false),
    assign: (buffer, value) => assign(b, buffer, value),
  }),
  samples: [
    { name: 'reshape', inputs: [[4, 6]], run: (ops, [x]) => ops.unary('square', ops.reshape(x, [3, 8])) },
    { name: 'permute', inputs: [[2, 3, 4, 5]], run: (ops, [x]) => ops.permute(x, [0, 2, 3, 1]) },
    { name: 'transpose', inputs: [[7, 5]], run: (ops, [x]) => ops.permute(x, [1, 0]) },
    { name: 'heads', inputs: [[2, 6, 3, 4]], run: (ops, [x]) => ops.permute(x, [0, 2, 1, 3]) },
    {
      name: 'permute of eight dimensions',
      inputs: [[2, 3, 2, 2, 2, 2, 2, 3]],
      run: (ops, [x]) => ops.permute(x, [7, 0, 6, 1, 5, 2, 4, 3]),
    },
    { name: 'expand', inputs: [[3, 1, 4]], run: (ops, [x]) => ops.expand(x, [2, 3, 5, 4]) },
    { name: 'slice', inputs: [[4, 9, 2]], run: (ops, [x]) => ops.slice(x, 1, 2, -1, 3) },
    {
      name: 'slices beside each other',
      inputs: [[4, 9, 2]],
      run: (ops, [x]) => {
        const [one, two, three] = [0, 3, 6].map((start) => ops.slice(x, 1, start, start + 3, 1));
        return ops.binary('add', ops.binary('mul', one, two), ops.unary('square', three));
      },
    },
    {
      name: 'slices that overlap, and a rest',
      inputs: [[9, 4]],
      run: (ops, [x]) => {
        const [one, two, three] = [0, 2, 6].map((start) => ops.slice(x, 0, start, start + 2, 1));
        return ops.binary('mul', ops.binary('mul', one, two), ops.binary('mul', three, ops.slice(x, 0, 5, 7, 1)));
      },
    },
    {
      name: 'cat',
      inputs: [
        [2, 3, 4],
        [2, 1, 4],
      ],
      run: (ops, [x, y]) => ops.cat([x, y, x], 1),
    },
    {
      name: 'pad',
      inputs: [[2, 3, 4]],
      run: (ops, [x]) =>
        ops.pad(
          x,
          [
            [0, 0],
            [1, 2],
            [2, 0],
          ],
          0.5,
        ),
    },
    {
      name: 'pad, cutting',
      inputs: [[2, 3, 5]],
      run: (ops, [x]) =>
        ops.pad(
          x,
          [
            [0, 0],
            [-1, 2],
            [1, -2],
          ],
          0,
        ),
    },
    {
      name: 'detach',
      inputs: [[5], [5]],
      run: (ops, [x, y]) => ops.binary('mul', ops.unary('square', x), ops.detach(y)),
    },
  ],
});

function assign(b: Builder, buffer: Value, value: Value): void {
  shapeOps.assign(buffer, value);
  if (!b.options.track) return;
  b.step({
    inputs: [value, buffer],
    outputs: [],
    effect: true,
    lower: (emit) => emit.kernel('copy', contiguousCopy({ n: value.size, x: emit.at(value), y: emit.at(buffer) })),
  });
}

function reshape(b: Builder, x: Value, shape: readonly number[]): Value {
  const type = shapeOps.reshape(x, shape);
  if (sameShape(x.shape, shape)) return x;
  const y = b.alias(x, type.shape);
  // No instruction: the alias is the same memory. The step carries the gradient.
  b.step({ inputs: [x], outputs: [y], lower: () => undefined, backward: ([g]) => [g && reshape(b, g, x.shape)] });
  return y;
}

function permute(b: Builder, x: Value, dims: readonly number[]): Value {
  const type = shapeOps.permute(x, dims);
  if (dims.every((dim, i) => dim === i)) return x;
  const moved = dims.filter((dim) => x.shape[dim] !== 1);
  if (moved.every((dim, i) => i === 0 || dim > moved[i - 1])) return reshape(b, x, type.shape);
  const own = stridesOf(x.shape);
  const inverse = dims.map((_, i) => dims.indexOf(i));
  const y = strided(b, x, type, { from: dims.map((dim) => own[dim]), backward: (g) => permute(b, g, inverse) });
  const last = dims.length - 1;
  const exchanges = dims.every((dim, i) => dim === (i === last ? last - 1 : i === last - 1 ? last : i));
  if (exchanges) b.noteTranspose(y, x);
  return y;
}

interface Reading {
  readonly from: readonly number[];
  readonly offset?: number;
  backward(g: Value): Value;
}

/** A contiguous copy of `x` read with other strides. */
function strided(b: Builder, x: Value, type: TensorType, { from, offset = 0, backward }: Reading): Value {
  return b.add(type, {
    inputs: [x],
    lower: (emit, y) =>
      emitCopy(emit, type.shape, {
        x: emit.at(x) + 4 * offset,
        from,
        y: emit.at(y),
        to: stridesOf(type.shape),
      }),
    backward: ([g]) => [g && backward(g)],
  });
}

interface Piece {
  readonly value: Value;
  readonly to: readonly number[];
  readonly offset: number;
}

function placeSlices(b: Builder, type: TensorType, { axis, slices }: Slices): Value {
  const to = stridesOf(type.shape);
  const filled = slices.reduce((sum, { start, end }) => sum + end - start, 0) === type.shape[axis];
  const pieces = slices.map(({ value, start }) => ({ value, to, offset: start * to[axis] }));
  const y = place(b, type, pieces, filled ? null : 0);
  b.noteSlices(y, { axis, slices });
  return y;
}

/** The sum of two gradients whose slices lie beside each other, without adding zeros; null for others. */
export function joinSlices(b: Builder, left: Value, right: Value): Value | null {
  const [before, more] = [b.slicesOf(left), b.slicesOf(right)];
  if (before === null || more === null || before.axis !== more.axis) return null;
  const meets = before.slices.some(({ start, end }) => more.slices.some((one) => start < one.end && one.start < end));
  return meets ? null : placeSlices(b, left, { axis: before.axis, slices: [...before.slices, ...more.slices] });
}

/** `fill` everywhere that is no piece's place, where there is such, and each piece at its offset. */
function place(
  b: Builder,
  type: TensorType,
  pieces: readonly Piece[],
  fill: number | null,
  cut: (g: Value) => Value = (g) => g,
): Value {
  return b.add(type, {
    inputs: pieces.map(({ value }) => value),
    lower: (emit, out) => {
      const kernel = type.dtype === 'float32' ? 'fill' : 'fill_int';
      if (fill !== null) emit.kernel(kernel, { n: out.size, value: fill, y: emit.at(out) });
      for (const piece of pieces) emitPlace(emit, piece, out);
    },
    backward: ([g]) => pieces.map(() => g && cut(g)),
  });
}

function emitPlace(emit: Emit, { value, to, offset }: Piece, out: Value): void {
  emitCopy(emit, value.shape, {
    x: emit.at(value),
    from: stridesOf(value.shape),
    y: emit.at(out) + 4 * offset,
    to,
  });
}

interface Copy {
  readonly x: number;
  readonly from: readonly number[];
  readonly y: number;
  readonly to: readonly number[];
}

/** What one copy of the kernels runs over. */
const MOST_DIMENSIONS = 6;

/** Copies a shape from strides to strides; neighboring dimensions that step alike are one. */
function emitCopy(emit: Emit, shape: readonly number[], { x, from, y, to }: Copy): void {
  const merged: { size: number; from: number; to: number }[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1) continue;
    const inner = merged[0];
    if (inner !== undefined && from[i] === inner.from * inner.size && to[i] === inner.to * inner.size)
      inner.size *= shape[i];
    else merged.unshift({ size: shape[i], from: from[i], to: to[i] });
  }
  if (merged.length > MOST_DIMENSIONS) {
    // One copy for each index of the dimension with the fewest.
    const few = merged.reduce((best, { size }, i) => (size < merged[best].size ? i : best), 0);
    const { size, from: step, to: stride } = merged[few];
    const rest = merged.toSpliced(few, 1);
    for (let i = 0; i < size; i++)
      emitCopy(
        emit,
        rest.map((one) => one.size),
        {
          ...{ x: x + 4 * i * step, from: rest.map((one) => one.from) },
          ...{ y: y + 4 * i * stride, to: rest.map((one) => one.to) },
        },
      );
    return;
  }
  const d = Array.from({ length: 6 }, (_, i) => merged[i - 6 + merged.length] ?? { size: 1, from: 0, to: 0 });
  const single = merged.length === 0;
  emit.kernel('copy', {
    ...contiguousCopy({ n: 1, x, y }),
    ...(single
      ? {}
      : {
          d0: d[0].size,
          d1: d[1].size,
          d2: d[2].size,
          d3: d[3].size,
          d4: d[4].size,
          d5: d[5].size,
          x0: d[0].from,
          x1: d[1].from,
          x2: d[2].from,
          x3: d[3].from,
          x4: d[4].from,
          x5: d[5].from,
          y0: d[0].to,
          y1: d[1].to,
          y2: d[2].to,
          y3: d[3].to,
          y4: d[4].to,
          y5: d[5].to,
        }),
  });
}
