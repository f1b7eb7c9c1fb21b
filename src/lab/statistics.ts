// Means and intervals over seeds. Few seeds mean wide intervals: Student's t, never the normal's 1.96.

export interface Estimate {
  readonly n: number;
  readonly mean: number;
  /** Half the width of the 95 % interval of the mean; NaN for fewer than two values. */
  readonly half: number;
}

/** The 0.975 quantile of Student's t for 1 to 30 degrees of freedom. */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The unbiased estimate, divided by n − 1. */
export function variance(values: readonly number[]): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
}

export function tQuantile(degrees: number): number {
  const exact = T_975[degrees - 1];
  if (exact !== undefined) return exact;
  // Cornish and Fisher's first terms; off by less than 0.001 from 31 degrees on.
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const half = n < 2 ? Number.NaN : tQuantile(n - 1) * Math.sqrt(variance(values) / n);
  return { n, mean: n === 0 ? Number.NaN : mean(values), half };
}

/** Of a − b, seed by seed: what the seeds share falls out. Seeds that only one side has are left out. */
export function pairedDifference(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Estimate {
  const differences: number[] = [];
  for (const [seed, value] of a) {
    const other = b.get(seed);
    if (other !== undefined) differences.push(value - other);
  }
  return estimate(differences);
}
