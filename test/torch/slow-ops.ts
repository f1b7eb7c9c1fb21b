// The ops by their definitions, element by element in double precision: slow, and obviously right. What layers
// and functions make of them is compared with PyTorch. Chance is left out: no test here needs it.

import { erf } from '../../src/base/elementary.ts';
import type { Binary, ConstantSpec, DType, Ops, Unary } from '../../src/torch/ops.ts';
import { shapeOps } from '../../src/torch/shape.ts';
import { broadcast, elements } from '../../src/torch/shapes/arithmetic.ts';
import { at, type Dense, type Index, indices, make, sum, variance } from './dense.ts';
import {
  adaptive,
  batchNorm,
  bilinear,
  conv,
  convTranspose,
  lastDimensions,
  normalize,
  perChannel,
  pool,
} from './slow-layers.ts';
import { slowRecurrent } from './slow-recurrent.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
const softplus = (x: number) => Math.log1p(Math.exp(x));

const UNARY: Readonly<Record<Unary, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  relu6: (x) => clip(x, 0, 6),
  tanh: Math.tanh,
  sigmoid,
  silu: (x) => x * sigmoid(x),
  hardswish: (x) => (x * clip(x + 3, 0, 6)) / 6,
  hardsigmoid: (x) => clip(x + 3, 0, 6) / 6,
  mish: (x) => x * Math.tanh(softplus(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  erf,
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  floor: Math.floor,
  sign: Math.sign,
};

const BINARY: Readonly<Record<Binary, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  pow: (a, b) => a ** b,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
};

function map(x: Dense, body: (x: number) => number): Dense {
  return { ...x, data: x.data.map(body) };
}

/** All values that fall on one place of the result. */
function reduce(x: Dense, dims: Index, keepdim: boolean, dtype: DType, body: (values: number[]) => number): Dense {
  const over = dims.length === 0 ? x.shape.map((_, i) => i) : dims;
  const kept = x.shape.map((size, i) => (over.includes(i) ? 1 : size));
  const buckets = new Map<string, number[]>(indices(kept).map((index) => [index.join(), []]));
  indices(x.shape).forEach((index, flat) => {
    const key = index.map((i, dim) => (over.includes(dim) ? 0 : i)).join();
    buckets.get(key)?.push(x.data[flat] ?? Number.NaN);
  });
  const shape = keepdim ? kept : x.shape.filter((_, i) => !over.includes(i));
  return { shape, dtype, data: [...buckets.values()].map(body) };
}

function along(x: Dense, dim: number, body: (row: number[]) => number[]): Dense {
  const data = [...x.data];
  const stride = elements(x.shape.slice(dim + 1));
  const size = x.shape[dim] ?? 1;
  for (let outer = 0; outer < data.length / (stride * size); outer++)
    for (let inner = 0; inner < stride; inner++) {
      const places = Array.from({ length: size }, (_, i) => (outer * size + i) * stride + inner);
      const row = body(places.map((place) => x.data[place] ?? Number.NaN));
      for (const [i, place] of places.entries()) data[place] = row[i] ?? Number.NaN;
    }
  return { ...x, data };
}

function logSoftmaxRow(row: readonly number[]): number[] {
  const most = Math.max(...row);
  const total = most + Math.log(sum(row.map((x) => Math.exp(x - most))));
  return row.map((x) => x - total);
}

function classLoss(
  log: Dense,
  target: Dense,
  options: { weight: Dense | null; ignore_index: number; reduction: 'mean' | 'sum'; label_smoothing: number },
): Dense {
  const C = log.shape.length === 1 ? (log.shape[0] ?? 1) : (log.shape[1] ?? 1);
  const { weight, ignore_index, reduction, label_smoothing: s } = options;
  const weigh = (c: number) => (weight === null ? 1 : at(weight, [c]));
  let [loss, total] = [0, 0];
  indices(target.shape).forEach((index, flat) => {
    const c = target.data[flat] ?? 0;
    if (c === ignore_index) return;
    const read = (k: number) => at(log, log.shape.length === 1 ? [k] : [index[0] ?? 0, k, ...index.slice(1)]);
    const smooth = sum(Array.from({ length: C }, (_, k) => -weigh(k) * read(k))) / C;
    loss += (1 - s) * -weigh(c) * read(c) + s * smooth;
    total += weigh(c);
  });
  return { shape: [], dtype: 'float32', data: [reduction === 'mean' ? loss / total : loss] };
}

function total(each: Dense, reduction: 'mean' | 'sum'): Dense {
  return { shape: [], dtype: 'float32', data: [sum(each.data) / (reduction === 'mean' ? each.data.length : 1)] };
}

function matmul(a: Dense, b: Dense): Dense {
  const type = shapeOps.matmul(a, b);
  const left = a.shape.length === 1 ? { ...a, shape: [1, ...a.shape] } : a;
  const right = b.shape.length === 1 ? { ...b, shape: [...b.shape, 1] } : b;
  const K = left.shape.at(-1) ?? 0;
  const batch = broadcast('matmul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  const full = [...batch, left.shape.at(-2) ?? 1, right.shape.at(-1) ?? 1];
  const product = make({ shape: full, dtype: 'float32' }, (index) => {
    const [lead, i, j] = [index.slice(0, -2), index.at(-2) ?? 0, index.at(-1) ?? 0];
    return sum(Array.from({ length: K }, (_, k) => at(left, [...lead, i, k]) * at(right, [...lead, k, j])));
  });
  return { ...product, shape: type.shape };
}

function constant(spec: ConstantSpec): Dense {
  const type = shapeOps.constant(spec);
  if (spec.kind === 'data') return { ...type, data: [...spec.data] };
  return make(type, ([i = 0]) => (spec.kind === 'full' ? spec.value : spec.start + i * spec.step));
}

export const slowOps: Ops<Dense> = {
  type: ({ shape, dtype }) => ({ shape, dtype }),
  constant,
  random: () => {
    throw new RangeError('Chance is left out here.');
  },
  unary: (op, x) => make(shapeOps.unary(op, x), (index) => UNARY[op](at(x, index))),
  binary: (op, a, b) => make(shapeOps.binary(op, a, b), (index) => BINARY[op](at(a, index), at(b, index))),
  leaky_relu: (x, slope) => map(x, (v) => (v > 0 ? v : v * slope)),
  elu: (x, alpha) => map(x, (v) => (v > 0 ? v : alpha * Math.expm1(v))),
  softplus: (x, beta, threshold) => map(x, (v) => (v * beta > threshold ? v : softplus(v * beta) / beta)),
  gelu: (x, approximate) =>
    map(x, (v) =>
      approximate === 'none'
        ? (v * (1 + erf(v / Math.SQRT2))) / 2
        : (v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))) / 2,
    ),
  clamp: (x, min, max) => map(x, (v) => clip(v, min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY)),
  where: (condition, a, b) =>
    make(shapeOps.where(condition, a, b), (index) => (at(condition, index) !== 0 ? at(a, index) : at(b, index))),
  cast: (x, dtype) => make({ shape: x.shape, dtype }, (index) => at(x, index)),
  detach: (x) => x,
  assign: (buffer, value) => void buffer.data.splice(0, buffer.data.length, ...value.data),
  recurrent: slowRecurrent,
  sum: (x, dims, keepdim) => reduce(x, dims, keepdim, shapeOps.sum(x, dims, keepdim).dtype, sum),
  mean: (x, dims, keepdim) =>
    reduce(x, dims, keepdim, shapeOps.mean(x, dims, keepdim).dtype, (values) => sum(values) / values.length),
  variance: (x, dims, keepdim, correction) =>
    reduce(x, dims, keepdim, shapeOps.variance(x, dims, keepdim, correction).dtype, (v) => variance(v, correction)),
  amax: (x, dims, keepdim) => reduce(x, dims, keepdim, x.dtype, (values) => Math.max(...values)),
  argmax: (x, dim, keepdim) => reduce(x, [dim], keepdim, 'int64', (values) => values.indexOf(Math.max(...values))),
  cumsum: (x, dim) => {
    let running = 0;
    return {
      ...along(x, dim, (row) => row.map((v, i) => (running = i === 0 ? v : running + v))),
      ...shapeOps.cumsum(x, dim),
    };
  },
  softmax: (x, dim) => along(x, dim, (row) => logSoftmaxRow(row).map(Math.exp)),
  log_softmax: (x, dim) => along(x, dim, logSoftmaxRow),
  matmul,
  linear: (x, weight, bias) =>
    make(shapeOps.linear(x, weight, bias), (index) => {
      const [lead, o] = [index.slice(0, -1), index.at(-1) ?? 0];
      const terms = Array.from({ length: weight.shape[1] ?? 0 }, (_, k) => at(x, [...lead, k]) * at(weight, [o, k]));
      return sum(terms) + (bias === null ? 0 : at(bias, [o]));
    }),
  conv,
  conv_transpose: convTranspose,
  max_pool: (x, options) => pool(x, shapeOps.max_pool(x, options), options, (values) => Math.max(...values)),
  avg_pool: (x, options) =>
    pool(
      x,
      shapeOps.avg_pool(x, options),
      options,
      (values, padded) => sum(values) / (options.count_include_pad ? padded : values.length),
    ),
  adaptive_avg_pool: (x, size) =>
    adaptive(x, shapeOps.adaptive_avg_pool(x, size), (values) => sum(values) / values.length),
  adaptive_max_pool: (x, size) => adaptive(x, shapeOps.adaptive_max_pool(x, size), (values) => Math.max(...values)),
  embedding: (x, weight, padding) =>
    make(shapeOps.embedding(x, weight, padding), (index) => at(weight, [at(x, index.slice(0, -1)), index.at(-1) ?? 0])),
  batch_norm: (x, state, options) => batchNorm(x, state, options, false),
  instance_norm: (x, state, options) => batchNorm(x, state, options, true),
  layer_norm: (x, normalized, weight, bias, eps) =>
    normalize(x, (index) => index.slice(0, -normalized.length).join(), eps, lastDimensions(normalized, weight, bias)),
  group_norm: (x, groups, weight, bias, eps) => {
    const perGroup = (x.shape[1] ?? 1) / groups;
    const key = ([n = 0, c = 0]: Index) => `${n},${Math.floor(c / perGroup)}`;
    return normalize(x, key, eps, perChannel(weight, bias));
  },
  rms_norm: (x, normalized, weight, eps) => {
    const over = x.shape.map((_, i) => i).slice(-normalized.length);
    const squares = reduce(
      map(x, (v) => v * v),
      over,
      true,
      'float32',
      (values) => sum(values) / values.length,
    );
    const affine = lastDimensions(normalized, weight, null);
    return make(x, (index) => affine(index, at(x, index) / Math.sqrt(at(squares, index) + (eps ?? 2 ** -23))));
  },
  dropout: (x, p, training) => {
    if (training && p > 0) throw new RangeError('Chance is left out here.');
    return x;
  },
  scaled_dot_product_attention: (q, k, v, mask, { causal, scale }) => {
    const width = q.shape.at(-1) ?? 1;
    const turned = { ...k, shape: k.shape.toSpliced(-2, 2, k.shape.at(-1) ?? 1, k.shape.at(-2) ?? 1) };
    const transposed = make(turned, (index) => at(k, index.toSpliced(-2, 2, index.at(-1) ?? 0, index.at(-2) ?? 0)));
    const scores = matmul(q, transposed);
    const masked = make(scores, (index) => {
      const hidden = causal && (index.at(-1) ?? 0) > (index.at(-2) ?? 0);
      const added = mask === null ? 0 : at(mask, index);
      return hidden ? Number.NEGATIVE_INFINITY : at(scores, index) * (scale ?? 1 / Math.sqrt(width)) + added;
    });
    return matmul(
      along(masked, masked.shape.length - 1, (row) => logSoftmaxRow(row).map(Math.exp)),
      v,
    );
  },
  reshape: (x, shape) => ({ ...x, ...shapeOps.reshape(x, shape) }),
  permute: (x, dims) =>
    make(shapeOps.permute(x, dims), (index) =>
      at(
        x,
        x.shape.map((_, dim) => index[dims.indexOf(dim)] ?? 0),
      ),
    ),
  expand: (x, shape) => make(shapeOps.expand(x, shape), (index) => at(x, index)),
  slice: (x, dim, start, end, step) =>
    make(shapeOps.slice(x, dim, start, end, step), (index) => at(x, index.with(dim, start + (index[dim] ?? 0) * step))),
  cat: (xs, dim) => {
    const parts = xs.filter(({ shape }) => elements(shape) > 0);
    return make(shapeOps.cat(xs, dim), (index) => {
      let i = index[dim] ?? 0;
      for (const part of parts) {
        const size = part.shape[dim] ?? 0;
        if (i < size) return at(part, index.with(dim, i));
        i -= size;
      }
      return Number.NaN;
    });
  },
  index_select: (x, dim, index) =>
    make(shapeOps.index_select(x, dim, index), (place) => at(x, place.with(dim, at(index, [place[dim] ?? 0])))),
  gather: (x, dim, index) => make(shapeOps.gather(x, dim, index), (place) => at(x, place.with(dim, at(index, place)))),
  scatter_add: (src, dim, index, size) => {
    const places = indices(src.shape);
    return make(shapeOps.scatter_add(src, dim, index, size), (place) =>
      sum(
        places
          .filter((from) => place.every((i, d) => i === (d === dim ? at(index, from) : from[d])))
          .map((from) => at(src, from)),
      ),
    );
  },
  pad: (x, padding, value) =>
    make(shapeOps.pad(x, padding, value), (index) => {
      const from = index.map((i, dim) => i - (padding[dim]?.[0] ?? 0));
      return from.every((i, dim) => i >= 0 && i < (x.shape[dim] ?? 0)) ? at(x, from) : value;
    }),
  interpolate: (x, size, mode, alignCorners) => {
    if (mode === 'bilinear') return bilinear(x, size, alignCorners);
    return make(shapeOps.interpolate(x, size, mode, alignCorners), ([n = 0, c = 0, ...place]) =>
      at(x, [n, c, ...place.map((p, i) => Math.floor((p * (x.shape[i + 2] ?? 1)) / (size[i] ?? 1)))]),
    );
  },
  cross_entropy: (input, target, options) =>
    classLoss(along(input, input.shape.length === 1 ? 0 : 1, logSoftmaxRow), target, options),
  nll_loss: (input, target, options) => classLoss(input, target, { ...options, label_smoothing: 0 }),
  mse_loss: (input, target, reduction) => {
    const shape = broadcast('mse_loss', input.shape, target.shape);
    return total(
      make({ shape, dtype: 'float32' }, (index) => (at(input, index) - at(target, index)) ** 2),
      reduction,
    );
  },
  binary_cross_entropy_with_logits: (input, target, reduction) =>
    total(
      make(input, (index) => {
        const [x, y] = [at(input, index), at(target, index)];
        return (1 - y) * x + softplus(-x);
      }),
      reduction,
    ),
};
