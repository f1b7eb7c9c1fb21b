// Losses over margins, distances and likelihoods; their functional forms have the formulas.

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
import { layer } from '../layer.ts';
import { bool, float, ignored, int, keywordOnly, oneOf, onlyDefault, tensor } from '../params.ts';
import { reductionOf } from '../reduction.ts';

const pair = { input: tensor(), target: tensor() };
const two = { input1: tensor(), input2: tensor(), target: tensor() };
const reduction = oneOf(['none', 'mean', 'sum'], 'mean');
const old = { size_average: ignored(), reduce: ignored(), reduction };
const weight = onlyDefault(null, 'class weights of a loss layer are not known yet');

export const SoftMarginLoss = layer({
  name: 'torch.nn.SoftMarginLoss',
  args: old,
  call: pair,
  forward: (ops, { input, target }, _, args) => softMargin(ops, input, target, reductionOf(args)),
});

export const HingeEmbeddingLoss = layer({
  name: 'torch.nn.HingeEmbeddingLoss',
  args: { margin: float(1), ...old },
  call: pair,
  forward: (ops, { input, target }, _, args) => hingeEmbedding(ops, input, target, args.margin, reductionOf(args)),
});

export const MarginRankingLoss = layer({
  name: 'torch.nn.MarginRankingLoss',
  args: { margin: float(0), ...old },
  call: two,
  forward: (ops, { input1, input2, target }, _, args) =>
    marginRanking(ops, input1, input2, target, args.margin, reductionOf(args)),
});

export const CosineEmbeddingLoss = layer({
  name: 'torch.nn.CosineEmbeddingLoss',
  args: { margin: float(0), ...old },
  call: two,
  forward: (ops, { input1, input2, target }, _, args) =>
    cosineEmbedding(ops, input1, input2, target, args.margin, reductionOf(args)),
});

export const TripletMarginLoss = layer({
  name: 'torch.nn.TripletMarginLoss',
  args: { margin: float(1), p: float(2), eps: float(1e-6), swap: bool(false), ...old },
  call: { anchor: tensor(), positive: tensor(), negative: tensor() },
  forward: (ops, { anchor, positive, negative }, _, args) =>
    tripletMargin(ops, anchor, positive, negative, { ...args, reduction: reductionOf(args) }),
});

export const MultiLabelSoftMarginLoss = layer({
  name: 'torch.nn.MultiLabelSoftMarginLoss',
  args: { weight, ...old },
  call: pair,
  forward: (ops, { input, target }, _, args) => multiLabelSoftMargin(ops, input, target, reductionOf(args)),
});

export const MultiMarginLoss = layer({
  name: 'torch.nn.MultiMarginLoss',
  args: { p: int(1), margin: float(1), weight, ...old },
  call: pair,
  forward: (ops, { input, target }, _, args) =>
    multiMargin(ops, input, target, { ...args, reduction: reductionOf(args) }),
});

export const PoissonNLLLoss = layer({
  name: 'torch.nn.PoissonNLLLoss',
  args: {
    log_input: bool(true),
    full: bool(false),
    size_average: ignored(),
    eps: float(1e-8),
    reduce: ignored(),
    reduction,
  },
  call: { log_input: tensor(), target: tensor() },
  forward: (ops, { log_input, target }, _, args) =>
    poissonNll(ops, log_input, target, { ...args, reduction: reductionOf(args) }),
});

export const GaussianNLLLoss = layer({
  name: 'torch.nn.GaussianNLLLoss',
  args: { full: keywordOnly(bool(false)), eps: keywordOnly(float(1e-6)), reduction: keywordOnly(reduction) },
  call: { input: tensor(), target: tensor(), var: tensor() },
  forward: (ops, { input, target, var: variance }, _, args) => gaussianNll(ops, input, target, variance, args),
});
