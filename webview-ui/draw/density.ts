// Counts in bins of unequal width, made comparable: on whichever axis they are drawn, area means count.
// Nothing is binned again. On the symmetric-log axis, u = sign(x) · log10(1 + |x| / 2^-10): linear around zero,
// logarithmic outside, and finite everywhere.

import { BIN_COUNT, BIN_EDGES, POSITIVE_EDGES } from '../../src/base/bins.ts';

const UNIT = POSITIVE_EDGES[1] ?? 2 ** -10;

export function symlog(x: number): number {
  return Math.sign(x) * Math.log10(1 + Math.abs(x) / UNIT);
}

export function fromSymlog(u: number): number {
  return Math.sign(u) * (10 ** Math.abs(u) - 1) * UNIT;
}

/** Edges on the symmetric-log axis, `BIN_COUNT + 1` of them. */
export const AXIS_EDGES: readonly number[] = BIN_EDGES.map(symlog);

/** Values per unit of the axis, bin by bin: `Σ density · width` is the number of values in bins. */
export function density(bins: readonly number[]): readonly number[] {
  return bins.map((count, i) => count / width(i));
}

export function width(bin: number): number {
  return (AXIS_EDGES[bin + 1] ?? 0) - (AXIS_EDGES[bin] ?? 0);
}

/** The bin that holds `u` of the axis; −1 beyond both ends. */
export function binAt(u: number): number {
  let low = 0;
  let high = BIN_COUNT;
  if (u < (AXIS_EDGES[0] ?? 0) || u >= (AXIS_EDGES[BIN_COUNT] ?? 0)) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((AXIS_EDGES[middle] ?? 0) <= u) low = middle;
    else high = middle;
  }
  return low;
}

/** The first and last bin that any of the histograms uses, with a bin of air; all of them when none is used. */
export function usedBins(histograms: readonly { readonly bins: readonly number[] }[]): readonly [number, number] {
  let first = BIN_COUNT;
  let last = -1;
  for (const { bins } of histograms) {
    for (let i = 0; i < first; i++) if (bins[i]) first = i;
    for (let i = BIN_COUNT - 1; i > last; i--) if (bins[i]) last = i;
  }
  if (last < 0) return [BIN_COUNT / 2 - 8, BIN_COUNT / 2 + 7];
  return [Math.max(0, first - 1), Math.min(BIN_COUNT - 1, last + 1)];
}

/** The value below which `share` of the histogram lies, zeros included, straight between a bin's edges. */
export function quantile(
  histogram: { readonly bins: readonly number[]; readonly zeros: number; readonly min: number; readonly max: number },
  share: number,
): number {
  const half = BIN_COUNT / 2;
  const inBins = histogram.bins.reduce((sum, n) => sum + n, 0);
  const wanted = share * (inBins + histogram.zeros);
  let below = 0;
  for (let i = 0; i < BIN_COUNT; i++) {
    if (i === half) {
      below += histogram.zeros;
      if (histogram.zeros > 0 && below >= wanted) return 0;
    }
    const n = histogram.bins[i] ?? 0;
    if (n > 0 && below + n >= wanted) {
      const left = BIN_EDGES[i] ?? 0;
      const right = BIN_EDGES[i + 1] ?? left;
      const inside = left + ((right - left) * Math.max(0, wanted - below)) / n;
      return Math.min(histogram.max, Math.max(histogram.min, inside));
    }
    below += n;
  }
  return histogram.max;
}

/** Round values worth a label between two places of the axis, as places. */
export function symlogTicks(low: number, high: number, most: number): readonly number[] {
  const powers = [-2, -1, 0, 1].map((e) => 10 ** e);
  const values = [...powers.map((p) => -p).reverse(), 0, ...powers];
  const inside = values.map(symlog).filter((u) => u >= low && u <= high);
  for (let stride = 1; stride <= 4; stride++) {
    const from = Math.max(0, inside.indexOf(0));
    const kept = inside.filter((_, i) => (i - from) % stride === 0);
    if (kept.length <= most) return kept;
  }
  return inside.slice(0, most);
}
