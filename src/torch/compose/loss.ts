// Losses with PyTorch's `reduction`. What the ops have fused stays fused; the rest is made of arithmetic.

import type { Ops } from '../ops.ts';
import { broadcast, elements, misfit, same } from '../shapes/arithmetic.ts';
import { log_softmax, logsigmoid } from './activation.ts';
import { axes, range, shapeOf, unsqueeze } from './views.ts';

export type Reduction = 'mean' | 'sum' | 'none';

export function reduce<T>(ops: Ops<T>, each: T, reduction: Reduction): T {
  if (reduction === 'none') return each;
  const all = axes(ops, 'loss', each, null);
  return reduction === 'mean' ? ops.mean(each, all, false) : ops.sum(each, all, false);
}

export interface ClassLossArguments {
  readonly ignore_index: number;
  readonly reduction: Reduction;
}

export function crossEntropy<T>(
  ops: Ops<T>,
  input: T,
  target: T,
  weight: T | null,
  args: ClassLossArguments & { readonly label_smoothing: number },
): T {
  const { reduction, label_smoothing } = args;
  const classDim = shapeOf(ops, input).length === 1 ? 0 : 1;
  if (ops.type(target).dtype === 'float32') return probabilityLoss(ops, input, target, weight, args);
  if (reduction !== 'none') return ops.cross_entropy(input, target, { ...args, reduction, weight });
  const logs = log_softmax(ops, input, classDim);
  const own = nllLoss(ops, logs, target, weight, args);
  if (label_smoothing === 0) return own;
  const shape = shapeOf(ops, input);
  const weighted = weight === null ? logs : ops.binary('mul', logs, alongClasses(ops, weight, shape.length));
  const all = ops.where(ops.binary('eq', target, args.ignore_index), 0, ops.sum(weighted, [classDim], false));
  const share = label_smoothing / shape[classDim];
  return ops.binary('sub', ops.binary('mul', own, 1 - label_smoothing), ops.binary('mul', all, share));
}

/** Targets that are probabilities of the input's shape. */
function probabilityLoss<T>(
  ops: Ops<T>,
  input: T,
  target: T,
  weight: T | null,
  { reduction, label_smoothing }: { readonly reduction: Reduction; readonly label_smoothing: number },
): T {
  const shape = shapeOf(ops, input);
  if (!same(shape, shapeOf(ops, target)))
    throw misfit(
      'size',
      `cross_entropy expects probabilities of the input's shape [${shape.join(', ')}]`,
      shapeOf(ops, target),
    );
  const classDim = shape.length === 1 ? 0 : 1;
  const smoothed =
    label_smoothing === 0
      ? target
      : ops.binary('add', ops.binary('mul', target, 1 - label_smoothing), label_smoothing / shape[classDim]);
  const terms = ops.binary('mul', log_softmax(ops, input, classDim), smoothed);
  const weighted = weight === null ? terms : ops.binary('mul', terms, alongClasses(ops, weight, shape.length));
  const losses = ops.unary('neg', ops.sum(weighted, [classDim], false));
  if (reduction !== 'mean') return reduce(ops, losses, reduction);
  // The mean is over the batch, whatever the weights.
  const count = elements(shape) / shape[classDim];
  return ops.binary('div', reduce(ops, losses, 'sum'), count);
}

function alongClasses<T>(ops: Ops<T>, weight: T, rank: number): T {
  const size = shapeOf(ops, weight)[0];
  return rank === 1 ? weight : ops.reshape(weight, [1, size, ...Array.from({ length: rank - 2 }, () => 1)]);
}

export function nllLoss<T>(
  ops: Ops<T>,
  input: T,
  target: T,
  weight: T | null,
  { ignore_index, reduction }: ClassLossArguments,
): T {
  if (reduction !== 'none') return ops.nll_loss(input, target, { weight, ignore_index, reduction });
  const classDim = shapeOf(ops, input).length === 1 ? 0 : 1;
  const ignored = ops.binary('eq', target, ignore_index);
  const index = unsqueeze(ops, ops.where(ignored, 0, target), classDim);
  const shape = shapeOf(ops, target);
  const picked = ops.reshape(ops.gather(input, classDim, index), shape);
  const losses = ops.where(ignored, 0, ops.unary('neg', picked));
  if (weight === null) return losses;
  const flat = ops.index_select(weight, 0, ops.reshape(index, [elements(shape)]));
  return ops.binary('mul', losses, ops.reshape(flat, shape));
}

export function mseLoss<T>(ops: Ops<T>, input: T, target: T, reduction: Reduction): T {
  if (reduction !== 'none') return ops.mse_loss(input, target, reduction);
  return ops.unary('square', ops.binary('sub', input, target));
}

export function l1Loss<T>(ops: Ops<T>, input: T, target: T, reduction: Reduction): T {
  return reduce(ops, ops.unary('abs', ops.binary('sub', input, target)), reduction);
}

/** Quadratic below `beta`, linear beyond; beta 0 is l1_loss. */
export function smoothL1Loss<T>(ops: Ops<T>, input: T, target: T, reduction: Reduction, beta: number): T {
  if (beta === 0) return l1Loss(ops, input, target, reduction);
  const distance = ops.unary('abs', ops.binary('sub', input, target));
  const near = ops.binary('mul', ops.unary('square', distance), 0.5 / beta);
  const far = ops.binary('sub', distance, 0.5 * beta);
  return reduce(ops, ops.where(ops.binary('lt', distance, beta), near, far), reduction);
}

export function huberLoss<T>(ops: Ops<T>, input: T, target: T, reduction: Reduction, delta: number): T {
  return ops.binary('mul', smoothL1Loss(ops, input, target, reduction, delta), delta);
}

export function binaryCrossEntropy<T>(ops: Ops<T>, input: T, target: T, weight: T | null, reduction: Reduction): T {
  expectTarget(ops, 'binary_cross_entropy', input, target);
  // PyTorch keeps the logarithms at −100 or above.
  const log = (x: T) => ops.clamp(ops.unary('log', x), -100, null);
  const yes = ops.binary('mul', target, log(input));
  const no = ops.binary('mul', ops.binary('sub', 1, target), log(ops.binary('sub', 1, input)));
  return weigh(ops, ops.unary('neg', ops.binary('add', yes, no)), weight, reduction);
}

export function binaryCrossEntropyWithLogits<T>(
  ops: Ops<T>,
  input: T,
  target: T,
  args: { readonly weight: T | null; readonly pos_weight: T | null; readonly reduction: Reduction },
): T {
  const { weight, pos_weight, reduction } = args;
  if (weight === null && pos_weight === null && reduction !== 'none')
    return ops.binary_cross_entropy_with_logits(input, target, reduction);
  expectTarget(ops, 'binary_cross_entropy_with_logits', input, target);
  const yes = ops.binary('mul', target, logsigmoid(ops, input));
  const weighted = pos_weight === null ? yes : ops.binary('mul', yes, pos_weight);
  const no = ops.binary('mul', ops.binary('sub', 1, target), logsigmoid(ops, ops.unary('neg', input)));
  return weigh(ops, ops.unary('neg', ops.binary('add', weighted, no)), weight, reduction);
}

function weigh<T>(ops: Ops<T>, losses: T, weight: T | null, reduction: Reduction): T {
  return reduce(ops, weight === null ? losses : ops.binary('mul', losses, weight), reduction);
}

function expectTarget<T>(ops: Ops<T>, op: string, input: T, target: T): void {
  const [wanted, found] = [shapeOf(ops, input), shapeOf(ops, target)];
  if (!same(wanted, found))
    throw misfit('size', `${op} expects a target of the input's shape [${wanted.join(', ')}]`, found);
}

export function klDiv<T>(
  ops: Ops<T>,
  input: T,
  target: T,
  args: { readonly reduction: Reduction | 'batchmean'; readonly log_target: boolean },
): T {
  const { reduction, log_target } = args;
  const shape = broadcast('kl_div', shapeOf(ops, input), shapeOf(ops, target));
  const losses = log_target
    ? ops.binary('mul', ops.unary('exp', target), ops.binary('sub', target, input))
    : ops.binary('sub', xlogx(ops, target), ops.binary('mul', target, input));
  if (reduction !== 'batchmean') return reduce(ops, losses, reduction);
  return ops.binary('div', reduce(ops, losses, 'sum'), shape[0] ?? 1);
}

/** 0 at 0. */
function xlogx<T>(ops: Ops<T>, x: T): T {
  const positive = ops.binary('gt', x, 0);
  return ops.where(positive, ops.binary('mul', x, ops.unary('log', ops.where(positive, x, 1))), 0);
}

export function oneHot<T>(ops: Ops<T>, indices: T, classes: number): T {
  const hits = ops.binary('eq', unsqueeze(ops, indices, -1), range(ops, classes));
  return ops.cast(hits, 'int64');
}
