// What the ops behind layers give: products, windows, normalization, attention.

import type { BatchNormState, ConvOptions, Ops, TensorType } from '../ops.ts';
import {
  broadcast,
  elements,
  expectFloat,
  expectRank,
  expectVector,
  misfit,
  type Shape,
  same,
  type,
  windows,
} from './arithmetic.ts';

type Family =
  | 'matmul'
  | 'linear'
  | 'conv'
  | 'conv_transpose'
  | 'max_pool'
  | 'avg_pool'
  | 'adaptive_avg_pool'
  | 'adaptive_max_pool'
  | 'embedding'
  | 'batch_norm'
  | 'layer_norm'
  | 'group_norm'
  | 'instance_norm'
  | 'rms_norm'
  | 'scaled_dot_product_attention'
  | 'interpolate';

export const layers: Pick<Ops<TensorType>, Family> = {
  matmul,
  linear(x, weight, bias) {
    expectFloat('linear', x);
    const [out, features] = weight.shape;
    if (x.shape.length === 0 || x.shape[x.shape.length - 1] !== features)
      throw misfit('channels', `linear expects ${features} features in the last dimension`, x.shape);
    expectVector('linear', 'bias', bias, out);
    return type([...x.shape.slice(0, -1), out], 'float32');
  },
  conv(x, weight, bias, options) {
    const op = `conv${options.stride.length}d`;
    const [out, perGroup, ...kernel] = weight.shape;
    expectImage(op, x, options, perGroup * options.groups);
    expectVector(op, 'bias', bias, out);
    return type([x.shape[0], out, ...slide(op, x.shape, kernel, options)], 'float32');
  },
  conv_transpose(x, weight, bias, options) {
    const op = `conv_transpose${options.stride.length}d`;
    const [channels, perGroup, ...kernel] = weight.shape;
    expectImage(op, x, options, channels);
    const out = perGroup * options.groups;
    expectVector(op, 'bias', bias, out);
    const { stride, padding, dilation, output_padding } = options;
    const sizes = x.shape
      .slice(2)
      .map(
        (size, i) => (size - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + output_padding[i] + 1,
      );
    if (sizes.some((size) => size < 1)) throw misfit('window', `${op} expects an output of at least 1`, sizes);
    return type([x.shape[0], out, ...sizes], 'float32');
  },
  max_pool: (x, options) => pool('max', x, options, options.dilation),
  avg_pool: (x, options) =>
    pool(
      'avg',
      x,
      options,
      options.kernel_size.map(() => 1),
    ),
  adaptive_avg_pool: (x, size) => adaptivePool('adaptive_avg', x, size),
  adaptive_max_pool: (x, size) => adaptivePool('adaptive_max', x, size),
  embedding(indices, weight) {
    if (indices.dtype !== 'int64') throw misfit('dtype', 'embedding expects int64 indices', indices.dtype);
    expectRank('embedding', weight.shape, 2, 'weight');
    return type([...indices.shape, weight.shape[1]], 'float32');
  },
  batch_norm(x, state, options) {
    expectNormalized('batch_norm', x, state);
    const values = x.shape[1] === 0 ? 0 : elements(x.shape) / x.shape[1];
    if (options.useBatchStatistics && values === 1)
      throw misfit('size', 'batch_norm expects more than 1 value per channel when training', x.shape);
    return x;
  },
  instance_norm(x, state, options) {
    expectNormalized('instance_norm', x, state);
    if (options.useBatchStatistics && elements(x.shape.slice(2)) <= 1)
      throw misfit('size', 'instance_norm expects more than 1 spatial element when training', x.shape);
    return x;
  },
  layer_norm: (x, normalized, weight, bias) => lastDimensions('layer_norm', x, normalized, { weight, bias }),
  rms_norm: (x, normalized, weight) => lastDimensions('rms_norm', x, normalized, { weight }),
  group_norm(x, groups, weight, bias) {
    expectFloat('group_norm', x);
    if (x.shape.length < 2) throw misfit('rank', 'group_norm expects an input of at least 2 dimensions', x.shape);
    if (x.shape[1] % groups !== 0)
      throw misfit('channels', `group_norm expects channels that divide into ${groups} groups`, x.shape);
    expectVector('group_norm', 'weight', weight, x.shape[1]);
    expectVector('group_norm', 'bias', bias, x.shape[1]);
    return x;
  },
  scaled_dot_product_attention: attention,
  interpolate(x, size) {
    expectRank('interpolate', x.shape, size.length + 2);
    return type([...x.shape.slice(0, 2), ...size], x.dtype);
  },
};

function matmul(a: TensorType, b: TensorType): TensorType {
  expectFloat('matmul', a);
  expectFloat('matmul', b);
  if (a.shape.length === 0 || b.shape.length === 0)
    throw misfit('rank', 'matmul expects tensors of at least 1 dimension', a.shape, b.shape);
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const inner = left[left.length - 1];
  if (inner !== right[right.length - 2])
    throw misfit(
      'size',
      `matmul expects ${inner} rows in the second tensor to match the first's columns`,
      a.shape,
      b.shape,
    );
  const batch = broadcast('matmul', left.slice(0, -2), right.slice(0, -2));
  const rows = a.shape.length === 1 ? [] : [left[left.length - 2]];
  const columns = b.shape.length === 1 ? [] : [right[right.length - 1]];
  return type([...batch, ...rows, ...columns], 'float32');
}

function expectImage(op: string, x: TensorType, { stride }: ConvOptions, channels: number): void {
  expectFloat(op, x);
  const rank = stride.length + 2;
  if (x.shape.length !== rank || x.shape[1] !== channels)
    throw misfit(
      'channels',
      `${op} expects ${channels} channels in dimension 1 of a ${rank}-dimensional input`,
      x.shape,
    );
}

function slide(
  op: string,
  shape: Shape,
  kernel: Shape,
  options: { readonly stride: Shape; readonly padding: Shape; readonly dilation: Shape },
  ceil = false,
): Shape {
  const sizes = shape
    .slice(2)
    .map((size, i) =>
      windows(
        size,
        { kernel: kernel[i], stride: options.stride[i], padding: options.padding[i], dilation: options.dilation[i] },
        ceil,
      ),
    );
  if (sizes.some((size) => size < 1))
    throw misfit('window', `${op} expects an input at least as large as its window [${kernel.join(', ')}]`, shape);
  return sizes;
}

function pool(
  kind: string,
  x: TensorType,
  options: {
    readonly kernel_size: Shape;
    readonly stride: Shape;
    readonly padding: Shape;
    readonly ceil_mode: boolean;
  },
  dilation: Shape,
): TensorType {
  const op = `${kind}_pool${options.kernel_size.length}d`;
  expectFloat(op, x);
  expectRank(op, x.shape, options.kernel_size.length + 2);
  if (options.padding.some((padding, i) => padding > options.kernel_size[i] / 2))
    throw misfit(
      'argument',
      `${op} expects padding of at most half the kernel [${options.kernel_size.join(', ')}]`,
      options.padding,
    );
  const sizes = slide(op, x.shape, options.kernel_size, { ...options, dilation }, options.ceil_mode);
  return type([...x.shape.slice(0, 2), ...sizes], x.dtype);
}

function adaptivePool(kind: string, x: TensorType, size: readonly (number | null)[]): TensorType {
  const op = `${kind}_pool${size.length}d`;
  expectFloat(op, x);
  expectRank(op, x.shape, size.length + 2);
  return type([...x.shape.slice(0, 2), ...size.map((wanted, i) => wanted ?? x.shape[i + 2])], x.dtype);
}

function expectNormalized(op: string, x: TensorType, state: BatchNormState<TensorType>): void {
  expectFloat(op, x);
  if (x.shape.length < 2) throw misfit('rank', `${op} expects an input of at least 2 dimensions`, x.shape);
  for (const name of ['weight', 'bias', 'running_mean', 'running_var'] as const)
    expectVector(op, name, state[name], x.shape[1]);
}

function lastDimensions(
  op: string,
  x: TensorType,
  normalized: Shape,
  parameters: Readonly<Record<string, TensorType | null>>,
): TensorType {
  expectFloat(op, x);
  if (normalized.length === 0 || !same(x.shape.slice(-normalized.length), normalized))
    throw misfit('size', `${op} expects an input that ends in [${normalized.join(', ')}]`, x.shape);
  for (const [name, parameter] of Object.entries(parameters))
    if (parameter !== null && !same(parameter.shape, normalized))
      throw misfit('size', `${op} expects a ${name} of shape [${normalized.join(', ')}]`, parameter.shape);
  return x;
}

/** q (…, L, E), k (…, S, E), v (…, S, F), mask broadcast to (…, L, S). */
function attention(q: TensorType, k: TensorType, v: TensorType, mask: TensorType | null): TensorType {
  const op = 'scaled_dot_product_attention';
  for (const x of [q, k, v]) {
    expectFloat(op, x);
    if (x.shape.length < 2) throw misfit('rank', `${op} expects tensors of at least 2 dimensions`, x.shape);
  }
  const scores = matmul(
    q,
    type([...k.shape.slice(0, -2), k.shape[k.shape.length - 1], k.shape[k.shape.length - 2]], 'float32'),
  );
  if (mask !== null && !same(broadcast(op, scores.shape, mask.shape), scores.shape))
    throw misfit('broadcast', `${op} expects a mask that broadcasts to [${scores.shape.join(', ')}]`, mask.shape);
  return matmul(scores, v);
}
