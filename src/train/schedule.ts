// Which steps are kept: known before the run, dense at first when everything moves, even later, the first
// and the last always. The same steps for the same number of steps, so that runs can be laid over each other.

const LOGARITHMIC = 20;
const EVEN = 24;
const CURVE = 200;

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

/** Steps before which the validation rows are passed: a few of the kept ones. */
export function validationSteps(steps: number, points: number): ReadonlySet<number> {
  return new Set(Array.from({ length: points }, (_, i) => Math.round((i * steps) / points)));
}
