// What reordering, cutting and joining give.

import type { Ops, TensorType } from '../ops.ts';
import { dimension, dimensions, elements, misfit, promote, same, shapeText, type } from './arithmetic.ts';

type Family = 'reshape' | 'permute' | 'expand' | 'slice' | 'cat' | 'index_select' | 'gather' | 'scatter_add' | 'pad';

export const views: Pick<Ops<TensorType>, Family> = {
  reshape(x, shape) {
    if (shape.some((size) => size < 0) || elements(shape) !== elements(x.shape))
      throw misfit('size', `reshape expects ${elements(x.shape)} elements of ${shapeText(x.shape)}`, shape);
    return type(shape, x.dtype);
  },
  permute(x, dims) {
    const order = dimensions('permute', dims, x.shape.length);
    if (dims.length !== x.shape.length)
      throw misfit(
        'dimension',
        `permute expects ${x.shape.length} dimensions for ${shapeText(x.shape)}`,
        shapeText(dims),
      );
    return type(
      order.map((dim) => x.shape[dim]),
      x.dtype,
    );
  },
  expand(x, shape) {
    const added = shape.length - x.shape.length;
    const fits = added >= 0 && x.shape.every((size, i) => size === 1 || size === shape[added + i]);
    if (!fits) throw misfit('broadcast', `expand expects a shape that ${shapeText(x.shape)} broadcasts to`, shape);
    return type(shape, x.dtype);
  },
  slice(x, dim, start, end, step) {
    const axis = dimension('slice', dim, x.shape.length);
    if (step < 1) throw misfit('argument', 'slice expects a positive step', String(step));
    const first = clampIndex(start, x.shape[axis]);
    const last = clampIndex(end, x.shape[axis]);
    const length = Math.max(0, Math.ceil((last - first) / step));
    return type(x.shape.with(axis, length), x.dtype);
  },
  cat(xs, dim) {
    // PyTorch skips empty vectors whatever the others' rank.
    const parts = xs.filter(({ shape }) => !same(shape, [0]));
    const first = parts[0] ?? xs[0];
    const axis = dimension('cat', dim, first.shape.length);
    for (const { shape } of parts)
      if (shape.length !== first.shape.length || !same(shape.with(axis, 0), first.shape.with(axis, 0)))
        throw misfit('size', `cat expects tensors that differ in dimension ${axis} only`, first.shape, shape);
    const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
    return type(first.shape.with(axis, total), xs.map(({ dtype }) => dtype).reduce(promote));
  },
  index_select(x, dim, index) {
    const axis = dimension('index_select', dim, x.shape.length);
    if (index.dtype !== 'int64') throw misfit('dtype', 'index_select expects int64 indices', index.dtype);
    if (index.shape.length !== 1) throw misfit('rank', 'index_select expects a 1-dimensional index', index.shape);
    return type(x.shape.with(axis, index.shape[0]), x.dtype);
  },
  gather(x, dim, index) {
    const axis = dimension('gather', dim, x.shape.length);
    if (index.dtype !== 'int64') throw misfit('dtype', 'gather expects int64 indices', index.dtype);
    const fits =
      index.shape.length === x.shape.length && index.shape.every((size, i) => i === axis || size <= x.shape[i]);
    if (!fits) throw misfit('size', `gather expects an index within ${shapeText(x.shape)}`, index.shape);
    return type(index.shape, x.dtype);
  },
  scatter_add(src, dim, index, size) {
    const axis = dimension('scatter_add', dim, src.shape.length);
    if (src.dtype !== 'float32') throw misfit('dtype', 'scatter_add expects float32', src.dtype);
    if (index.dtype !== 'int64') throw misfit('dtype', 'scatter_add expects int64 indices', index.dtype);
    if (!same(index.shape, src.shape))
      throw misfit('size', `scatter_add expects an index of the shape ${shapeText(src.shape)}`, index.shape);
    return type(src.shape.with(axis, size), 'float32');
  },
  pad(x, padding) {
    if (padding.length !== x.shape.length)
      throw misfit('rank', `pad expects padding for ${padding.length} dimensions`, x.shape);
    const sizes = x.shape.map((size, i) => size + padding[i][0] + padding[i][1]);
    if (sizes.some((size) => size < 0)) throw misfit('size', 'pad expects to leave no dimension negative', sizes);
    return type(sizes, x.dtype);
  },
};

function clampIndex(index: number, size: number): number {
  const positive = index < 0 ? index + size : index;
  return Math.min(size, Math.max(0, positive));
}
