import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { gemmPacked, gemmScratch } from '../kernels/gemm.ts';
import { type Builder, type Emit, sameShape, sizeOf, type Value } from '../values.ts';
import { contiguousCopy } from './elementwise.ts';
import { family } from './op.ts';

type Names = 'matmul' | 'linear';

export default family({
  name: 'matmul',
  ops: (b): Pick<Ops<Value>, Names> => ({
    matmul: (x, y) => matmul(b, x, y, 1),
    linear(x, weight, bias) {
      const { shape } = shapeOps.linear(x, weight, bias);
      const [n, k] = weight.shape;
      const rows = b.ops.reshape(x, [x.size / k, k]);
      const product = gemm(b, { matrix: rows, transposed: false }, { matrix: weight, transposed: true }, { bias });
      return b.ops.reshape(product, [...shape.slice(0, -1), n]);
    },
  }),
  samples: [
    { name: 'linear', inputs: [[5, 10], [20, 10], [20]], run: (ops, [x, w, c]) => ops.linear(x, w, c) },
    {
      name: 'linear without bias',
      inputs: [
        [3, 7],
        [1, 7],
      ],
      run: (ops, [x, w]) => ops.linear(x, w, null),
    },
    { name: 'linear of tokens', inputs: [[2, 9, 8], [13, 8], [13]], run: (ops, [x, w, c]) => ops.linear(x, w, c) },
    {
      name: 'linear, larger than a block',
      inputs: [[13, 301], [17, 301], [17]],
      run: (ops, [x, w, c]) => ops.linear(x, w, c),
    },
    {
      name: 'matrices',
      inputs: [
        [7, 5],
        [5, 9],
      ],
      run: (ops, [x, y]) => ops.matmul(x, y),
    },
    {
      name: 'a matrix used by several',
      inputs: [
        [7, 5],
        [9, 5],
        [5, 6],
      ],
      run: (ops, [x, y, z]) => ops.cat([ops.matmul(x, z), ops.matmul(y, z), ops.matmul(x, z)], 0),
    },
    { name: 'vectors', inputs: [[6], [6]], run: (ops, [x, y]) => ops.matmul(x, y) },
    { name: 'matrix and vector', inputs: [[4, 6], [6]], run: (ops, [x, y]) => ops.matmul(x, y) },
    {
      name: 'batches',
      inputs: [
        [2, 3, 4, 5],
        [2, 3, 5, 6],
      ],
      run: (ops, [x, y]) => ops.matmul(x, y),
    },
    {
      name: 'batch and matrix',
      inputs: [
        [3, 4, 5],
        [5, 6],
      ],
      run: (ops, [x, y]) => ops.matmul(x, y),
    },
    {
      name: 'matrix and batch',
      inputs: [
        [4, 5],
        [3, 5, 6],
      ],
      run: (ops, [x, y]) => ops.matmul(x, y),
    },
    {
      name: 'broadcast batches',
      inputs: [
        [2, 1, 4, 5],
        [3, 5, 6],
      ],
      run: (ops, [x, y]) => ops.matmul(x, y),
    },
    {
      name: 'transposed right',
      inputs: [
        [2, 4, 5],
        [2, 6, 5],
      ],
      run: (ops, [x, y]) => ops.matmul(x, ops.permute(y, [0, 2, 1])),
    },
    {
      name: 'transposed left',
      inputs: [
        [2, 5, 4],
        [2, 5, 6],
      ],
      run: (ops, [x, y]) => ops.matmul(ops.permute(x, [0, 2, 1]), y),
    },
    {
      name: 'both transposed',
      inputs: [
        [5, 4],
        [6, 5],
      ],
      run: (ops, [x, y]) => ops.matmul(ops.permute(x, [1, 0]), ops.permute(y, [1, 0])),
    },
  ],
});

/** alpha · x y over broadcast batches. */
export function matmul(b: Builder, x: Value, y: Value, alpha: number): Value {
  const { shape } = shapeOps.matmul(x, y);
  const left = x.shape.length === 1 ? b.ops.reshape(x, [1, x.size]) : x;
  const right = y.shape.length === 1 ? b.ops.reshape(y, [y.size, 1]) : y;
  const [m, n] = [left.shape[left.shape.length - 2], right.shape[right.shape.length - 1]];
  const k = left.shape[left.shape.length - 1];
  const vectors = Number(x.shape.length === 1) + Number(y.shape.length === 1);
  const batch = vectors === 0 ? shape.slice(0, -2) : shape.slice(0, shape.length - 2 + vectors);
  if (right.shape.length === 2) {
    const rows = b.ops.reshape(left, [left.size / k, k]);
    return b.ops.reshape(gemm(b, operand(b, rows), operand(b, right), { alpha }), shape);
  }
  const count = sizeOf(batch);
  const stacked = (value: Value, rows: number, columns: number) => {
    const whole = [...batch, rows, columns];
    const transposed = b.transposeOf(value);
    if (transposed !== null && sameShape(value.shape, whole))
      return { matrix: b.ops.reshape(transposed, [count, columns, rows]), transposed: true };
    return { matrix: b.ops.reshape(b.ops.expand(value, whole), [count, rows, columns]), transposed: false };
  };
  return b.ops.reshape(gemm(b, stacked(left, m, k), stacked(right, k, n), { alpha }), shape);
}

/** A matrix (rows, columns) or a stack of them (batch, rows, columns); `transposed` where it is stored so. */
interface Operand {
  readonly matrix: Value;
  readonly transposed: boolean;
}

function operand(b: Builder, matrix: Value): Operand {
  const stored = b.transposeOf(matrix);
  return stored === null ? { matrix, transposed: false } : { matrix: stored, transposed: true };
}

interface GemmOptions {
  readonly alpha?: number;
  readonly bias?: Value | null;
}

/** Multiplications of a product that is worth arranging its right side before. */
const LARGE = 2 ** 18;

/** A matrix as products read it on the right, once for all that do. */
function packedOperand(b: Builder, { matrix, transposed }: Operand): Value {
  return b.formOf(matrix, `packed ${transposed}`, () => {
    const [rows, columns] = matrix.shape;
    const [n, k] = transposed ? [rows, columns] : [columns, rows];
    const packed = b.temporary({ shape: [gemmPacked(n, k)], dtype: 'float32' });
    b.step({
      inputs: [matrix],
      outputs: [packed],
      lower: (emit) =>
        emit.kernel('gemm_pack', {
          ...{ n, k, ldb: columns, b_transposed: Number(transposed) },
          b: emit.at(matrix),
          packed: emit.at(packed),
        }),
    });
    return packed;
  });
}

/** alpha · op(x) op(y) + bias of two matrices, or of two stacks of as many. */
export function gemm(b: Builder, x: Operand, y: Operand, { alpha = 1, bias = null }: GemmOptions): Value {
  const batch = x.matrix.shape.length === 3 ? x.matrix.shape[0] : 1;
  const [rows, columns] = x.matrix.shape.slice(-2);
  const [m, k] = x.transposed ? [columns, rows] : [rows, columns];
  const n = y.transposed ? y.matrix.shape[y.matrix.shape.length - 2] : y.matrix.shape[y.matrix.shape.length - 1];
  const shape = x.matrix.shape.length === 3 ? [batch, m, n] : [m, n];
  const packed = x.matrix.shape.length === 2 && m >= 4 && m * n * k >= LARGE ? packedOperand(b, y) : null;
  const lower = (emit: Emit, out: Value, { relu = false, accumulate = false } = {}) =>
    emit.kernel('gemm', {
      batch,
      m,
      n,
      k,
      lda: x.transposed ? m : k,
      ldb: y.transposed ? k : n,
      ldc: n,
      a: emit.at(x.matrix),
      a_stride: m * k,
      a_transposed: Number(x.transposed),
      b: emit.at(packed ?? y.matrix),
      b_stride: k * n,
      b_transposed: Number(packed === null && y.transposed),
      b_packed: Number(packed !== null),
      c: emit.at(out),
      bias: emit.at(bias),
      alpha,
      relu: Number(relu),
      accumulate: Number(accumulate),
      scratch: emit.scratch,
    });
  const inputs = [x.matrix, y.matrix, ...(bias === null ? [] : [bias]), ...(packed === null ? [] : [packed])];
  const scratch = gemmScratch(m, n, k);
  const out = b.temporary({ shape, dtype: 'float32' }, inputs);
  const parts = {
    inputs,
    scratch,
    backward: ([g]: readonly (Value | null)[]) =>
      g === null ? [] : partials(b, x, y, { g: { matrix: g, transposed: false }, alpha, bias }),
  };
  const step = b.step({
    ...parts,
    outputs: [out],
    lower: (emit) => lower(emit, out),
    withRelu: (fused) => ({
      ...step,
      outputs: [fused],
      withRelu: null,
      lower: (emit) => lower(emit, fused, { relu: true }),
    }),
    withSum:
      bias === null
        ? (before, sum) => ({
            ...step,
            // Twice, as a sum may take the place of its first inputs, and a product's matrices have to stay.
            inputs: [before, before, ...inputs],
            outputs: [sum],
            inPlace: true,
            withRelu: null,
            lower: (emit) => {
              const [from, to] = [emit.at(before), emit.at(sum)];
              if (from !== to) emit.kernel('copy', contiguousCopy({ n: sum.size, x: from, y: to }));
              lower(emit, sum, { accumulate: true });
            },
          })
        : null,
  });
  return out;
}

function partials(
  b: Builder,
  x: Operand,
  y: Operand,
  { g, alpha, bias }: { readonly g: Operand; readonly alpha: number; readonly bias: Value | null },
): (Value | null)[] {
  const flip = ({ matrix, transposed }: Operand): Operand => ({ matrix, transposed: !transposed });
  const product = (p: Operand, q: Operand) => gemm(b, p, q, { alpha });
  const forX = () => (x.transposed ? product(y, flip(g)) : product(g, flip(y)));
  const forY = () => (y.transposed ? product(flip(g), x) : product(flip(x), g));
  return [
    x.matrix.needsGrad ? forX() : null,
    y.matrix.needsGrad ? forY() : null,
    ...(bias === null ? [] : [bias.needsGrad ? b.ops.sum(g.matrix, [0], false) : null]),
  ];
}
