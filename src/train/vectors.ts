// Distances of statistics, channel by channel, in units that do not depend on a layer's scale.

/** Below this share of the largest, a variance is that of a constant channel, and is left out. */
const NO_VARIANCE = 1e-10;

export function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** |a − b| in deviations, root mean square over the channels that vary; 0 where none does. */
export function meanShift(a: ArrayLike<number>, b: ArrayLike<number>, variance: ArrayLike<number>): number {
  const least = NO_VARIANCE * largest(variance);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < variance.length; i++) {
    const of = variance[i] as number;
    if (!(of > least)) continue;
    sum += ((a[i] as number) - (b[i] as number)) ** 2 / of;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

/** a / b, geometric mean over the channels where both are positive; 1 where none are. */
export function geometricMean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const least = NO_VARIANCE * largest(b);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < b.length; i++) {
    const [above, below] = [a[i] as number, b[i] as number];
    if (!(above > 0 && below > least)) continue;
    sum += Math.log(above / below);
    count++;
  }
  return count === 0 ? 1 : Math.exp(sum / count);
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  return most;
}
