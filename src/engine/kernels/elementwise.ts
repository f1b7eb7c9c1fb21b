import { pow } from '../../base/elementary.ts';
import type { Binary } from '../../torch/ops.ts';
import { address, int, type KernelArgs, kernel, type Memory } from './kernel.ts';

/** A kernel's `op` is the index here. */
export const BINARY: readonly Binary[] = [
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'pow',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
];

const FUNCTIONS: Readonly<Record<Binary, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  // NaN wins, as in PyTorch.
  maximum: (a, b) => (a > b || Number.isNaN(a) ? a : b),
  minimum: (a, b) => (a < b || Number.isNaN(a) ? a : b),
  pow,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
};

const strided = {
  op: int,
  d0: int,
  d1: int,
  d2: int,
  d3: int,
  a: address,
  a0: int,
  a1: int,
  a2: int,
  a3: int,
  b: address,
  b0: int,
  b1: int,
  b2: int,
  b3: int,
  y: address,
} as const;

/** y = a op b over four broadcast dimensions; a stride of 0 repeats. float32 to float32. */
export const binary = kernel(strided, ({ f }, args) => each(f, f, args));

/** float32 to bool. */
export const compare = kernel(strided, ({ f, i }, args) => each(f, i, args));

/** int64 and bool to int64 or bool. */
export const binary_int = kernel(strided, ({ i }, args) => each(i, i, args));

function each(x: Memory['f'] | Memory['i'], out: Memory['f'] | Memory['i'], args: KernelArgs<typeof strided>): void {
  const apply = FUNCTIONS[BINARY[args.op]];
  let y = args.y;
  for (let i0 = 0; i0 < args.d0; i0++)
    for (let i1 = 0; i1 < args.d1; i1++)
      for (let i2 = 0; i2 < args.d2; i2++) {
        let a = args.a + i0 * args.a0 + i1 * args.a1 + i2 * args.a2;
        let b = args.b + i0 * args.b0 + i1 * args.b1 + i2 * args.b2;
        for (let i3 = 0; i3 < args.d3; i3++) {
          out[y++] = apply(x[a], x[b]);
          a += args.a3;
          b += args.b3;
        }
      }
}

/** y = condition ? a : b, all of one size. */
export const where = kernel(
  { n: int, condition: address, a: address, b: address, y: address },
  (memory, { n, condition, a, b, y }) => {
    for (let j = 0; j < n; j++) copyElement(memory, (memory.i[condition + j] !== 0 ? a : b) + j, y + j);
  },
);

export const cast_to_int = kernel({ n: int, x: address, y: address }, ({ f, i }, { n, x, y }) => {
  for (let j = 0; j < n; j++) i[y + j] = Math.trunc(f[x + j]);
});

export const cast_to_float = kernel({ n: int, x: address, y: address }, ({ f, i }, { n, x, y }) => {
  for (let j = 0; j < n; j++) f[y + j] = i[x + j];
});

export const cast_to_bool = kernel(
  { n: int, from_float: int, x: address, y: address },
  ({ f, i }, { n, from_float, x, y }) => {
    for (let j = 0; j < n; j++) i[y + j] = Number((from_float !== 0 ? f[x + j] : i[x + j]) !== 0);
  },
);

export const fill = kernel({ n: int, value: 'float', y: address }, ({ f }, { n, value, y }) => {
  f.fill(value, y, y + n);
});

export const fill_int = kernel({ n: int, value: int, y: address }, ({ i }, { n, value, y }) => {
  i.fill(value, y, y + n);
});

/** y[strides] = x[strides] over six dimensions, of any dtype. */
export const copy = kernel(
  {
    d0: int,
    d1: int,
    d2: int,
    d3: int,
    d4: int,
    d5: int,
    x: address,
    x0: int,
    x1: int,
    x2: int,
    x3: int,
    x4: int,
    x5: int,
    y: address,
    y0: int,
    y1: int,
    y2: int,
    y3: int,
    y4: int,
    y5: int,
  },
  (memory, args) => {
    for (let i0 = 0; i0 < args.d0; i0++)
      for (let i1 = 0; i1 < args.d1; i1++)
        for (let i2 = 0; i2 < args.d2; i2++) {
          const x = args.x + i0 * args.x0 + i1 * args.x1 + i2 * args.x2;
          const y = args.y + i0 * args.y0 + i1 * args.y1 + i2 * args.y2;
          copyBlock(memory, x, y, args);
        }
  },
);

type Block = Readonly<Record<'d3' | 'd4' | 'd5' | 'x3' | 'x4' | 'x5' | 'y3' | 'y4' | 'y5', number>>;

function copyBlock(memory: Memory, x: number, y: number, { d3, d4, d5, x3, x4, x5, y3, y4, y5 }: Block): void {
  for (let i3 = 0; i3 < d3; i3++)
    for (let i4 = 0; i4 < d4; i4++)
      for (let i5 = 0; i5 < d5; i5++)
        copyElement(memory, x + i3 * x3 + i4 * x4 + i5 * x5, y + i3 * y3 + i4 * y4 + i5 * y5);
}

function copyElement({ f, i }: Memory, x: number, y: number): void {
  // As an integer, because a float32 copy may change a NaN's bits; as a float only where the views part.
  i[y] = i[x];
  if (f.buffer !== i.buffer) f[y] = f[x];
}
