import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, normalizeDims, sizeOf, type Value } from '../values.ts';
import { cast } from './elementwise.ts';
import { family } from './op.ts';

type Names = 'sum' | 'mean' | 'variance' | 'amax' | 'argmax' | 'cumsum';

export default family({
  name: 'reduce',
  ops: (b): Pick<Ops<Value>, Names> => ({
    sum(x, dims, keepdim) {
      const { shape, dtype } = shapeOps.sum(x, dims, keepdim);
      return cast(b, b.ops.reshape(sum(b, cast(b, x, 'float32'), dims, 1), shape), dtype);
    },
    mean(x, dims, keepdim) {
      const { shape } = shapeOps.mean(x, dims, keepdim);
      return b.ops.reshape(sum(b, x, dims, sizeOf(shape) / x.size), shape);
    },
    variance(x, dims, keepdim, correction) {
      const { shape } = shapeOps.variance(x, dims, keepdim, correction);
      const distance = b.ops.unary('square', b.ops.binary('sub', x, b.ops.mean(x, dims, true)));
      const count = x.size / sizeOf(shape);
      return b.ops.reshape(sum(b, distance, dims, 1 / Math.max(0, count - correction)), shape);
    },
    amax(x, dims, keepdim) {
      const { shape } = shapeOps.amax(x, dims, keepdim);
      return cast(b, b.ops.reshape(amax(b, cast(b, x, 'float32'), dims), shape), x.dtype);
    },
    argmax(x, dim, keepdim) {
      const type = shapeOps.argmax(x, dim, keepdim);
      const source = cast(b, x, 'float32');
      const { outer, n, inner } = around(x.shape, normalizeDims([dim], x.shape.length));
      return b.add(type, {
        inputs: [source],
        lower: (emit, y) => emit.kernel('argmax', { outer, n, inner, x: emit.at(source), y: emit.at(y) }),
      });
    },
    cumsum(x, dim) {
      const { dtype } = shapeOps.cumsum(x, dim);
      return cast(b, cumsum(b, cast(b, x, 'float32'), dim, false), dtype);
    },
  }),
  samples: [
    { name: 'sum of all', inputs: [[3, 5]], run: (ops, [x]) => ops.sum(x, [], false) },
    { name: 'sum of rows', inputs: [[4, 70]], run: (ops, [x]) => ops.sum(x, [1], false) },
    { name: 'sum of columns', inputs: [[40, 9]], run: (ops, [x]) => ops.sum(x, [0], true) },
    { name: 'sum over all but channels', inputs: [[3, 4, 5, 2]], run: (ops, [x]) => ops.sum(x, [0, 2, 3], false) },
    { name: 'mean in the middle', inputs: [[3, 4, 5]], run: (ops, [x]) => ops.mean(x, [-2], true) },
    { name: 'mean of an image', inputs: [[2, 3, 4, 4]], run: (ops, [x]) => ops.mean(x, [2, 3], false) },
    { name: 'variance', inputs: [[4, 9]], run: (ops, [x]) => ops.variance(x, [1], false, 1) },
    { name: 'biased variance', inputs: [[4, 9]], run: (ops, [x]) => ops.variance(x, [0], true, 0) },
    { name: 'amax', inputs: [[4, 9]], run: (ops, [x]) => ops.amax(x, [1], false) },
    { name: 'amax over two', inputs: [[4, 3, 5]], run: (ops, [x]) => ops.amax(x, [0, 2], true) },
    {
      name: 'argmax',
      inputs: [[4, 9, 3]],
      run: (ops, [x]) => ops.binary('add', ops.sum(x, [1], false), ops.cast(ops.argmax(x, 1, false), 'float32')),
    },
    { name: 'cumsum', inputs: [[3, 5, 2]], run: (ops, [x]) => ops.cumsum(x, 1) },
    {
      name: 'integer sum',
      inputs: [[3, 4], { shape: [3, 4], dtype: 'int64', low: 0, high: 9 }],
      run: (ops, [x, i]) => ops.binary('add', x, ops.cast(ops.sum(i, [1], true), 'float32')),
    },
  ],
});

/** `dims` in runs of neighbors, the last run first. */
function runs(dims: readonly number[], rank: number): number[][] {
  const sorted = normalizeDims(dims, rank).sort((p, q) => p - q);
  const found: number[][] = [];
  for (const dim of sorted) {
    const last = found[0];
    if (last !== undefined && last[last.length - 1] === dim - 1) last.push(dim);
    else found.unshift([dim]);
  }
  return found;
}

/** The sizes before, in and after a run of dimensions. */
export function around(shape: readonly number[], run: readonly number[]) {
  if (run.length === 0) return { outer: 1, n: 1, inner: 1 };
  const [first, last] = [run[0], run[run.length - 1]];
  return {
    outer: sizeOf(shape.slice(0, first)),
    n: sizeOf(shape.slice(first, last + 1)),
    inner: sizeOf(shape.slice(last + 1)),
  };
}

/** scale · Σ x; the reduced dimensions stay, with size 1. */
function sum(b: Builder, x: Value, dims: readonly number[], scale: number): Value {
  const groups = runs(dims, x.shape.length);
  let y = x;
  for (const [i, run] of groups.entries()) {
    const source = y;
    const factor = i === groups.length - 1 ? scale : 1;
    const { outer, n, inner } = around(source.shape, run);
    const shape = source.shape.map((size, dim) => (run.includes(dim) ? 1 : size));
    y = b.add(
      { shape, dtype: 'float32' },
      {
        inputs: [source],
        lower: (emit, out) =>
          emit.kernel('sum', { outer, n, inner, x: emit.at(source), y: emit.at(out), scale: factor }),
        backward: ([g]) => {
          if (g === null) return [null];
          const scaled = factor === 1 ? g : b.ops.binary('mul', g, factor);
          return [b.ops.expand(scaled, source.shape)];
        },
      },
    );
  }
  return groups.length === 0 && scale !== 1 ? b.ops.binary('mul', y, scale) : y;
}

function amax(b: Builder, x: Value, dims: readonly number[]): Value {
  let y = x;
  for (const run of runs(dims, x.shape.length)) {
    const source = y;
    const { outer, n, inner } = around(source.shape, run);
    const shape = source.shape.map((size, dim) => (run.includes(dim) ? 1 : size));
    const out = b.temporary({ shape, dtype: 'float32' }, [source]);
    b.step({
      inputs: [source],
      outputs: [out],
      lower: (emit) => emit.kernel('amax', { outer, n, inner, x: emit.at(source), y: emit.at(out) }),
      backward: ([g]) => {
        if (g === null) return [null];
        // Equal values share the gradient, as in PyTorch.
        const hit = b.ops.cast(b.ops.binary('eq', source, out), 'float32');
        return [b.ops.binary('mul', hit, b.ops.binary('div', g, b.ops.sum(hit, run, true)))];
      },
    });
    y = out;
  }
  return y;
}

function cumsum(b: Builder, x: Value, dim: number, reverse: boolean): Value {
  const { outer, n, inner } = around(x.shape, normalizeDims([dim], x.shape.length));
  return b.add(x, {
    inputs: [x],
    lower: (emit, y) =>
      emit.kernel('cumsum', { outer, n, inner, reverse: Number(reverse), x: emit.at(x), y: emit.at(y) }),
    backward: ([g]) => [g && cumsum(b, g, dim, !reverse)],
  });
}
