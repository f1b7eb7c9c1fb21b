// The one run that observes a model: as its own training code trains it, where the code says so.

import { UserError } from '../base/errors.ts';
import type { TrainingHints } from '../base/hints.ts';
import { multiplyAdds } from '../graph/cost.ts';
import type { Graph } from '../graph/graph.ts';
import type { DataSpec, LossName, OptimizerSpec, Plan, StartSpec } from './plan.ts';

/** Everything that verdicts and the panel's charts need. */
export const OBSERVERS: readonly string[] = [
  'loss',
  'activation-histogram',
  'grad-norm',
  'running-stats',
  'train-eval-gap',
  'update-ratio',
  'dead-units',
  'unit-similarity',
  'batch-mate-sensitivity',
  'tracked-validation',
];

export interface ObserveOverrides {
  readonly steps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly seed?: number;
  readonly data?: DataSpec;
  readonly start?: StartSpec;
  readonly save?: boolean;
}

const STEPS = 300;
const FEWEST_STEPS = 20;
/** Multiply-adds of a run nobody gave a length: under a minute of one processor core, and as long again to look at it. */
const BUDGET = 4e11;
/** A step is a pass forward and two of its size back. */
const PASSES = 3;
const BATCH = 32;
/** Where the code names no optimizer: what PyTorch's users reach for first, at its default rate. */
const OPTIMIZER: OptimizerSpec = { target: 'torch.optim.Adam', args: { lr: 1e-3 } };

/** Overrides win over hints, hints over defaults. */
export function planObserve(graph: Graph, hints: TrainingHints, overrides: ObserveOverrides = {}): Plan {
  const optimizer = hints.optimizer ?? OPTIMIZER;
  const lr = overrides.lr === undefined ? {} : { lr: overrides.lr };
  const batch = whole('batch', overrides.batch ?? hints.batch ?? BATCH, 1);
  const spec = {
    id: 'observe',
    graph: 0,
    axes: {},
    seed: whole('seed', overrides.seed ?? 0, 0),
    batch,
    steps: whole('steps', overrides.steps ?? affordableSteps(graph, batch), 1),
    optimizer: { target: optimizer.target, args: { ...optimizer.args, ...lr } },
    loss: lossOf(hints.loss),
    ...(Object.keys(hints.lossArgs).length > 0 ? { lossArgs: hints.lossArgs } : {}),
    data: overrides.data ?? { kind: 'digits' as const },
    observers: OBSERVERS,
    ...(overrides.start === undefined ? {} : { start: overrides.start }),
    ...(overrides.save ? { save: true } : {}),
  };
  return { version: 1, title: `Observe ${graph.construct || graph.rootClass}`, graphs: [graph], runs: [spec] };
}

/** In tens, and by the model alone, so that a run has one length on every machine. */
function affordableSteps(graph: Graph, batch: number): number {
  const steps = Math.floor(BUDGET / stepCost(graph, batch) / 10) * 10;
  return Math.min(Math.max(steps, FEWEST_STEPS), STEPS);
}

function stepCost(graph: Graph, batch: number): number {
  return PASSES * Math.max(multiplyAdds(graph, { batch, mode: 'train' }), 1);
}

function whole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UserError('plan/number', `\`${name}\` expects a whole number from ${least}, and got ${value}.`);
}

/** Only a loss that the data alone do not decide is taken over; the others follow the output and the target. */
function lossOf(loss: string | null): LossName {
  return /binary_cross_entropy_with_logits$|BCEWithLogitsLoss$/.test(loss ?? '')
    ? 'binary_cross_entropy_with_logits'
    : 'auto';
}

/** How the model will be trained and where each choice comes from, for people. */
export function observeChoices(plan: Plan, hints: TrainingHints): readonly string[] {
  const run = plan.runs[0];
  if (!run) return [];
  const graph = plan.graphs[run.graph];
  const from = (hint: unknown) => (hint === null ? '' : ', as in the code');
  const args = Object.entries(run.optimizer.args).map(([name, value]) => `${name}=${String(value)}`);
  const data = run.data.kind === 'digits' ? 'digits' : run.data.name;
  return [
    `data ${data}`,
    `batch ${run.batch}${run.batch === hints.batch ? from(hints.batch) : ''}`,
    `${run.optimizer.target.replace(/^torch\./, '')}(${args.join(', ')})${from(hints.optimizer)}`,
    `${run.steps} steps${graph && run.steps < STEPS ? `, each ${billions(stepCost(graph, run.batch))} multiply-adds` : ''}`,
    `seed ${run.seed}`,
    ...(run.start ? [`${run.start.as === 'weights' ? 'weights of' : 'going on from'} ${run.start.name}`] : []),
  ];
}

function billions(count: number): string {
  const [unit, name] = count < 1e9 ? [1e6, 'million'] : [1e9, 'billion'];
  return `${(count / unit).toFixed(count < 10 * unit ? 1 : 0)} ${name}`;
}
