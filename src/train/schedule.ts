// Which steps are kept: known before the run, dense at first when everything moves, even later, the first
// and the last always. The same steps for the same number of steps, so that runs can be laid over each other; where
// observing costs too much of a run, every second of them, or every fourth, and so on.

import type { Session } from '../engine/session.ts';
import type { Graph } from '../graph/graph.ts';
import type { RunSpec } from '../lab/plan.ts';

const LOGARITHMIC = 20;
const EVEN = 24;
const CURVE = 200;
const POINTS = 8;
const HEAVY_POINTS = 3;
const FEWEST_VALIDATED = 32;
/** Rows from which "never" and "always" are said of a unit; a heavy model has many positions in each. */
const WINDOW_ROWS = 512;
const FEWEST_SEEN = 64;
/** Numbers a row computes; a small image net has ten thousands, ResNet-18 on 32×32 pixels half a million. */
const HEAVY = 100_000;
/** What observing may take of the steps' time. */
const SHARE = 0.05;
/** Nanoseconds of observing that nobody notices, however short the run. */
const UNNOTICED = 10e6;
/** What observing takes, on the scale of the engine's estimates: a float that is kept readable and sorted into bins. */
const PROBED = 5;
/** A parameter: the norms of its gradient, its update and itself. */
const PARAMETER = 4;
/** Kept steps that a run has at least: to begin with, on the way, at the end. */
const FEWEST = 6;

/** Steps whose histograms and vectors are kept, ascending, of `0…steps − 1`; at most `most` of them where that is said. */
export function keptSteps(steps: number, most = Number.POSITIVE_INFINITY): ReadonlySet<number> {
  const last = steps - 1;
  const kept = new Set<number>([0, last]);
  for (let i = 0; i <= LOGARITHMIC; i++) kept.add(Math.round((last + 1) ** (i / LOGARITHMIC)) - 1);
  for (let i = 0; i <= EVEN; i++) kept.add(Math.round((i * last) / EVEN));
  const all = [...kept].sort((a, b) => a - b);
  let every = 1;
  while (Math.ceil((all.length - 1) / every) + 1 > Math.max(most, FEWEST)) every *= 2;
  return new Set(all.filter((_, i) => i % every === 0 || i === all.length - 1));
}

/**
 * How many steps of a run may be kept, for all of them to take a twentieth of its time. By what sizes say a step and
 * its observation take, not by a clock: the same plan keeps the same steps everywhere.
 */
export function mostKept(steps: number, { step, probed, parameters }: Session['cost']): number {
  const observation = PROBED * probed + PARAMETER * parameters;
  return Math.floor(Math.max(UNNOTICED, SHARE * steps * step) / observation);
}

/** Steps at which a curve has a point: every one of a short run, some 200 of a long one. */
export function curveSteps(steps: number): ReadonlySet<number> {
  if (steps <= CURVE) return new Set(Array.from({ length: steps }, (_, i) => i));
  return new Set(Array.from({ length: CURVE }, (_, i) => Math.round((i * (steps - 1)) / (CURVE - 1))));
}

/** Steps after which the validation rows are passed; fewer for a model that takes its time for a row. */
export function validationSteps(steps: number, graph: Graph): ReadonlySet<number> {
  const points = isHeavy(graph) ? HEAVY_POINTS : POINTS;
  return new Set(Array.from({ length: points }, (_, i) => Math.round((i * steps) / points)));
}

type Length = Pick<RunSpec, 'steps' | 'batch'>;

/** How many rows are passed after those steps: of a heavy model, so many that validating takes no longer than training. */
export function mostValidated({ steps, batch }: Length, graph: Graph): number {
  if (!isHeavy(graph)) return Number.POSITIVE_INFINITY;
  return Math.max(Math.floor((steps * batch) / HEAVY_POINTS), 2 * batch, FEWEST_VALIDATED);
}

/** Rows of the window (window.ts): of a heavy model, a quarter of those it trains on. */
export function windowRows({ steps, batch }: Length, graph: Graph): number {
  const rows = isHeavy(graph) ? Math.min(Math.max((steps * batch) / 4, FEWEST_SEEN), WINDOW_ROWS) : WINDOW_ROWS;
  return Math.ceil(rows / batch) * batch;
}

/** Whether a row takes so long that looking at many of them would take longer than training. */
export function isHeavy(graph: Graph): boolean {
  return numbersPerRow(graph) > HEAVY;
}

function numbersPerRow({ inputs, train }: Graph): number {
  const batch = inputs[0]?.shape[0] ?? 1;
  const sizes = train.flatMap(({ outputs }) => outputs.map(({ shape }) => shape.reduce((n, size) => n * size, 1)));
  return sizes.reduce((sum, size) => sum + size, 0) / batch;
}
