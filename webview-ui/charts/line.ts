// Numbers over optimizer steps: loss in both modes, gradient norms, update ratios, the gap. Every series has a
// color, a dash and a marker of its own; a band holds what lies between two numbers.

import type { ChartDataset } from 'chart.js';
import { axis, baseOptions, type Options, stepAxis } from '../draw/axes.ts';
import { cursorLayer, type Guide, guideLayer } from '../draw/layers.ts';
import { formatNumber, formatTick, type NumberKind } from '../format.ts';
import { cssColor, styleOf, type Theme } from '../theme.ts';
import { trend } from '../trend.ts';
import type { Chart, LegendEntry } from './chart.ts';

export interface LineSeries {
  readonly label: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
  /** Which of the theme's styles. */
  readonly slot: number;
  /** Between two numbers at each step: spread over seeds, quantiles over layers or channels. */
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** Drawn thin, in the background. */
  readonly faint?: boolean;
}

export interface LineData {
  readonly title: string;
  readonly series: readonly LineSeries[];
  readonly guides: readonly Guide[];
  readonly scale: 'linear' | 'logarithmic';
  readonly kind: NumberKind;
  /** The scrubber's step. */
  readonly step: number | null;
  /** What to make of it, in a sentence; empty when the numbers speak for themselves. */
  readonly verdict: string;
}

const MARKERS_A_LINE = 7;

const line: Chart<LineData> = {
  name: 'line',

  config(data, theme) {
    const [first, last] = extent(data.series);
    const guides = data.scale === 'logarithmic' ? data.guides.filter((guide) => guide.value > 0) : data.guides;
    const base = baseOptions(theme);
    const options: Options = {
      ...base,
      scales: {
        x: stepAxis(theme, first, last),
        y: {
          ...axis(theme, {
            type: data.scale,
            tick: (value) => (data.kind === 'percent' ? formatNumber(value, 'percent') : formatTick(value)),
          }),
          ...suggested(data),
        },
      },
      plugins: { ...base.plugins, tooltip: { ...base.plugins?.tooltip, ...tooltip(data) } },
    };
    return {
      type: 'line',
      data: { datasets: data.series.flatMap((series) => datasets(series, data, theme)) },
      options,
      plugins: [guideLayer(guides, 'y', theme), cursorLayer(data.step, theme)],
    };
  },

  table(data) {
    const steps = [...new Set(data.series.flatMap((series) => series.steps))].sort((a, b) => a - b);
    const columns = data.series.map(
      (series) => new Map(series.steps.map((step, i) => [step, series.values[i] ?? null])),
    );
    return {
      caption: data.title,
      columns: [
        { label: 'step', kind: 'count' },
        ...data.series.map((series) => ({ label: series.label, kind: data.kind })),
      ],
      rows: steps.map((step) => [step, ...columns.map((column) => column.get(step) ?? null)]),
    };
  },

  summary(data) {
    const spoken = data.series.filter((series) => series.values.length > 0 && !series.faint);
    if (spoken.length === 0) return 'Nothing has been measured yet.';
    const sentences = spoken
      .slice(0, 3)
      .map((series) => `${series.label} ${trend(series.values, series.steps, data.kind)}.`);
    const more = spoken.length - sentences.length;
    if (more > 0) sentences.push(`${more} more in the table.`);
    if (data.verdict) sentences.unshift(data.verdict);
    return sentences.join(' ');
  },

  legend(data, theme) {
    return data.series
      .filter((series) => !series.faint)
      .map((series): LegendEntry => {
        const { color, dash, marker } = styleOf(theme, series.slot);
        const value = valueAt(series, data.step);
        return {
          label: series.label,
          value: value === null ? '' : formatNumber(value, data.kind),
          color,
          dash,
          marker,
        };
      });
  },

  height: () => 150,
};

export default line;

function datasets(series: LineSeries, data: LineData, theme: Theme): ChartDataset<'line'>[] {
  const style = styleOf(theme, series.slot);
  const color = cssColor(style.color, series.faint ? 0.45 : 1);
  const every = Math.max(1, Math.floor(series.values.length / MARKERS_A_LINE));
  const drawn = (value: number) =>
    Number.isFinite(value) && (data.scale === 'linear' || value > 0) ? value : Number.NaN;
  const points = (values: readonly number[]) =>
    values.map((value, i) => ({ x: series.steps[i] ?? 0, y: drawn(value) }));
  const main: ChartDataset<'line'> = {
    label: series.label,
    order: series.faint ? 2 : 1,
    data: points(series.values),
    borderColor: color,
    backgroundColor: color,
    borderWidth: series.faint ? 1 : 1.75,
    borderDash: series.faint ? [] : [...style.dash],
    pointStyle: style.marker,
    pointRadius: series.values.map((_, i) =>
      !series.faint && (i % every === 0 || series.values.length < 3) ? 2.5 : 0,
    ),
    pointHitRadius: 6,
  };
  if (!series.band) return [main];
  const edge = {
    label: '',
    borderWidth: theme.highContrast ? 1 : 0,
    borderColor: cssColor(style.color, 0.6),
    borderDash: [1, 2],
    pointRadius: 0,
    backgroundColor: cssColor(style.color, theme.highContrast ? 0 : 0.18),
  };
  return [
    main,
    { ...edge, data: points(series.band.low), fill: false },
    { ...edge, data: points(series.band.high), fill: '-1' },
  ];
}

/** Guides are in view, and a flat line has room around it. */
function suggested(data: LineData): { suggestedMin?: number; suggestedMax?: number } {
  const marks = data.guides.flatMap((guide) => [guide.value, guide.to ?? guide.value]);
  if (data.scale === 'logarithmic' || marks.length === 0) return {};
  return { suggestedMin: Math.min(...marks), suggestedMax: Math.max(...marks) };
}

function tooltip(data: LineData) {
  return {
    filter: (item: { dataset: { label?: string | undefined } }) => Boolean(item.dataset.label),
    callbacks: {
      title: (items: { parsed: { x: number | null } }[]) => `step ${items[0]?.parsed.x ?? ''}`,
      label: (item: { dataset: { label?: string | undefined }; parsed: { y: number | null } }) =>
        ` ${item.dataset.label ?? ''}  ${formatNumber(item.parsed.y, data.kind)}`,
    },
  };
}

function extent(series: readonly LineSeries[]): readonly [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { steps } of series) {
    first = Math.min(first, steps[0] ?? first);
    last = Math.max(last, steps.at(-1) ?? last);
  }
  return Number.isFinite(first) ? [first, last] : [0, 1];
}

function valueAt(series: LineSeries, step: number | null): number | null {
  if (step === null) return series.values.at(-1) ?? null;
  let found: number | null = null;
  for (const [i, at] of series.steps.entries()) {
    if (at > step) break;
    found = series.values[i] ?? null;
  }
  return found;
}
