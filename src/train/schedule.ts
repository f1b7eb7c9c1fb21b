// Which steps are kept: known before the run, dense at first when everything moves, even later, the first
// and the last always. The same steps for the same number of steps, so that runs can be laid over each other.

import type { Graph } from '../graph/graph.ts';

const LOGARITHMIC = 20;
const EVEN = 24;
const CURVE = 200;
const POINTS = 8;
const HEAVY_POINTS = 3;
/** Numbers a row computes; a small image net has ten thousands, ResNet-18 on 32×32 pixels half a million. */
const HEAVY = 100_000;

/** Steps whose histograms and vectors are kept, ascending, of `0…steps − 1`. */
export function keptSteps(steps: number): ReadonlySet<number> {
  const last = steps - 1;
  const kept = new Set<number>([0, last]);
  for (let i = 0; i <= LOGARITHMIC; i++) kept.add(Math.round((last + 1) ** (i / LOGARITHMIC)) - 1);
  for (let i = 0; i <= EVEN; i++) kept.add(Math.round((i * last) / EVEN));
  return new Set([...kept].sort((a, b) => a - b));
}

/** Steps at which a curve has a point: every one of a short run, some 200 of a long one. */
export function curveSteps(steps: number): ReadonlySet<number> {
  if (steps <= CURVE) return new Set(Array.from({ length: steps }, (_, i) => i));
  return new Set(Array.from({ length: CURVE }, (_, i) => Math.round((i * (steps - 1)) / (CURVE - 1))));
}

/** Steps after which the validation rows are passed; fewer for a model that takes its time for a row. */
export function validationSteps(steps: number, graph: Graph): ReadonlySet<number> {
  const points = numbersPerRow(graph) > HEAVY ? HEAVY_POINTS : POINTS;
  return new Set(Array.from({ length: points }, (_, i) => Math.round((i * steps) / points)));
}

function numbersPerRow({ inputs, train }: Graph): number {
  const batch = inputs[0]?.shape[0] ?? 1;
  const sizes = train.flatMap(({ outputs }) => outputs.map(({ shape }) => shape.reduce((n, size) => n * size, 1)));
  return sizes.reduce((sum, size) => sum + size, 0) / batch;
}
