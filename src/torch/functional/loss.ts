// Losses, as functions.

import { ctcLoss } from '../compose/ctc.ts';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
} from '../compose/loss.ts';
import { fn, type TorchFunction } from '../layer.ts';
import { bool, float, ignored, int, oneOf, optionalTensor, tensor, tensorOrInts } from '../params.ts';
import { reductionOf } from '../reduction.ts';

const F = 'torch.nn.functional.';
const pair = { input: tensor(), target: tensor() };
const weight = optionalTensor();
const size_average = ignored();
const reduce = ignored();
const reduction = oneOf(['none', 'mean', 'sum'], 'mean');

export const lossFunctions: readonly TorchFunction[] = [
  fn({
    name: `${F}cross_entropy`,
    args: {
      ...pair,
      weight,
      size_average,
      ignore_index: int(-100),
      reduce,
      reduction,
      label_smoothing: float(0),
    },
    forward: (ops, { input, target, weight: weights, ...args }) =>
      crossEntropy(ops, input, target, weights, { ...args, reduction: reductionOf(args) }),
  }),
  fn({
    name: `${F}nll_loss`,
    args: { ...pair, weight, size_average, ignore_index: int(-100), reduce, reduction },
    forward: (ops, { input, target, weight: weights, ...args }) =>
      nllLoss(ops, input, target, weights, { ...args, reduction: reductionOf(args) }),
  }),
  fn({
    name: `${F}mse_loss`,
    args: { ...pair, size_average, reduce, reduction },
    forward: (ops, { input, target, ...args }) => mseLoss(ops, input, target, reductionOf(args)),
  }),
  fn({
    name: `${F}l1_loss`,
    args: { ...pair, size_average, reduce, reduction },
    forward: (ops, { input, target, ...args }) => l1Loss(ops, input, target, reductionOf(args)),
  }),
  fn({
    name: `${F}smooth_l1_loss`,
    args: { ...pair, size_average, reduce, reduction, beta: float(1) },
    forward: (ops, { input, target, beta, ...args }) => smoothL1Loss(ops, input, target, reductionOf(args), beta),
  }),
  fn({
    name: `${F}huber_loss`,
    args: { ...pair, reduction, delta: float(1) },
    forward: (ops, args) => huberLoss(ops, args.input, args.target, args.reduction, args.delta),
  }),
  fn({
    name: `${F}binary_cross_entropy`,
    args: { ...pair, weight, size_average, reduce, reduction },
    forward: (ops, { input, target, weight: weights, ...args }) =>
      binaryCrossEntropy(ops, input, target, weights, reductionOf(args)),
  }),
  fn({
    name: `${F}binary_cross_entropy_with_logits`,
    args: { ...pair, weight, size_average, reduce, reduction, pos_weight: optionalTensor() },
    forward: (ops, { input, target, weight: weights, pos_weight, ...args }) =>
      binaryCrossEntropyWithLogits(ops, input, target, { weight: weights, pos_weight, reduction: reductionOf(args) }),
  }),
  fn({
    name: `${F}ctc_loss`,
    args: {
      log_probs: tensor(),
      targets: tensor(),
      input_lengths: tensorOrInts(),
      target_lengths: tensorOrInts(),
      blank: int(0),
      reduction,
      zero_infinity: bool(false),
    },
    forward: (ops, { blank, reduction: how, zero_infinity, ...inputs }) =>
      ctcLoss(ops, inputs, { blank, reduction: how, zero_infinity }),
  }),
  fn({
    name: `${F}kl_div`,
    args: {
      ...pair,
      size_average,
      reduce,
      reduction: oneOf(['none', 'batchmean', 'mean', 'sum'], 'mean'),
      log_target: bool(false),
    },
    forward: (ops, { input, target, reduction: how, log_target }) =>
      klDiv(ops, input, target, { reduction: how, log_target }),
  }),
];
