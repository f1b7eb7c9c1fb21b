// The functional forms of layers: products, windows, normalization, dropout, attention.

import { UserError } from '../../base/errors.ts';
import { addScaled } from '../compose/arithmetic.ts';
import { cosineSimilarity, normalize, pairwiseDistance } from '../compose/distance.ts';
import { einsum } from '../compose/einsum.ts';
import { embeddingBag } from '../compose/embedding-bag.ts';
import { oneHot } from '../compose/loss.ts';
import { pad } from '../compose/pad.ts';
import { alphaDropout } from '../compose/random.ts';
import { interpolate } from '../compose/resize.ts';
import { channelShuffle, pixelShuffle, pixelUnshuffle } from '../compose/shuffle.ts';
import { shapeOf } from '../compose/views.ts';
import { batched, fold, localResponseNorm, unfold } from '../compose/windows.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Ops } from '../ops.ts';
import {
  bool,
  float,
  int,
  intPair,
  ints,
  keywordOnly,
  oneOf,
  onlyDefault,
  optionalBool,
  optionalFloat,
  optionalFloats,
  optionalInt,
  optionalInts,
  optionalTensor,
  scalar,
  string,
  tensor,
  tensorVarargs,
} from '../params.ts';
import { expectRank } from '../shapes/arithmetic.ts';
import { methods, operators } from './names.ts';

const F = 'torch.nn.functional.';
const input = tensor();
const scales = { beta: keywordOnly(scalar(1)), alpha: keywordOnly(scalar(1)) };

const products: readonly TorchFunction[] = [
  fn({
    name: `${F}linear`,
    args: { input, weight: tensor(), bias: optionalTensor() },
    forward: (ops, { input: x, weight, bias }) => ops.linear(x, weight, bias),
  }),
  fn({
    name: 'torch.matmul',
    aliases: [...methods('matmul'), ...operators('matmul')],
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => ops.matmul(x, other),
  }),
  fn({
    name: 'torch.Tensor.__rmatmul__',
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => ops.matmul(other, x),
  }),
  ranked('mm', 2),
  ranked('bmm', 3),
  fn({
    name: 'torch.mv',
    aliases: methods('mv'),
    args: { input, vec: tensor() },
    forward: (ops, { input: x, vec }) => ops.matmul(x, vec),
  }),
  fn({
    name: 'torch.dot',
    aliases: methods('dot'),
    args: { input, tensor: tensor() },
    forward: (ops, { input: x, tensor: other }) => ops.matmul(x, other),
  }),
  fn({
    name: 'torch.outer',
    aliases: methods('outer'),
    args: { input, vec2: tensor() },
    forward: (ops, { input: x, vec2 }) =>
      ops.binary('mul', ops.reshape(x, [shapeOf(ops, x)[0], 1]), ops.reshape(vec2, [1, shapeOf(ops, vec2)[0]])),
  }),
  fn({
    name: 'torch.addmm',
    aliases: methods('addmm'),
    args: { input, mat1: tensor(), mat2: tensor(), ...scales },
    forward: (ops, { input: x, mat1, mat2, beta, alpha }) => addProduct(ops, x, ops.matmul(mat1, mat2), beta, alpha),
  }),
  fn({
    name: 'torch.baddbmm',
    aliases: methods('baddbmm'),
    args: { input, batch1: tensor(), batch2: tensor(), ...scales },
    forward: (ops, { input: x, batch1, batch2, beta, alpha }) =>
      addProduct(ops, x, ops.matmul(batch1, batch2), beta, alpha),
  }),
  fn({
    name: 'torch.einsum',
    args: { equation: string(), operands: tensorVarargs() },
    forward: (ops, { equation, operands }) => einsum(ops, equation, operands),
  }),
  fn({
    name: `${F}embedding`,
    args: {
      input,
      weight: tensor(),
      padding_idx: optionalInt(),
      max_norm: onlyDefault(null, 'renormalizing rows is not known yet'),
      norm_type: float(2),
      scale_grad_by_freq: onlyDefault(false, 'scaling gradients by frequency is not known yet'),
      sparse: bool(false),
    },
    forward(ops, { input: x, weight, padding_idx }) {
      const rows = shapeOf(ops, weight)[0];
      return ops.embedding(x, weight, padding_idx !== null && padding_idx < 0 ? padding_idx + rows : padding_idx);
    },
  }),
  fn({
    name: `${F}embedding_bag`,
    args: {
      input,
      weight: tensor(),
      offsets: optionalTensor(),
      max_norm: onlyDefault(null, 'renormalizing rows is not known yet'),
      norm_type: float(2),
      scale_grad_by_freq: onlyDefault(false, 'scaling gradients by frequency is not known yet'),
      mode: oneOf(['sum', 'mean', 'max'], 'mean'),
      sparse: bool(false),
      per_sample_weights: optionalTensor(),
      include_last_offset: bool(false),
      padding_idx: optionalInt(),
    },
    forward: (ops, args) => embeddingBag(ops, args),
  }),
  fn({
    name: `${F}one_hot`,
    args: { tensor: input, num_classes: int(-1) },
    forward(ops, { tensor: x, num_classes }) {
      if (num_classes < 1)
        throw new UserError(
          'torch/argument',
          '`one_hot` expects `num_classes`, and got none; counting them needs the data.',
        );
      return oneHot(ops, x, num_classes);
    },
  }),
];

const normalizations: readonly TorchFunction[] = [
  fn({
    name: `${F}batch_norm`,
    args: {
      input,
      running_mean: { ...optionalTensor(), required: true },
      running_var: { ...optionalTensor(), required: true },
      weight: optionalTensor(),
      bias: optionalTensor(),
      training: bool(false),
      momentum: float(0.1),
      eps: float(1e-5),
    },
    forward: (ops, { input: x, training, momentum, eps, ...state }) =>
      ops.batch_norm(x, { ...state, num_batches_tracked: null }, { useBatchStatistics: training, momentum, eps }),
  }),
  fn({
    name: `${F}instance_norm`,
    args: {
      input,
      running_mean: optionalTensor(),
      running_var: optionalTensor(),
      weight: optionalTensor(),
      bias: optionalTensor(),
      use_input_stats: bool(true),
      momentum: float(0.1),
      eps: float(1e-5),
    },
    forward: (ops, { input: x, use_input_stats, momentum, eps, ...state }) =>
      ops.instance_norm(
        x,
        { ...state, num_batches_tracked: null },
        { useBatchStatistics: use_input_stats, momentum, eps },
      ),
  }),
  fn({
    name: `${F}layer_norm`,
    args: {
      input,
      normalized_shape: ints(),
      weight: optionalTensor(),
      bias: optionalTensor(),
      eps: float(1e-5),
    },
    forward: (ops, { input: x, normalized_shape, weight, bias, eps }) =>
      ops.layer_norm(x, normalized_shape, weight, bias, eps),
  }),
  fn({
    name: `${F}group_norm`,
    args: { input, num_groups: int(), weight: optionalTensor(), bias: optionalTensor(), eps: float(1e-5) },
    forward: (ops, { input: x, num_groups, weight, bias, eps }) => ops.group_norm(x, num_groups, weight, bias, eps),
  }),
  fn({
    name: `${F}rms_norm`,
    args: { input, normalized_shape: ints(), weight: optionalTensor(), eps: optionalFloat() },
    forward: (ops, { input: x, normalized_shape, weight, eps }) => ops.rms_norm(x, normalized_shape, weight, eps),
  }),
  fn({
    name: `${F}local_response_norm`,
    args: { input, size: int(), alpha: float(1e-4), beta: float(0.75), k: float(1) },
    forward: (ops, { input: x, ...args }) => localResponseNorm(ops, x, args),
  }),
  fn({
    name: `${F}normalize`,
    args: { input, p: float(2), dim: ints(1), eps: float(1e-12), out: onlyDefault(null) },
    forward: (ops, { input: x, p, dim, eps }) => normalize(ops, x, p, dim, eps),
  }),
  fn({
    name: `${F}cosine_similarity`,
    aliases: ['torch.cosine_similarity'],
    args: { x1: tensor(), x2: tensor(), dim: int(1), eps: float(1e-8) },
    forward: (ops, { x1, x2, dim, eps }) => cosineSimilarity(ops, x1, x2, dim, eps),
  }),
  fn({
    name: `${F}pairwise_distance`,
    aliases: ['torch.pairwise_distance'],
    args: { x1: tensor(), x2: tensor(), p: float(2), eps: float(1e-6), keepdim: bool(false) },
    forward: (ops, { x1, x2, p, eps, keepdim }) => pairwiseDistance(ops, x1, x2, { p, eps, keepdim }),
  }),
];

const dropouts: readonly TorchFunction[] = [
  dropout('dropout', 'element', -1),
  dropout('dropout1d', 'channel', 3),
  dropout('dropout2d', 'channel', -1),
  dropout('dropout3d', 'channel', 5),
  fn({
    name: `${F}alpha_dropout`,
    args: { input, p: float(0.5), training: bool(false), inplace: bool(false) },
    forward: (ops, { input: x, p, training }) => alphaDropout(ops, x, p, training),
  }),
  fn({
    name: `${F}feature_alpha_dropout`,
    args: { input, p: float(0.5), training: bool(false), inplace: bool(false) },
    forward: (ops, { input: x, p, training }) => alphaDropout(ops, x, p, training, 'channel'),
  }),
  fn({
    name: 'torch.dropout',
    inPlace: ['torch.dropout_'],
    args: { input, p: float(), train: bool() },
    forward: (ops, { input: x, p, train }) => ops.dropout(x, p, train, 'element'),
  }),
];

const images: readonly TorchFunction[] = [
  fn({
    name: `${F}pad`,
    args: {
      input,
      pad: ints(),
      mode: oneOf(['constant', 'reflect', 'replicate', 'circular'], 'constant'),
      value: {
        ...scalar(0),
        default: null,
        expects: 'a number or None',
        read: (value, name) => (value === null ? 0 : scalar().read(value, name)),
      },
    },
    forward: (ops, args) => pad(ops, args.input, args.pad, args.mode, args.value),
  }),
  fn({
    name: `${F}interpolate`,
    aliases: [`${F}upsample`],
    args: {
      input,
      size: optionalInts(),
      scale_factor: optionalFloats(),
      mode: oneOf(['nearest', 'linear', 'bilinear', 'bicubic', 'trilinear', 'area', 'nearest-exact'], 'nearest'),
      align_corners: optionalBool(),
      recompute_scale_factor: optionalBool(),
      antialias: bool(false),
    },
    forward: (ops, { input: x, ...args }) => interpolate(ops, x, args),
  }),
  fn({
    name: `${F}unfold`,
    args: { input, kernel_size: intPair(), dilation: intPair(1), padding: intPair(0), stride: intPair(1) },
    forward: (ops, { input: x, ...args }) => unfold(ops, x, args),
  }),
  fn({
    name: `${F}fold`,
    args: {
      input,
      output_size: intPair(),
      kernel_size: intPair(),
      dilation: intPair(1),
      padding: intPair(0),
      stride: intPair(1),
    },
    forward: (ops, { input: x, ...args }) => fold(ops, x, args),
  }),
  fn({
    name: `${F}pixel_shuffle`,
    aliases: ['torch.pixel_shuffle'],
    args: { input, upscale_factor: int() },
    forward: (ops, { input: x, upscale_factor }) => pixelShuffle(ops, x, upscale_factor),
  }),
  fn({
    name: `${F}pixel_unshuffle`,
    aliases: ['torch.pixel_unshuffle'],
    args: { input, downscale_factor: int() },
    forward: (ops, { input: x, downscale_factor }) => pixelUnshuffle(ops, x, downscale_factor),
  }),
  fn({
    name: `${F}channel_shuffle`,
    aliases: ['torch.channel_shuffle'],
    args: { input, groups: int() },
    forward: (ops, { input: x, groups }) => channelShuffle(ops, x, groups),
  }),
];

export const layerFunctions: readonly TorchFunction[] = [...products, ...normalizations, ...dropouts, ...images];

function ranked(name: string, rank: number): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    args: { input, mat2: tensor() },
    forward(ops, { input: x, mat2 }) {
      expectRank(name, shapeOf(ops, x), rank, 'first tensor');
      expectRank(name, shapeOf(ops, mat2), rank, 'second tensor');
      return ops.matmul(x, mat2);
    },
  });
}

/** beta · x + alpha · product; at beta 0 what x holds does not matter. */
function addProduct<T>(ops: Ops<T>, x: T, product: T, beta: number, alpha: number): T {
  const scaled = alpha === 1 ? product : ops.binary('mul', product, alpha);
  return beta === 0 ? scaled : addScaled(ops, scaled, x, beta);
}

function dropout(name: string, per: 'element' | 'channel', batchedRank: number): TorchFunction {
  return fn({
    name: F + name,
    args: { input, p: float(0.5), training: bool(true), inplace: bool(false) },
    forward: (ops, { input: x, p, training }) =>
      batched(ops, x, batchedRank, (whole) => ops.dropout(whole, p, training, per)),
  });
}
