import type { Binary, DType, Ops, TensorType } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { BINARY } from '../kernels/elementwise.ts';
import { type Builder, sameShape, sizeOf, stridesOf, type Value } from '../values.ts';
import { family } from './op.ts';

const COMPARISONS: readonly Binary[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

type Names = 'binary' | 'where' | 'cast' | 'constant';

export default family({
  name: 'elementwise',
  ops: (b): Pick<Ops<Value>, Names> => ({
    constant(spec) {
      if (spec.kind === 'data') return b.constant(spec.shape, spec.dtype, spec.data);
      if (spec.kind === 'full') return b.ops.expand(b.scalar(spec.value, spec.dtype), spec.shape);
      const { shape, dtype } = shapeOps.constant(spec);
      return b.constant(
        shape,
        dtype,
        Array.from({ length: shape[0] }, (_, i) => spec.start + i * spec.step),
      );
    },
    binary: (op, x, y) => binary(b, op, x, y),
    where(condition, x, y) {
      const type = shapeOps.where(condition, x, y);
      const [c, p, q] = [
        b.ops.expand(condition, type.shape),
        b.ops.expand(operand(b, x, type.dtype), type.shape),
        b.ops.expand(operand(b, y, type.dtype), type.shape),
      ];
      return b.add(type, {
        inputs: [c, p, q],
        inPlace: true,
        lower: (emit, out) =>
          emit.kernel('where', {
            n: out.size,
            condition: emit.at(c),
            a: emit.at(p),
            b: emit.at(q),
            y: emit.at(out),
          }),
        backward: ([g]) => [null, g && b.ops.where(c, g, 0), g && b.ops.where(c, 0, g)],
      });
    },
    cast: (x, dtype) => cast(b, x, dtype),
  }),
  samples: [
    ...BINARY.slice(0, 6).map((op) => ({
      name: op,
      inputs: [[2, 3, 4], { shape: [2, 3, 4], low: 0.5, high: 2 }],
      run: (ops: Ops<Value>, [x, y]: readonly Value[]) => ops.binary(op, x, y),
    })),
    {
      name: 'pow',
      inputs: [
        { shape: [3, 5], low: 0.5, high: 2 },
        { shape: [5], low: -2, high: 2 },
      ],
      run: (ops, [x, y]) => ops.binary('pow', x, y),
    },
    {
      name: 'pow of a negative base',
      inputs: [[3, 5]],
      run: (ops, [x]) => ops.binary('pow', x, 3),
    },
    {
      name: 'add, broadcast both ways',
      inputs: [
        [4, 1, 3],
        [5, 1],
      ],
      run: (ops, [x, y]) => ops.binary('add', x, y),
    },
    {
      name: 'mul, broadcast back and forth',
      inputs: [
        [2, 1, 3, 1, 2, 1],
        [1, 3, 1, 2, 1, 2],
      ],
      run: (ops, [x, y]) => ops.binary('mul', x, y),
    },
    {
      name: 'div, a channel each',
      inputs: [[2, 3, 4, 5], { shape: [1, 3, 1, 1], low: 1, high: 2 }],
      run: (ops, [x, y]) => ops.binary('div', x, y),
    },
    { name: 'sub from a number', inputs: [[7]], run: (ops, [x]) => ops.binary('sub', 1, x) },
    {
      name: 'mul by itself',
      inputs: [[6, 37]],
      run: (ops, [x]) => ops.binary('mul', x, x),
    },
    {
      name: 'where and a comparison',
      inputs: [
        [4, 5],
        [4, 1],
      ],
      run: (ops, [x, y]) => ops.where(ops.binary('gt', x, 0.1), x, y),
    },
    {
      name: 'mask by an integer comparison',
      inputs: [[3, 4], { shape: [3, 4], dtype: 'int64', low: 0, high: 4 }],
      run: (ops, [x, i]) => ops.binary('mul', x, ops.cast(ops.binary('lt', ops.binary('add', i, 1), 3), 'float32')),
    },
    {
      name: 'constant',
      inputs: [[4]],
      run: (ops, [x]) => {
        const steps = ops.constant({ kind: 'arange', start: 1, end: 5, step: 1, dtype: 'float32' });
        return ops.binary('mul', x, ops.binary('add', steps, ops.constant(full([4], 0.5))));
      },
    },
  ],
});

function full(shape: readonly number[], value: number) {
  return { kind: 'full', shape, value, dtype: 'float32' } as const;
}

function binary(b: Builder, op: Binary, x: Value | number, y: Value | number): Value {
  const type = shapeOps.binary(op, x, y);
  const compares = COMPARISONS.includes(op);
  const integers = op !== 'div' && isInteger(x) && isInteger(y) && !(typeof x === 'number' && typeof y === 'number');
  const dtype = integers ? 'int64' : 'float32';
  let [p, q] = [operand(b, x, dtype), operand(b, y, dtype)];
  if (alternations(p, q, type).length > MOST_ALTERNATIONS)
    [p, q] = [b.ops.expand(p, type.shape), b.ops.expand(q, type.shape)];
  const name = integers ? 'binary_int' : compares ? 'compare' : 'binary';
  const code = BINARY.indexOf(op);
  return b.add(type, {
    inputs: [p, q],
    inPlace: true,
    lower: (emit, out) =>
      emit.kernel(name, { op: code, ...strides(p, q, type), a: emit.at(p), b: emit.at(q), y: emit.at(out) }),
    backward: integers || compares ? null : ([g]) => (g === null ? [null, null] : partials(b, op, p, q, g)),
  });
}

/** The gradients of p op q. */
function partials(b: Builder, op: Binary, p: Value, q: Value, g: Value): (Value | null)[] {
  const { ops } = b;
  const left = (make: () => Value) => (p.needsGrad ? sumTo(b, make(), p.shape) : null);
  const right = (make: () => Value) => (q.needsGrad ? sumTo(b, make(), q.shape) : null);
  switch (op) {
    case 'add':
      return [left(() => g), right(() => g)];
    case 'sub':
      return [left(() => g), right(() => ops.unary('neg', g))];
    case 'mul':
      return [left(() => ops.binary('mul', g, q)), right(() => ops.binary('mul', g, p))];
    case 'div':
      return [
        left(() => ops.binary('div', g, q)),
        right(() => ops.unary('neg', ops.binary('div', ops.binary('mul', g, p), ops.unary('square', q)))),
      ];
    case 'pow':
      return [
        left(() => ops.binary('mul', g, ops.binary('mul', q, ops.binary('pow', p, ops.binary('sub', q, 1))))),
        right(() => ops.binary('mul', g, ops.binary('mul', ops.binary('pow', p, q), ops.unary('log', p)))),
      ];
    case 'maximum':
    case 'minimum': {
      // Equal values share the gradient, as in PyTorch.
      const wins = op === 'maximum' ? 'gt' : 'lt';
      const share = (one: Value, other: Value) =>
        ops.binary(
          'mul',
          g,
          ops.binary(
            'add',
            ops.cast(ops.binary(wins, one, other), 'float32'),
            ops.binary('mul', ops.cast(ops.binary('eq', one, other), 'float32'), 0.5),
          ),
        );
      return [left(() => share(p, q)), right(() => share(q, p))];
    }
    default:
      return [null, null];
  }
}

/** The sum of `x` over what broadcasting to its shape repeated. */
export function sumTo(b: Builder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const repeated = x.shape.flatMap((size, i) => (i < added || (shape[i - added] === 1 && size !== 1) ? [i] : []));
  const summed = repeated.length === 0 ? x : b.ops.sum(x, repeated, true);
  return b.ops.reshape(summed, shape);
}

export function cast(b: Builder, x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  const type = shapeOps.cast(x, dtype);
  return b.add(type, {
    inputs: [x],
    lower: (emit, y) => {
      const args = { n: y.size, x: emit.at(x), y: emit.at(y) };
      if (dtype === 'bool') emit.kernel('cast_to_bool', { ...args, from_float: Number(x.dtype === 'float32') });
      else if (dtype === 'float32') emit.kernel('cast_to_float', args);
      else if (x.dtype === 'float32') emit.kernel('cast_to_int', args);
      else emit.kernel('copy', contiguousCopy(args));
    },
  });
}

export function contiguousCopy({ n, x, y }: { readonly n: number; readonly x: number; readonly y: number }) {
  const none = {
    d0: 1,
    d1: 1,
    d2: 1,
    d3: 1,
    d4: 1,
    x0: 0,
    x1: 0,
    x2: 0,
    x3: 0,
    x4: 0,
    y0: 0,
    y1: 0,
    y2: 0,
    y3: 0,
    y4: 0,
  };
  return { ...none, d5: n, x, x5: 1, y, y5: 1 };
}

function operand(b: Builder, x: Value | number, dtype: DType): Value {
  if (typeof x === 'number') return b.scalar(x, dtype);
  // A bool is stored as the integers 0 and 1.
  return dtype === 'int64' && x.dtype === 'bool' ? x : cast(b, x, dtype);
}

function isInteger(x: Value | number): boolean {
  return typeof x === 'number' ? Number.isInteger(x) : x.dtype !== 'float32';
}

const MOST_ALTERNATIONS = 4;

/** The output's dimensions with each side's strides; neighbors that step alike are one. */
function alternations(p: TensorType, q: TensorType, out: TensorType) {
  const rank = out.shape.length;
  const merged: { size: number; a: number; b: number }[] = [];
  const [a, c] = [broadcastStrides(p.shape, rank), broadcastStrides(q.shape, rank)];
  for (let i = rank - 1; i >= 0; i--) {
    const size = out.shape[i];
    if (size === 1) continue;
    const inner = merged[0];
    if (inner !== undefined && a[i] === inner.a * inner.size && c[i] === inner.b * inner.size) inner.size *= size;
    else merged.unshift({ size, a: a[i], b: c[i] });
  }
  return merged;
}

/** The same as the kernels take them: four. */
function strides(p: TensorType, q: TensorType, out: TensorType) {
  const merged = alternations(p, q, out);
  while (merged.length < MOST_ALTERNATIONS) merged.unshift({ size: 1, a: 0, b: 0 });
  const [d0, d1, d2, d3] = merged.map(({ size }) => size);
  if (sizeOf(out.shape) === 0) return { ...zeroStrides, d0: 0, d1: 1, d2: 1, d3: 1 };
  return {
    d0,
    d1,
    d2,
    d3,
    a0: merged[0].a,
    a1: merged[1].a,
    a2: merged[2].a,
    a3: merged[3].a,
    b0: merged[0].b,
    b1: merged[1].b,
    b2: merged[2].b,
    b3: merged[3].b,
  };
}

const zeroStrides = { a0: 0, a1: 0, a2: 0, a3: 0, b0: 0, b1: 0, b2: 0, b3: 0 };

export function broadcastStrides(shape: readonly number[], rank: number): number[] {
  const own = stridesOf(shape);
  const added = rank - shape.length;
  return Array.from({ length: rank }, (_, i) => (i < added || shape[i - added] === 1 ? 0 : own[i - added]));
}
