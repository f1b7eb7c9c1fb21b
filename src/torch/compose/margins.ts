// Losses over margins, distances and likelihoods, one number for each sample or element before `reduce`.

import type { Ops } from '../ops.ts';
import { misfit, same } from '../shapes/arithmetic.ts';
import { logsigmoid } from './activation.ts';
import { pairwiseDistance } from './distance.ts';
import { type Reduction, reduce } from './loss.ts';
import { range, rankOf, shapeOf, unsqueeze } from './views.ts';

const positive = <T>(ops: Ops<T>, x: T) => ops.clamp(x, 0, null);

/** log(1 + exp(−y x)) */
export function softMargin<T>(ops: Ops<T>, input: T, target: T, reduction: Reduction): T {
  const product = ops.binary('mul', input, target);
  return reduce(ops, ops.unary('neg', logsigmoid(ops, product)), reduction);
}

/** x where y = 1, max(0, margin − x) where y = −1. */
export function hingeEmbedding<T>(ops: Ops<T>, input: T, target: T, margin: number, reduction: Reduction): T {
  const far = ops.where(ops.binary('ne', target, 1), positive(ops, ops.binary('sub', margin, input)), 0);
  const near = ops.where(ops.binary('ne', target, -1), input, 0);
  return reduce(ops, ops.binary('add', far, near), reduction);
}

/** max(0, −y (x₁ − x₂) + margin) */
export function marginRanking<T>(ops: Ops<T>, x1: T, x2: T, target: T, margin: number, reduction: Reduction): T {
  const lead = ops.binary('mul', target, ops.binary('sub', x2, x1));
  return reduce(ops, positive(ops, ops.binary('add', lead, margin)), reduction);
}

/** 1 − cos where y = 1, max(0, cos − margin) where y = −1; PyTorch adds 1e-12 to each squared length. */
export function cosineEmbedding<T>(ops: Ops<T>, x1: T, x2: T, target: T, margin: number, reduction: Reduction): T {
  const last = [rankOf(ops, x1) - 1];
  const square = (x: T) => ops.binary('add', ops.sum(ops.unary('square', x), last, false), 1e-12);
  const lengths = ops.unary('sqrt', ops.binary('mul', square(x1), square(x2)));
  const cosine = ops.binary('div', ops.sum(ops.binary('mul', x1, x2), last, false), lengths);
  const alike = ops.where(ops.binary('eq', target, 1), ops.binary('sub', 1, cosine), 0);
  const apart = positive(ops, ops.binary('sub', cosine, margin));
  return reduce(ops, ops.binary('add', alike, ops.where(ops.binary('eq', target, -1), apart, 0)), reduction);
}

interface Triplet {
  readonly margin: number;
  readonly p: number;
  readonly eps: number;
  readonly swap: boolean;
  readonly reduction: Reduction;
}

/** max(0, d(a, p) − d(a, n) + margin); with `swap` the nearer of a and p to n counts. */
export function tripletMargin<T>(ops: Ops<T>, anchor: T, near: T, far: T, args: Triplet): T {
  const distance = (a: T, b: T) => pairwiseDistance(ops, a, b, { p: args.p, eps: args.eps, keepdim: false });
  const own = distance(anchor, far);
  const other = args.swap ? ops.binary('minimum', own, distance(near, far)) : own;
  const lead = ops.binary('sub', distance(anchor, near), other);
  return reduce(ops, positive(ops, ops.binary('add', lead, args.margin)), args.reduction);
}

/** Binary cross entropy over the classes of each sample, (N, C). */
export function multiLabelSoftMargin<T>(ops: Ops<T>, input: T, target: T, reduction: Reduction): T {
  const yes = ops.binary('mul', target, logsigmoid(ops, input));
  const no = ops.binary('mul', ops.binary('sub', 1, target), logsigmoid(ops, ops.unary('neg', input)));
  const losses = ops.unary('neg', ops.binary('add', yes, no));
  return reduce(ops, ops.mean(losses, [rankOf(ops, losses) - 1], false), reduction);
}

/** Σ over other classes of max(0, margin − x_y + x_i)ᵖ / C, of (N, C) and classes (N). */
export function multiMargin<T>(
  ops: Ops<T>,
  input: T,
  target: T,
  { p, margin, reduction }: { readonly p: number; readonly margin: number; readonly reduction: Reduction },
): T {
  const shape = shapeOf(ops, input);
  const C = shape[shape.length - 1];
  if (!same(shapeOf(ops, target), shape.slice(0, -1)))
    throw misfit(
      'size',
      `multi_margin_loss expects a target of shape [${shape.slice(0, -1).join(', ')}]`,
      shapeOf(ops, target),
    );
  const own = ops.binary('eq', unsqueeze(ops, target, -1), range(ops, C));
  const last = [shape.length - 1];
  const right = ops.sum(ops.where(own, input, 0), last, true);
  const gap = positive(ops, ops.binary('add', ops.binary('sub', input, right), margin));
  const each = ops.where(own, 0, p === 1 ? gap : ops.binary('pow', gap, p));
  return reduce(ops, ops.mean(each, last, false), reduction);
}

interface Poisson {
  readonly log_input: boolean;
  readonly full: boolean;
  readonly eps: number;
  readonly reduction: Reduction;
}

export function poissonNll<T>(ops: Ops<T>, input: T, target: T, { log_input, full, eps, reduction }: Poisson): T {
  const log = log_input ? input : ops.unary('log', ops.binary('add', input, eps));
  const rate = log_input ? ops.unary('exp', input) : input;
  const losses = ops.binary('sub', rate, ops.binary('mul', target, log));
  if (!full) return reduce(ops, losses, reduction);
  // Stirling's approximation of log(y!), for targets above 1.
  const large = ops.binary('gt', target, 1);
  const y = ops.where(large, target, 1);
  const own = ops.binary('sub', ops.binary('mul', y, ops.unary('log', y)), y);
  const rest = ops.binary('mul', ops.unary('log', ops.binary('mul', y, 2 * Math.PI)), 0.5);
  return reduce(ops, ops.binary('add', losses, ops.where(large, ops.binary('add', own, rest), 0)), reduction);
}

interface Gaussian {
  readonly full: boolean;
  readonly eps: number;
  readonly reduction: Reduction;
}

/** ½ (log σ² + (x − y)² / σ²); `variance` may lack the last dimension. */
export function gaussianNll<T>(ops: Ops<T>, input: T, target: T, variance: T, { full, eps, reduction }: Gaussian): T {
  const [wanted, found] = [shapeOf(ops, input), shapeOf(ops, variance)];
  const lacks = !same(wanted, found) && same(wanted.slice(0, -1), found);
  const whole = lacks ? unsqueeze(ops, variance, -1) : variance;
  // PyTorch clamps outside of the gradient's sight.
  const missing = ops.binary('sub', ops.clamp(ops.detach(whole), eps, null), ops.detach(whole));
  const sigma = ops.binary('add', whole, missing);
  const distance = ops.binary('div', ops.unary('square', ops.binary('sub', input, target)), sigma);
  const losses = ops.binary('mul', ops.binary('add', ops.unary('log', sigma), distance), 0.5);
  return reduce(ops, full ? ops.binary('add', losses, 0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}
