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
  type Reduction,
  smoothL1Loss,
} from '../compose/loss.ts';
import { layer } from '../layer.ts';
import type { Ops } from '../ops.ts';
import { bool, float, ignored, int, oneOf, onlyDefault, tensor, tensorOrInts } from '../params.ts';
import { reductionOf, type WithReduction } from '../reduction.ts';

const call = { input: tensor(), target: tensor() };
const size_average = ignored();
const reduceArg = ignored();
const reduction = oneOf(['none', 'mean', 'sum'], 'mean');
// A weight is a tensor given to the constructor, which a graph's plain arguments do not carry.
const weight = onlyDefault(null, 'class weights of a loss layer are not known yet');

export const CrossEntropyLoss = layer({
  name: 'torch.nn.CrossEntropyLoss',
  args: { weight, size_average, ignore_index: int(-100), reduce: reduceArg, reduction, label_smoothing: float(0) },
  call,
  forward: (ops, { input, target }, _, args) =>
    crossEntropy(ops, input, target, null, { ...args, reduction: reductionOf(args) }),
});

export const NLLLoss = layer({
  name: 'torch.nn.NLLLoss',
  args: { weight, size_average, ignore_index: int(-100), reduce: reduceArg, reduction },
  call,
  forward: (ops, { input, target }, _, args) =>
    nllLoss(ops, input, target, null, { ...args, reduction: reductionOf(args) }),
});

export const MSELoss = elementwise('MSELoss', mseLoss);
export const L1Loss = elementwise('L1Loss', l1Loss);

export const SmoothL1Loss = layer({
  name: 'torch.nn.SmoothL1Loss',
  args: { size_average, reduce: reduceArg, reduction, beta: float(1) },
  call,
  forward: (ops, { input, target }, _, args) => smoothL1Loss(ops, input, target, reductionOf(args), args.beta),
});

export const HuberLoss = layer({
  name: 'torch.nn.HuberLoss',
  args: { reduction, delta: float(1) },
  call,
  forward: (ops, { input, target }, _, args) => huberLoss(ops, input, target, args.reduction, args.delta),
});

export const BCELoss = layer({
  name: 'torch.nn.BCELoss',
  args: { weight, size_average, reduce: reduceArg, reduction },
  call,
  forward: (ops, { input, target }, _, args) => binaryCrossEntropy(ops, input, target, null, reductionOf(args)),
});

export const BCEWithLogitsLoss = layer({
  name: 'torch.nn.BCEWithLogitsLoss',
  args: { weight, size_average, reduce: reduceArg, reduction, pos_weight: weight },
  call,
  forward: (ops, { input, target }, _, args) =>
    binaryCrossEntropyWithLogits(ops, input, target, { weight: null, pos_weight: null, reduction: reductionOf(args) }),
});

export const CTCLoss = layer({
  name: 'torch.nn.CTCLoss',
  args: { blank: int(0), reduction, zero_infinity: bool(false) },
  call: {
    log_probs: tensor(),
    targets: tensor(),
    input_lengths: tensorOrInts(),
    target_lengths: tensorOrInts(),
  },
  forward: (ops, inputs, _, args) => ctcLoss(ops, inputs, args),
});

export const KLDivLoss = layer({
  name: 'torch.nn.KLDivLoss',
  args: {
    size_average,
    reduce: reduceArg,
    reduction: oneOf(['none', 'batchmean', 'mean', 'sum'], 'mean'),
    log_target: bool(false),
  },
  call,
  forward: (ops, { input, target }, _, args) => klDiv(ops, input, target, args),
});

function elementwise(name: string, body: <T>(ops: Ops<T>, input: T, target: T, reduction: Reduction) => T) {
  return layer({
    name: `torch.nn.${name}`,
    args: { size_average, reduce: reduceArg, reduction },
    call,
    forward: (ops, { input, target }, _, args: WithReduction) => body(ops, input, target, reductionOf(args)),
  });
}
