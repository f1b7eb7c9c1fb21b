// Losses over margins, distances and likelihoods, as functions.

import {
  cosineEmbedding,
  gaussianNll,
  hingeEmbedding,
  marginRanking,
  multiLabelSoftMargin,
  multiMargin,
  poissonNll,
  softMargin,
  tripletMargin,
} from '../compose/margins.ts';
import { fn, type TorchFunction } from '../layer.ts';
import { bool, float, ignored, int, oneOf, onlyDefault, tensor } from '../params.ts';
import { reductionOf } from '../reduction.ts';

const F = 'torch.nn.functional.';
const pair = { input: tensor(), target: tensor() };
const two = { input1: tensor(), input2: tensor(), target: tensor() };
const old = { size_average: ignored(), reduce: ignored() };
const reduction = oneOf(['none', 'mean', 'sum'], 'mean');
const weight = onlyDefault(null, 'class weights of this loss are not known yet');

export const marginFunctions: readonly TorchFunction[] = [
  fn({
    name: `${F}soft_margin_loss`,
    args: { ...pair, ...old, reduction },
    forward: (ops, { input, target, ...args }) => softMargin(ops, input, target, reductionOf(args)),
  }),
  fn({
    name: `${F}hinge_embedding_loss`,
    args: { ...pair, margin: float(1), ...old, reduction },
    forward: (ops, { input, target, margin, ...args }) => hingeEmbedding(ops, input, target, margin, reductionOf(args)),
  }),
  fn({
    name: `${F}margin_ranking_loss`,
    args: { ...two, margin: float(0), ...old, reduction },
    forward: (ops, { input1, input2, target, margin, ...args }) =>
      marginRanking(ops, input1, input2, target, margin, reductionOf(args)),
  }),
  fn({
    name: `${F}cosine_embedding_loss`,
    args: { ...two, margin: float(0), ...old, reduction },
    forward: (ops, { input1, input2, target, margin, ...args }) =>
      cosineEmbedding(ops, input1, input2, target, margin, reductionOf(args)),
  }),
  fn({
    name: `${F}triplet_margin_loss`,
    args: {
      anchor: tensor(),
      positive: tensor(),
      negative: tensor(),
      margin: float(1),
      p: float(2),
      eps: float(1e-6),
      swap: bool(false),
      ...old,
      reduction,
    },
    forward: (ops, { anchor, positive, negative, ...args }) =>
      tripletMargin(ops, anchor, positive, negative, { ...args, reduction: reductionOf(args) }),
  }),
  fn({
    name: `${F}multilabel_soft_margin_loss`,
    args: { ...pair, weight, ...old, reduction },
    forward: (ops, { input, target, ...args }) => multiLabelSoftMargin(ops, input, target, reductionOf(args)),
  }),
  fn({
    name: `${F}multi_margin_loss`,
    args: { ...pair, p: int(1), margin: float(1), weight, ...old, reduction },
    forward: (ops, { input, target, ...args }) =>
      multiMargin(ops, input, target, { ...args, reduction: reductionOf(args) }),
  }),
  fn({
    name: `${F}poisson_nll_loss`,
    args: {
      ...pair,
      log_input: bool(true),
      full: bool(false),
      size_average: ignored(),
      eps: float(1e-8),
      reduce: ignored(),
      reduction,
    },
    forward: (ops, { input, target, ...args }) =>
      poissonNll(ops, input, target, { ...args, reduction: reductionOf(args) }),
  }),
  fn({
    name: `${F}gaussian_nll_loss`,
    args: { ...pair, var: tensor(), full: bool(false), eps: float(1e-6), reduction },
    forward: (ops, { input, target, var: variance, ...args }) => gaussianNll(ops, input, target, variance, args),
  }),
];
