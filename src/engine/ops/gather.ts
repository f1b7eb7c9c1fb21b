import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, normalizeDims, type Value } from '../values.ts';
import { family } from './op.ts';
import { around } from './reduce.ts';

type Names = 'embedding' | 'index_select' | 'gather' | 'scatter_add';

/** No row has this number. */
const NONE = -2147483648;

export default family({
  name: 'gather',
  ops: (b): Pick<Ops<Value>, Names> => ({
    embedding(indices, weight, padding_idx) {
      const { shape } = shapeOps.embedding(indices, weight, padding_idx);
      const flat = b.ops.reshape(indices, [indices.size]);
      const padding = padding_idx === null ? NONE : padding_idx < 0 ? padding_idx + weight.shape[0] : padding_idx;
      return b.ops.reshape(select(b, weight, 0, flat, padding), shape);
    },
    index_select: (x, dim, index) => select(b, x, normalizeDims([dim], x.shape.length)[0], index, NONE),
    gather(x, dim, index) {
      const type = shapeOps.gather(x, dim, index);
      const [axis] = normalizeDims([dim], x.shape.length);
      // An index may be smaller than x in the other dimensions; the rest of x is not read.
      let source = x;
      for (const [i, size] of index.shape.entries()) if (i !== axis) source = b.ops.slice(source, i, 0, size, 1);
      const { outer, n: size, inner } = around(source.shape, [axis]);
      const where = { outer, size, inner, count: index.shape[axis] };
      return b.add(type, {
        inputs: [source, index],
        lower: (emit, y) =>
          emit.kernel('gather', { ...where, x: emit.at(source), index: emit.at(index), y: emit.at(y) }),
        backward: ([g]) => [
          g &&
            b.add(source, {
              inputs: [g, index],
              lower: (emit, gx) =>
                emit.kernel('gather_add', { ...where, gy: emit.at(g), index: emit.at(index), gx: emit.at(gx) }),
            }),
          null,
        ],
      });
    },
    scatter_add(src, dim, index, size) {
      const type = shapeOps.scatter_add(src, dim, index, size);
      const [axis] = normalizeDims([dim], src.shape.length);
      const { outer, n: count, inner } = around(src.shape, [axis]);
      const where = { outer, size, inner, count };
      return b.add(type, {
        inputs: [src, index],
        lower: (emit, y) =>
          emit.kernel('gather_add', { ...where, gy: emit.at(src), index: emit.at(index), gx: emit.at(y) }),
        backward: ([g]) => [g && b.ops.gather(g, axis, index), null],
      });
    },
  }),
  samples: [
    {
      name: 'embedding',
      inputs: [{ shape: [3, 4], dtype: 'int64', low: 0, high: 7 }, [7, 5]],
      run: (ops, [i, w]) => ops.embedding(i, w, null),
    },
    {
      name: 'index_select',
      inputs: [[4, 6, 3], { shape: [5], dtype: 'int64', low: 0, high: 6 }],
      run: (ops, [x, i]) => ops.index_select(x, 1, i),
    },
    {
      name: 'gather',
      inputs: [[4, 6, 3], { shape: [2, 5, 3], dtype: 'int64', low: 0, high: 6 }],
      run: (ops, [x, i]) => ops.gather(x, 1, i),
    },
    {
      name: 'scatter_add',
      inputs: [[2, 5, 3], { shape: [2, 5, 3], dtype: 'int64', low: 0, high: 4 }],
      run: (ops, [x, i]) => ops.scatter_add(x, 1, i, 4),
    },
  ],
});

/** Rows of `x` along `axis`; the row `ignore` gets no gradient. */
function select(b: Builder, x: Value, axis: number, index: Value, ignore: number): Value {
  const type = shapeOps.index_select(x, axis, index);
  const { outer, n: size, inner } = around(x.shape, [axis]);
  const where = { outer, size, inner, count: index.size };
  return b.add(type, {
    inputs: [x, index],
    lower: (emit, y) => emit.kernel('index_select', { ...where, x: emit.at(x), index: emit.at(index), y: emit.at(y) }),
    backward: ([g]) => [
      g &&
        b.add(x, {
          inputs: [g, index],
          lower: (emit, gx) =>
            emit.kernel('index_add', {
              ...{ ...where, ignore, first: 0, rows: size },
              ...{ gy: emit.at(g), index: emit.at(index), gx: emit.at(gx) },
            }),
        }),
      null,
    ],
  });
}
