// torch.optim.lr_scheduler: the rates of every step as a function of the step alone, so that step 1,000 can be known
// without 999 before it. `step` counts from 0 and advances once per optimizer step. A schedule that follows a measured
// loss (ReduceLROnPlateau) or a function of the user's (LambdaLR) is no such function, and is refused by name.

import { cos, pow } from '../../base/elementary.ts';
import { UserError } from '../../base/errors.ts';
import { bool, float, ignored, int, ints, oneOf, optionalFloat, optionalInt } from '../params.ts';
import type { Bound, Params, Values } from '../signature.ts';
import { bind } from '../signature.ts';
import type { Rates } from './optimizer.ts';

export type Schedule = (step: number) => Rates;

export interface Scheduler {
  /** `torch.optim.lr_scheduler.StepLR`. */
  readonly name: string;
  /** Without `optimizer`. */
  readonly args: Params;
  /** Throws a UserError for arguments it does not take. `rates` are the optimizer's own. */
  bind(args: Values, rates: Rates): Schedule;
}

interface Definition<P extends Params> {
  readonly name: string;
  readonly args: P;
  /** Factor of the optimizer's learning rate. */
  readonly factor?: (args: Bound<P>, step: number) => number;
  /** Where a factor does not say it all. */
  readonly rates?: (args: Bound<P>, own: Rates) => Schedule;
}

const LAST = { last_epoch: ignored(-1), verbose: ignored() } as const;

function scheduler<P extends Params>({ name, args, factor, rates }: Definition<P>): Scheduler {
  const full = `torch.optim.lr_scheduler.${name}`;
  const all = { ...args, ...LAST };
  return {
    name: full,
    args: all,
    bind(values, own) {
      // LAST only widens what is accepted; nothing reads it.
      const bound = bind(full, all, values) as Bound<P>;
      if (rates) return rates(bound, own);
      return (step) => ({ lr: own.lr * (factor?.(bound, step) ?? 1), momentum: own.momentum });
    },
  };
}

const between = (from: number, to: number, share: number) => from + (to - from) * share;
/** From `from` at share 0 to `to` at share 1 along half a cosine. */
const cosine = (from: number, to: number, share: number) => to + ((from - to) / 2) * (1 + cos(Math.PI * share));

export const SCHEDULERS: readonly Scheduler[] = [
  scheduler({
    name: 'StepLR',
    args: { step_size: int(), gamma: float(0.1) },
    factor: ({ step_size, gamma }, step) => pow(gamma, Math.floor(step / step_size)),
  }),
  scheduler({
    name: 'MultiStepLR',
    args: { milestones: ints(), gamma: float(0.1) },
    factor: ({ milestones, gamma }, step) => pow(gamma, milestones.filter((one) => one <= step).length),
  }),
  scheduler({
    name: 'ExponentialLR',
    args: { gamma: float() },
    factor: ({ gamma }, step) => pow(gamma, step),
  }),
  scheduler({
    name: 'ConstantLR',
    args: { factor: float(1 / 3), total_iters: int(5) },
    factor: ({ factor, total_iters }, step) => (step < total_iters ? factor : 1),
  }),
  scheduler({
    name: 'LinearLR',
    args: { start_factor: float(1 / 3), end_factor: float(1), total_iters: int(5) },
    factor: ({ start_factor, end_factor, total_iters }, step) =>
      between(start_factor, end_factor, Math.min(step, total_iters) / total_iters),
  }),
  scheduler({
    name: 'PolynomialLR',
    args: { total_iters: int(5), power: float(1) },
    factor: ({ total_iters, power }, step) => pow(1 - Math.min(step, total_iters) / total_iters, power),
  }),
  scheduler({
    name: 'CosineAnnealingLR',
    args: { T_max: int(), eta_min: float(0) },
    rates:
      ({ T_max, eta_min }, { lr, momentum }) =>
      (step) => ({ lr: cosine(lr, eta_min, step / T_max), momentum }),
  }),
  scheduler({
    name: 'CosineAnnealingWarmRestarts',
    args: { T_0: int(), T_mult: int(1), eta_min: float(0) },
    rates:
      ({ T_0, T_mult, eta_min }, { lr, momentum }) =>
      (step) => {
        let [since, length] = [step, T_0];
        for (; since >= length; length *= T_mult) since -= length;
        return { lr: cosine(lr, eta_min, since / length), momentum };
      },
  }),
  scheduler({
    name: 'OneCycleLR',
    args: {
      max_lr: float(),
      total_steps: optionalInt(),
      epochs: optionalInt(),
      steps_per_epoch: optionalInt(),
      pct_start: float(0.3),
      anneal_strategy: oneOf(['cos', 'linear'], 'cos'),
      cycle_momentum: bool(true),
      base_momentum: float(0.85),
      max_momentum: float(0.95),
      div_factor: float(25),
      final_div_factor: float(1e4),
      three_phase: bool(false),
    },
    rates: oneCycle,
  }),
  scheduler({
    name: 'CyclicLR',
    args: {
      base_lr: float(),
      max_lr: float(),
      step_size_up: int(2000),
      step_size_down: optionalInt(),
      mode: oneOf(['triangular', 'triangular2', 'exp_range'], 'triangular'),
      gamma: float(1),
      scale_fn: ignored(),
      scale_mode: ignored(),
      cycle_momentum: bool(true),
      base_momentum: optionalFloat(0.8),
      max_momentum: optionalFloat(0.9),
    },
    rates: cyclic,
  }),
];

interface OneCycle {
  readonly max_lr: number;
  readonly total_steps: number | null;
  readonly epochs: number | null;
  readonly steps_per_epoch: number | null;
  readonly pct_start: number;
  readonly anneal_strategy: 'cos' | 'linear';
  readonly cycle_momentum: boolean;
  readonly base_momentum: number;
  readonly max_momentum: number;
  readonly div_factor: number;
  readonly final_div_factor: number;
  readonly three_phase: boolean;
}

function oneCycle(args: OneCycle, { momentum: own }: Rates): Schedule {
  const total = args.total_steps ?? (args.epochs ?? 0) * (args.steps_per_epoch ?? 0);
  if (total <= 0)
    throw new UserError('schedule/total', '`OneCycleLR` expects `total_steps`, or `epochs` and `steps_per_epoch`.');
  const { pct_start, max_lr, base_momentum: low, max_momentum: high } = args;
  const first = max_lr / args.div_factor;
  const last = first / args.final_div_factor;
  const up = pct_start * total - 1;
  const phases = args.three_phase
    ? [
        { end: up, lr: [first, max_lr], momentum: [high, low] },
        { end: 2 * pct_start * total - 2, lr: [max_lr, first], momentum: [low, high] },
        { end: total - 1, lr: [first, last], momentum: [high, high] },
      ]
    : [
        { end: up, lr: [first, max_lr], momentum: [high, low] },
        { end: total - 1, lr: [max_lr, last], momentum: [low, high] },
      ];
  const anneal = args.anneal_strategy === 'cos' ? cosine : between;
  return (step) => {
    if (step >= total)
      throw new UserError('schedule/over', `\`OneCycleLR\` is over after ${total} steps; raise \`total_steps\`.`);
    const i = phases.findIndex(({ end }, n) => step <= end || n === phases.length - 1);
    const begin = i === 0 ? 0 : phases[i - 1].end;
    const { end, lr, momentum } = phases[i];
    const share = (step - begin) / (end - begin);
    const cycled = args.cycle_momentum && own !== null;
    return { lr: anneal(lr[0], lr[1], share), momentum: cycled ? anneal(momentum[0], momentum[1], share) : own };
  };
}

interface Cyclic {
  readonly base_lr: number;
  readonly max_lr: number;
  readonly step_size_up: number;
  readonly step_size_down: number | null;
  readonly mode: 'triangular' | 'triangular2' | 'exp_range';
  readonly gamma: number;
  readonly cycle_momentum: boolean;
  readonly base_momentum: number | null;
  readonly max_momentum: number | null;
}

function cyclic(args: Cyclic, { momentum: own }: Rates): Schedule {
  const { base_lr, max_lr, step_size_up, mode, gamma, base_momentum, max_momentum } = args;
  if (args.cycle_momentum && own === null)
    throw new UserError(
      'schedule/momentum',
      '`CyclicLR` cycles the momentum, and this optimizer has none; pass `cycle_momentum=False`.',
    );
  const total = step_size_up + (args.step_size_down ?? step_size_up);
  const ratio = step_size_up / total;
  return (step) => {
    const cycle = Math.floor(1 + step / total);
    const x = 1 + step / total - cycle;
    const height = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    const scale = mode === 'triangular' ? 1 : mode === 'triangular2' ? 1 / 2 ** (cycle - 1) : pow(gamma, step);
    const [low, high] = [base_momentum ?? 0, max_momentum ?? 0];
    const momentum = args.cycle_momentum ? high - (high - low) * height * scale : own;
    return { lr: base_lr + (max_lr - base_lr) * height * scale, momentum };
  };
}

export function findScheduler(target: string): Scheduler {
  const found = SCHEDULERS.find(({ name }) => name === target);
  if (found) return found;
  const known = SCHEDULERS.map(({ name }) => `\`${name.replace(/^.*\./, '')}\``).join(', ');
  throw new UserError(
    'schedule/unknown',
    `The schedule \`${target}\` is not a function of the step alone, or not known; expected ${known}.`,
  );
}
