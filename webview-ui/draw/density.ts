// Counts in bins of unequal width, made comparable: density is count over width, so that a bell stays one bell and
// area means count. Values lie on a symmetric-log axis, u = sign(x) · log10(1 + |x| / unit),
// linear where most of them are and logarithmic outside; `unit` is one number for all of a layer's run.

import { BIN_COUNT, BIN_EDGES, POSITIVE_EDGES } from '../../src/base/bins.ts';
import { quantileOf } from '../trend.ts';

const SMALLEST_UNIT = POSITIVE_EDGES[1] ?? 2 ** -10;

interface Counted {
  readonly bins: readonly number[];
}

/** A stretch of the value axis, drawn as one: from `low` to `high` on the axis, `density` values per unit of x. */
export interface Cell {
  readonly low: number;
  readonly high: number;
  readonly density: number;
}

/**
 * The histogram in `n` stretches of equal height on the axis. Within a bin values count as evenly spread, so that
 * what is narrower than a stretch is pooled and what is wider is divided; `Σ density · Δx` is the number in bins.
 */
export function cells(histogram: Counted, axis: ValueAxis, n: number): readonly Cell[] {
  const below = cumulated(histogram);
  const step = (axis.high - axis.low) / n;
  return Array.from({ length: n }, (_, i) => {
    const [low, high] = [axis.low + i * step, axis.low + (i + 1) * step];
    const [from, to] = [axis.value(low), axis.value(high)];
    return { low, high, density: to > from ? (below(to) - below(from)) / (to - from) : 0 };
  });
}

/** How many values in bins lie below x. */
function cumulated({ bins }: Counted): (x: number) => number {
  const sums = [0];
  for (const count of bins) sums.push((sums.at(-1) ?? 0) + count);
  return (x) => {
    const bin = binAt(x);
    if (bin < 0) return x < 0 ? 0 : (sums.at(-1) ?? 0);
    const left = BIN_EDGES[bin] ?? 0;
    const right = BIN_EDGES[bin + 1] ?? left;
    return (sums[bin] ?? 0) + ((bins[bin] ?? 0) * (x - left)) / (right - left);
  };
}

export interface ValueAxis {
  readonly low: number;
  readonly high: number;
  place(x: number): number;
  value(u: number): number;
  /** Round values worth a label, as places. */
  ticks(most: number): readonly number[];
}

/** An axis that shows every bin any of the histograms uses. */
export function valueAxis(histograms: readonly (Counted & { readonly std: number })[]): ValueAxis {
  const typical = quantileOf(
    histograms.map((histogram) => histogram.std),
    0.5,
  );
  const unit = Math.max(SMALLEST_UNIT, Number.isFinite(typical) ? typical : 1);
  const place = (x: number) => Math.sign(x) * Math.log10(1 + Math.abs(x) / unit);
  const value = (u: number) => Math.sign(u) * (10 ** Math.abs(u) - 1) * unit;
  const bins = usedBins(histograms);
  const [low, high] = [place(BIN_EDGES[bins[0]] ?? -1), place(BIN_EDGES[bins[1] + 1] ?? 1)];
  return { low, high, place, value, ticks: (most) => roundPlaces(place, low, high, unit, most) };
}

/** The value below which `share` of the histogram lies, zeros included, straight between a bin's edges. */
export function quantile(
  histogram: Counted & { readonly zeros: number; readonly min: number; readonly max: number },
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

/** The bin that holds `x`; −1 beyond both ends. */
function binAt(x: number): number {
  if (x < (BIN_EDGES[0] ?? 0) || x >= (BIN_EDGES[BIN_COUNT] ?? 0)) return -1;
  let low = 0;
  let high = BIN_COUNT;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((BIN_EDGES[middle] ?? 0) <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** The first and last bin that any of the histograms uses; a stretch around zero when none is used. */
function usedBins(histograms: readonly Counted[]): readonly [number, number] {
  let first = BIN_COUNT;
  let last = -1;
  for (const { bins } of histograms) {
    for (let i = 0; i < first; i++) if (bins[i]) first = i;
    for (let i = BIN_COUNT - 1; i > last; i--) if (bins[i]) last = i;
  }
  return last < 0 ? [BIN_COUNT / 2 - 8, BIN_COUNT / 2 + 7] : [first, last];
}

/** Zero and, to both sides, 1 and 3 times powers of ten, or powers alone where those are enough. */
function roundPlaces(
  place: (x: number) => number,
  low: number,
  high: number,
  unit: number,
  most: number,
): readonly number[] {
  const exponents = Array.from({ length: 9 }, (_, i) => i - 5);
  const sides = (factors: readonly number[]) => {
    const sizes = exponents.flatMap((e) => factors.map((f) => f * 10 ** e)).filter((size) => size >= unit / 2);
    return [0, ...sizes, ...sizes.map((size) => -size)].map(place).filter((u) => u >= low && u <= high);
  };
  const fine = sides([1, 3]);
  const chosen = fine.length <= most ? fine : sides([1]);
  const kept = chosen.length <= most ? chosen : sides([1]).filter((u, i) => u === 0 || i % 2 === 1);
  return [...kept].sort((a, b) => a - b);
}
