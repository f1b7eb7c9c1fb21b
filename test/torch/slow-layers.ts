// Convolution, pooling, normalization and resizing by their definitions.

import type {
  BatchNormOptions,
  BatchNormState,
  ConvOptions,
  ConvTransposeOptions,
  PoolOptions,
  TensorType,
} from '../../src/torch/ops.ts';
import { shapeOps } from '../../src/torch/shape.ts';
import { elements } from '../../src/torch/shapes/arithmetic.ts';
import { at, type Dense, type Index, indices, make, sum, variance } from './dense.ts';

export function conv(x: Dense, weight: Dense, bias: Dense | null, options: ConvOptions): Dense {
  const { stride, padding, dilation, groups } = options;
  const [, perGroup = 1, ...kernel] = weight.shape;
  const outPerGroup = (weight.shape[0] ?? 1) / groups;
  return make(shapeOps.conv(x, weight, bias, options), ([n = 0, o = 0, ...place]) => {
    const group = Math.floor(o / outPerGroup);
    const terms = indices([perGroup, ...kernel]).map(([c = 0, ...tap]) => {
      const from = place.map((p, i) => p * (stride[i] ?? 1) + (tap[i] ?? 0) * (dilation[i] ?? 1) - (padding[i] ?? 0));
      const inside = from.every((p, i) => p >= 0 && p < (x.shape[i + 2] ?? 0));
      return inside ? at(x, [n, group * perGroup + c, ...from]) * at(weight, [o, c, ...tap]) : 0;
    });
    return sum(terms) + (bias === null ? 0 : at(bias, [o]));
  });
}

/** Every input spreads over the kernel: the transpose of `conv`. */
export function convTranspose(x: Dense, weight: Dense, bias: Dense | null, options: ConvTransposeOptions): Dense {
  const { stride, padding, dilation, groups } = options;
  const [channels = 1, perGroup = 1, ...kernel] = weight.shape;
  const type = shapeOps.conv_transpose(x, weight, bias, options);
  const totals = new Map<string, number>();
  for (const [n = 0, c = 0, ...from] of indices(x.shape))
    for (const [o = 0, ...tap] of indices([perGroup, ...kernel])) {
      const to = from.map((p, i) => p * (stride[i] ?? 1) - (padding[i] ?? 0) + (tap[i] ?? 0) * (dilation[i] ?? 1));
      const group = Math.floor(c / (channels / groups));
      const key = [n, group * perGroup + o, ...to].join();
      totals.set(key, (totals.get(key) ?? 0) + at(x, [n, c, ...from]) * at(weight, [c, o, ...tap]));
    }
  return make(type, (index) => (totals.get(index.join()) ?? 0) + (bias === null ? 0 : at(bias, [index[1] ?? 0])));
}

export function pool(
  x: Dense,
  type: TensorType,
  options: PoolOptions & { readonly dilation?: Index },
  body: (values: number[], padded: number) => number,
): Dense {
  return make(type, ([n = 0, c = 0, ...place]) => {
    const starts = place.map((p, i) => p * (options.stride[i] ?? 1) - (options.padding[i] ?? 0));
    const values: number[] = [];
    for (const tap of indices(options.kernel_size)) {
      const from = starts.map((start, i) => start + (tap[i] ?? 0) * (options.dilation?.[i] ?? 1));
      if (from.every((p, i) => p >= 0 && p < (x.shape[i + 2] ?? 0))) values.push(at(x, [n, c, ...from]));
    }
    // With ceil_mode a window may reach beyond the padding; that part is not counted.
    const sizes = starts.map((start, i) => {
      const end = Math.min(start + (options.kernel_size[i] ?? 1), (x.shape[i + 2] ?? 0) + (options.padding[i] ?? 0));
      return end - start;
    });
    return body(values, elements(sizes));
  });
}

export function adaptive(x: Dense, type: TensorType, body: (values: number[]) => number): Dense {
  return make(type, ([n = 0, c = 0, ...place]) => {
    const ranges = place.map((p, i) => {
      const [size = 1, out = 1] = [x.shape[i + 2], type.shape[i + 2]];
      const start = Math.floor((p * size) / out);
      return [start, Math.ceil(((p + 1) * size) / out) - start] as const;
    });
    const values = indices(ranges.map(([, length]) => length)).map((tap) =>
      at(x, [n, c, ...tap.map((t, i) => t + (ranges[i]?.[0] ?? 0))]),
    );
    return body(values);
  });
}

/** Normalizes by statistics of the elements that share a key. */
export function normalize(
  x: Dense,
  key: (index: Index) => string,
  eps: number,
  affine: (index: Index, y: number) => number,
): Dense {
  const groups = new Map<string, number[]>();
  indices(x.shape).forEach((index, flat) => {
    const name = key(index);
    groups.set(name, [...(groups.get(name) ?? []), x.data[flat] ?? Number.NaN]);
  });
  return make(x, (index) => {
    const values = groups.get(key(index)) ?? [];
    const mean = sum(values) / values.length;
    return affine(index, (at(x, index) - mean) / Math.sqrt(variance(values, 0) + eps));
  });
}

export function perChannel(weight: Dense | null, bias: Dense | null): (index: Index, y: number) => number {
  return (index, y) =>
    y * (weight === null ? 1 : at(weight, [index[1] ?? 0])) + (bias === null ? 0 : at(bias, [index[1] ?? 0]));
}

export function batchNorm(
  x: Dense,
  state: BatchNormState<Dense>,
  options: BatchNormOptions,
  perSample: boolean,
): Dense {
  const { weight, bias, running_mean: mean, running_var: spread, num_batches_tracked: count } = state;
  const affine = perChannel(weight, bias);
  if (!options.useBatchStatistics && mean !== null && spread !== null)
    return make(x, (index) => {
      const c = [index[1] ?? 0];
      return affine(index, (at(x, index) - at(mean, c)) / Math.sqrt(at(spread, c) + options.eps));
    });
  const result = normalize(
    x,
    (index) => (perSample ? index.slice(0, 2) : index.slice(1, 2)).join(),
    options.eps,
    affine,
  );
  if (mean !== null && spread !== null) {
    if (count !== null) count.data[0] = (count.data[0] ?? 0) + 1;
    const momentum = options.momentum ?? 1 / (count?.data[0] ?? 1);
    for (let c = 0; c < (x.shape[1] ?? 0); c++) {
      const samples = perSample ? Array.from({ length: x.shape[0] ?? 0 }, (_, n) => n) : [null];
      const parts = samples.map((n) =>
        indices(x.shape)
          .filter((index) => index[1] === c && (n === null || index[0] === n))
          .map((index) => at(x, index)),
      );
      const average = (body: (values: number[]) => number) => sum(parts.map(body)) / parts.length;
      const blend = (old: Dense, now: number) => {
        old.data[c] = (1 - momentum) * (old.data[c] ?? 0) + momentum * now;
      };
      blend(
        mean,
        average((values) => sum(values) / values.length),
      );
      blend(
        spread,
        average((values) => variance(values, 1)),
      );
    }
  }
  return result;
}

export function lastDimensions(
  normalized: Index,
  weight: Dense | null,
  bias: Dense | null,
): (index: Index, y: number) => number {
  return (index, y) => {
    const end = index.slice(-normalized.length);
    return y * (weight === null ? 1 : at(weight, end)) + (bias === null ? 0 : at(bias, end));
  };
}

export function bilinear(x: Dense, size: Index, alignCorners: boolean): Dense {
  const source = (i: number, from: number, to: number) => {
    if (alignCorners) return to > 1 ? (i * (from - 1)) / (to - 1) : 0;
    return Math.max(0, ((i + 0.5) * from) / to - 0.5);
  };
  const [H = 1, W = 1] = x.shape.slice(2);
  return make(shapeOps.interpolate(x, size, 'bilinear', alignCorners), ([n = 0, c = 0, i = 0, j = 0]) => {
    const [y, z] = [source(i, H, size[0] ?? 1), source(j, W, size[1] ?? 1)];
    const [top, left] = [Math.floor(y), Math.floor(z)];
    const read = (a: number, b: number) => at(x, [n, c, Math.min(H - 1, a), Math.min(W - 1, b)]);
    const row = (a: number) => read(a, left) * (1 - z + left) + read(a, left + 1) * (z - left);
    return row(top) * (1 - y + top) + row(top + 1) * (y - top);
  });
}
