// Connectionist temporal classification (Graves et al., 2006): how likely a row of labels is, over all ways to spread
// them over the steps in time with blanks between. The forward recursion in logarithms; its gradient follows from it.

import type { Ops } from '../ops.ts';
import { misfit } from '../shapes/arithmetic.ts';
import { type Reduction, reduce } from './loss.ts';
import { constant, full, pick, select, shapeOf, unsqueeze } from './views.ts';

/** Stands for the logarithm of 0: infinities would meet in differences. */
const NEVER = -1e30;

export interface CtcArguments {
  readonly blank: number;
  readonly reduction: Reduction;
  readonly zero_infinity: boolean;
}

type Lengths<T> = T | readonly number[];

export interface CtcInputs<T> {
  /** (T, N, C), or (T, C) of one sample. */
  readonly log_probs: T;
  /** (N, S), or all samples' labels behind each other. */
  readonly targets: T;
  readonly input_lengths: Lengths<T>;
  readonly target_lengths: Lengths<T>;
}

export function ctcLoss<T>(ops: Ops<T>, inputs: CtcInputs<T>, args: CtcArguments): T {
  const rank = shapeOf(ops, inputs.log_probs).length;
  if (rank !== 2 && rank !== 3)
    throw misfit('size', 'ctc_loss expects log-probabilities (T, N, C) or (T, C)', shapeOf(ops, inputs.log_probs));
  const single = rank === 2;
  const logs = single ? unsqueeze(ops, inputs.log_probs, 1) : inputs.log_probs;
  const targets = single ? unsqueeze(ops, inputs.targets, 0) : padded(ops, inputs);
  const [, samples] = shapeOf(ops, logs);
  const lengths = (given: Lengths<T>) =>
    ops.reshape(isList(given) ? constant(ops, [given.length], given, 'int64') : given, [samples, 1]);
  const [frames, labels] = [lengths(inputs.input_lengths), lengths(inputs.target_lengths)];
  const each = ops.reshape(ctcLosses(ops, { logs, targets, frames, labels }, args), [samples]);
  if (args.reduction === 'none') return single ? select(ops, each, 0, 0) : each;
  if (args.reduction === 'sum') return reduce(ops, each, 'sum');
  const counts = ops.cast(ops.reshape(labels, [samples]), 'float32');
  return reduce(ops, ops.binary('div', each, ops.clamp(counts, 1, null)), 'mean');
}

/** Labels behind each other, a row for each sample. */
function padded<T>(ops: Ops<T>, { targets, target_lengths }: CtcInputs<T>): T {
  if (shapeOf(ops, targets).length !== 1) return targets;
  if (!isList(target_lengths))
    throw misfit('size', 'ctc_loss of targets behind each other expects `target_lengths` as a tuple', 'a tensor');
  const longest = Math.max(1, ...target_lengths);
  const all = shapeOf(ops, targets)[0];
  let start = 0;
  const places = target_lengths.flatMap((length) => {
    const own = Array.from({ length: longest }, (_, i) => Math.min(start + Math.min(i, length), all - 1));
    start += length;
    return own;
  });
  return ops.reshape(pick(ops, targets, 0, places), [target_lengths.length, longest]);
}

interface Batch<T> {
  readonly logs: T;
  /** (N, S) */
  readonly targets: T;
  /** (N, 1) */
  readonly frames: T;
  readonly labels: T;
}

/** (N, 1) */
function ctcLosses<T>(ops: Ops<T>, { logs, targets, frames, labels }: Batch<T>, args: CtcArguments): T {
  const [steps, samples, classes] = shapeOf(ops, logs);
  const states = 2 * shapeOf(ops, targets)[1] + 1;
  const blanks = (count: number) => full(ops, [samples, count], args.blank, 'int64');
  const between = ops.cat([unsqueeze(ops, blanks((states - 1) / 2), 2), unsqueeze(ops, targets, 2)], 2);
  const symbols = ops.cat([ops.reshape(between, [samples, states - 1]), blanks(1)], 1);
  const wide = ops.expand(unsqueeze(ops, symbols, 0), [steps, samples, states]);
  const emitted = ops.gather(logs, 2, wide); // (T, N, 2S + 1)
  const skips = skippable(ops, symbols, args.blank);
  const begin = constant(
    ops,
    [1, states],
    Array.from({ length: states }, (_, i) => Number(i < 2)),
  );
  let alpha = ops.where(ops.binary('gt', begin, 0), select(ops, emitted, 0, 0), NEVER);
  for (let t = 1; t < steps; t++) {
    const stay = alpha;
    const step = moved(ops, alpha, 1);
    const skip = ops.where(skips, moved(ops, alpha, 2), NEVER);
    const next = ops.binary('add', logSum(ops, [stay, step, skip]), select(ops, emitted, 0, t));
    alpha = ops.where(ops.binary('gt', frames, t), next, alpha);
  }
  const end = ops.binary('mul', labels, 2);
  const before = ops.binary('maximum', ops.cast(ops.binary('sub', end, 1), 'float32'), 0);
  const last = ops.gather(alpha, 1, end);
  const inLabel = ops.where(ops.binary('gt', labels, 0), ops.gather(alpha, 1, ops.cast(before, 'int64')), NEVER);
  const loss = ops.unary('neg', logSum(ops, [last, inLabel]));
  // PyTorch's gradient takes the log-probabilities for a log_softmax's: a term of no value has what that adds.
  const places = constant(
    ops,
    [steps, 1],
    Array.from({ length: steps }, (_, t) => t),
  );
  const valid = ops.binary('gt', ops.reshape(ops.cast(frames, 'float32'), [1, samples]), places);
  const mass = ops.where(valid, ops.sum(ops.unary('exp', ops.reshape(logs, [steps, samples, classes])), [2], false), 0);
  const sums = ops.reshape(ops.sum(mass, [0], false), [samples, 1]);
  const whole = ops.binary('add', loss, ops.binary('sub', sums, ops.detach(sums)));
  const impossible = ops.binary('gt', loss, -NEVER / 10);
  return ops.where(impossible, args.zero_infinity ? 0 : Number.POSITIVE_INFINITY, whole);
}

/** Where a label may follow the one before without a blank between: (N, 2S + 1). */
function skippable<T>(ops: Ops<T>, symbols: T, blank: number): T {
  const [, states] = shapeOf(ops, symbols);
  if (states < 3) return ops.binary('ne', symbols, symbols);
  const earlier = ops.pad(
    ops.slice(symbols, 1, 0, states - 2, 1),
    [
      [0, 0],
      [2, 0],
    ],
    blank,
  );
  const other = ops.cast(ops.binary('ne', symbols, earlier), 'float32');
  const label = ops.cast(ops.binary('ne', symbols, blank), 'float32');
  return ops.binary('gt', ops.binary('mul', other, label), 0);
}

/** Every state's value from `by` states before. */
function moved<T>(ops: Ops<T>, alpha: T, by: number): T {
  const [samples, states] = shapeOf(ops, alpha);
  if (states <= by) return full(ops, [samples, states], NEVER);
  return ops.pad(
    ops.slice(alpha, 1, 0, states - by, 1),
    [
      [0, 0],
      [by, 0],
    ],
    NEVER,
  );
}

/** log Σ exp of tensors of one shape. */
function logSum<T>(ops: Ops<T>, terms: readonly [T, T, ...T[]]): T {
  const top = ops.detach(terms.reduce((a, b) => ops.binary('maximum', a, b)));
  const sum = terms
    .map((term) => ops.unary('exp', ops.binary('sub', term, top)))
    .reduce((a, b) => ops.binary('add', a, b));
  return ops.binary('add', top, ops.unary('log', sum));
}

function isList<T>(value: Lengths<T>): value is readonly number[] {
  return Array.isArray(value);
}
