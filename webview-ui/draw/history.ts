// A layer's histograms over the run, as three charts share it: one table, one summary, one axis of values.

import type { Histogram } from '../../src/lab/observation.ts';
import type { Table } from '../charts/chart.ts';
import { formatNumber, plural } from '../format.ts';
import { quantile } from './density.ts';

export interface HistoryData {
  readonly title: string;
  /** What the values are: `activation`, `gradient`. */
  readonly what: string;
  /** Ascending by step. */
  readonly histograms: readonly Histogram[];
  /** The scrubber's step. */
  readonly step: number | null;
}

/** The histogram at the scrubber's step, or the last before it, or the first there is. */
export function current({ histograms, step }: HistoryData): Histogram | null {
  const before = step === null ? histograms : histograms.filter((histogram) => histogram.step <= step);
  return before.at(-1) ?? histograms[0] ?? null;
}

/** Half-sigma steps of a normal distribution, the nine that TensorBoard's users know. */
const SHARES = [0, 0.0668, 0.1587, 0.3085, 0.5, 0.6915, 0.8413, 0.9332, 1];

export function historyTable(data: HistoryData): Table {
  const number = (label: string) => ({ label, kind: 'number' }) as const;
  return {
    caption: `${data.title}, by step`,
    columns: [
      { label: 'step', kind: 'count' },
      { label: 'values', kind: 'count' },
      number('mean'),
      number('std'),
      { label: 'zeros', kind: 'percent' },
      { label: 'NaN', kind: 'count' },
      { label: '∞', kind: 'count' },
      ...SHARES.map((share) =>
        number(share === 0 ? 'min' : share === 1 ? 'max' : share === 0.5 ? 'median' : `${(share * 100).toFixed(1)} %`),
      ),
    ],
    rows: data.histograms.map((h) => [
      h.step,
      h.count,
      h.mean,
      h.std,
      h.count > 0 ? h.zeros / h.count : null,
      h.nan,
      h.inf,
      ...SHARES.map((share) => (h.count > h.nan + h.inf ? quantile(h, share) : null)),
    ]),
  };
}

export function historySummary(data: HistoryData): string {
  const now = current(data);
  const first = data.histograms[0];
  if (!now || !first) return 'No histogram has been taken yet.';
  const broken = data.histograms.find((histogram) => histogram.nan + histogram.inf > 0);
  const parts = [
    broken
      ? `First non-finite values at step ${broken.step}: ${plural(broken.nan + broken.inf, 'value')} of ${formatNumber(broken.count, 'count')}.`
      : '',
    `Step ${now.step}: mean ${formatNumber(now.mean)}, std ${formatNumber(now.std)}, from ${formatNumber(now.min)} to ${formatNumber(now.max)}.`,
    now.zeros > 0 ? `${formatNumber(now.zeros / now.count, 'percent')} are exactly zero.` : '',
    now === first ? '' : `${spread(first, now)}`,
  ];
  return parts.filter(Boolean).join(' ');
}

function spread(first: Histogram, now: Histogram): string {
  const ratio = now.std / first.std;
  if (!Number.isFinite(ratio) || ratio <= 0) return '';
  const since = `since step ${first.step}`;
  if (ratio > 1.25) return `The spread grew ${formatNumber(ratio)} times ${since}.`;
  if (ratio < 0.8) return `The spread shrank to ${formatNumber(ratio, 'percent')} ${since}.`;
  return `The spread hardly changed ${since}.`;
}
