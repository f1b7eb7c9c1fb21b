// A layer's distribution over the whole run: steps to the right, values up, darkness for density. Painted pixel
// by pixel from the bins as they were counted; exact zeros and non-finite values have gutters of their own below.

import { axis, baseOptions, fixedTicks, stepAxis } from '../draw/axes.ts';
import { cells, type ValueAxis, valueAxis } from '../draw/density.ts';
import { type HistoryData, historySummary, historyTable } from '../draw/history.ts';
import { columnsOf, cursorLayer, hatched, paintLayer, raster } from '../draw/layers.ts';
import { formatTick } from '../format.ts';
import type { Rgb, Theme } from '../theme.ts';
import { quantileOf } from '../trend.ts';
import type { Chart } from './chart.ts';

/** A gutter's height, as a share of the values' range. */
const GUTTER = 0.11;
const GAP = 0.03;
/** A painted row's height in CSS pixels; finer ones would show the chance of single values. */
const ROW = 3;

interface Gutter {
  readonly label: string;
  readonly shares: readonly number[];
  readonly colors: readonly Rgb[];
  readonly hatch: boolean;
  /** On the axis. */
  readonly from: number;
  readonly to: number;
}

const heatmap: Chart<HistoryData> = {
  name: 'heatmap',

  config(data, theme) {
    const { histograms } = data;
    const values = valueAxis(histograms);
    const { low, high } = values;
    const gutters = guttersOf(data, theme, low, high);
    const bottom = gutters.at(-1)?.from ?? low;
    const steps = histograms.map((histogram) => histogram.step);
    const [first, last] = [steps[0] ?? 0, Math.max(steps.at(-1) ?? 1, (steps[0] ?? 0) + 1)];
    const base = baseOptions(theme);
    const places = [...values.ticks(7), ...gutters.map((gutter) => (gutter.from + gutter.to) / 2)];
    return {
      type: 'line',
      data: { datasets: [{ data: [] }] },
      options: {
        ...base,
        scales: {
          x: stepAxis(theme, first, last),
          y: {
            ...axis(theme, {
              min: bottom,
              max: high,
              grid: false,
              most: 12,
              tick: (u) => gutters.find(({ from, to }) => u >= from && u < to)?.label ?? formatTick(values.value(u)),
            }),
            ...fixedTicks(places),
          },
        },
        plugins: { ...base.plugins, tooltip: { enabled: false } },
      },
      plugins: [
        paintLayer('heatmap', (ctx, area, pixel) => {
          const box = (from: number, to: number) => ({
            left: area.left,
            right: area.right,
            top: pixel('y', to),
            bottom: pixel('y', from),
          });
          paintDensity(ctx, box(low, high), { data, theme, values, steps, first, last });
          for (const gutter of gutters) {
            let columns: Int32Array | null = null;
            raster(ctx, box(gutter.from, gutter.to), (x, y, width) => {
              columns ??= columnsOf(steps, first, last, width);
              const share = gutter.shares[columns[x] ?? 0] ?? 0;
              if (share === 0 || (gutter.hatch && !hatched(x, y))) return null;
              return gutter.colors[Math.min(255, Math.round(60 + 195 * share))] ?? null;
            });
          }
        }),
        cursorLayer(data.step, theme),
      ],
    };
  },

  table: historyTable,
  summary: historySummary,

  legend: (_, theme) => [
    { label: 'few values', value: '', color: theme.ramp[70] ?? theme.accent, dash: [], marker: 'area' },
    { label: 'many', value: '', color: theme.ramp[235] ?? theme.accent, dash: [], marker: 'area' },
  ],

  height: () => 190,
};

export default heatmap;

interface Painted {
  readonly data: HistoryData;
  readonly theme: Theme;
  readonly values: ValueAxis;
  readonly steps: readonly number[];
  readonly first: number;
  readonly last: number;
}

function paintDensity(
  ctx: CanvasRenderingContext2D,
  box: { left: number; top: number; right: number; bottom: number },
  { data, theme, values, steps, first, last }: Painted,
): void {
  const rows = Math.max(8, Math.round((box.bottom - box.top) / ROW));
  const slices = data.histograms.map((histogram) =>
    cells(histogram, values, rows).map((cell) => cell.density / Math.max(1, histogram.count)),
  );
  // A single spike, such as a constant initialization, must not turn everything else white.
  const dense = quantileOf(
    slices.flat().filter((value) => value > 0),
    0.98,
  );
  let columns: Int32Array | null = null;
  raster(ctx, box, (x, y, width, height) => {
    columns ??= columnsOf(steps, first, last, width);
    const value = slices[columns[x] ?? 0]?.[rows - 1 - Math.floor((y / height) * rows)] ?? 0;
    // The square root keeps thin tails visible; where there is anything it is never the paper's color.
    return value > 0 ? (theme.ramp[Math.min(255, 24 + Math.round(231 * Math.sqrt(value / dense)))] ?? null) : null;
  });
}

function guttersOf({ histograms }: HistoryData, theme: Theme, low: number, high: number): readonly Gutter[] {
  const share = (count: (h: (typeof histograms)[number]) => number) =>
    histograms.map((histogram) => (histogram.count > 0 ? count(histogram) / histogram.count : 0));
  const candidates = [
    { label: '= 0', shares: share((h) => h.zeros), colors: theme.ramp, hatch: false },
    { label: 'NaN ∞', shares: share((h) => h.nan + h.inf), colors: theme.alarm, hatch: true },
  ].filter(({ shares }) => shares.some((value) => value > 0));
  const range = high - low;
  return candidates.map((gutter, i) => {
    const to = low - GAP * range - i * (GUTTER + GAP) * range;
    return { ...gutter, to, from: to - GUTTER * range };
  });
}
