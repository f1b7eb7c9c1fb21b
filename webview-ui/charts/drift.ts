// How far each BatchNorm's running statistics stand from the batches', over the run: a strip a layer, darker the
// farther; past the threshold it is hatched, so that no color need be told apart.

import { axis, baseOptions, fixedTicks, stepAxis } from '../draw/axes.ts';
import { columnsOf, cursorLayer, hatched, paintLayer, raster } from '../draw/layers.ts';
import { formatNumber, plural, shortened } from '../format.ts';
import { cssColor } from '../theme.ts';
import type { Chart } from './chart.ts';

export interface DriftData {
  readonly title: string;
  readonly layers: readonly {
    readonly layer: string;
    readonly steps: readonly number[];
    readonly values: readonly number[];
  }[];
  /** A distance beyond which eval mode no longer speaks for training. */
  readonly threshold: number;
  readonly step: number | null;
}

const ROW = 24;
const MOST_ROWS = 12;

const drift: Chart<DriftData> = {
  name: 'drift',

  config(data, theme) {
    const rows = worst(data, MOST_ROWS);
    const first = Math.min(...rows.map(({ steps }) => steps[0] ?? 0), Number.MAX_SAFE_INTEGER);
    const last = Math.max(...rows.map(({ steps }) => steps.at(-1) ?? 1), 1);
    const base = baseOptions(theme);
    return {
      type: 'line',
      data: { datasets: [{ data: [] }] },
      options: {
        ...base,
        scales: {
          x: stepAxis(theme, first, last),
          y: {
            ...axis(theme, {
              min: 0,
              max: Math.max(1, rows.length),
              grid: false,
              most: MOST_ROWS,
              tick: (place) => shortened(rows[Math.floor(place)]?.layer ?? '', 12),
            }),
            reverse: true,
            ...fixedTicks(rows.map((_, i) => i + 0.5)),
          },
        },
        plugins: { ...base.plugins, tooltip: { enabled: false } },
      },
      plugins: [
        paintLayer('strips', (ctx, area, pixel) => {
          for (const [i, row] of rows.entries()) {
            const box = {
              left: area.left,
              right: area.right,
              top: Math.round(pixel('y', i)) + 2,
              bottom: Math.round(pixel('y', i + 1)) - 2,
            };
            let columns: Int32Array | null = null;
            raster(ctx, box, (x, y, width) => {
              columns ??= columnsOf(row.steps, first, Math.max(last, first + 1), width);
              const size = Math.abs(row.values[columns[x] ?? 0] ?? 0);
              const past = !(size < data.threshold);
              if (past && hatched(x, y, 8)) return theme.background;
              const t = Number.isFinite(size) ? Math.min(1, size / (2 * data.threshold)) : 1;
              return (past ? theme.alarm : theme.ramp)[Math.round(255 * (past ? 0.45 + t * 0.4 : t * 0.8))] ?? null;
            });
            ctx.strokeStyle = cssColor(theme.highContrast ? theme.foreground : theme.grid);
            ctx.lineWidth = 1;
            ctx.strokeRect(box.left + 0.5, box.top + 0.5, box.right - box.left - 1, box.bottom - box.top - 1);
          }
        }),
        cursorLayer(data.step, theme),
      ],
    };
  },

  table(data) {
    const steps = [...new Set(data.layers.flatMap((row) => row.steps))].sort((a, b) => a - b);
    const columns = data.layers.map((row) => new Map(row.steps.map((step, i) => [step, row.values[i] ?? null])));
    return {
      caption: data.title,
      columns: [
        { label: 'step', kind: 'count' },
        ...data.layers.map((row) => ({ label: row.layer, kind: 'number' as const })),
      ],
      rows: steps.map((step) => [step, ...columns.map((column) => column.get(step) ?? null)]),
    };
  },

  summary(data) {
    if (data.layers.length === 0) return 'The model has no BatchNorm layer with running statistics.';
    const now = data.layers.map((row) => ({ layer: row.layer, value: valueAt(row, data.step) }));
    const far = now.filter(({ value }) => !(Math.abs(value) < data.threshold));
    const top = now.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a));
    const limit = formatNumber(data.threshold);
    const most = `${top.layer} stands at ${formatNumber(top.value)} (threshold ${limit})`;
    return far.length === 0
      ? `Running statistics follow the batches: ${most}.`
      : `Running statistics of ${plural(far.length, 'layer')} do not describe the batches: ${most}.`;
  },

  legend: (data, theme) => [
    { label: 'close', value: '', color: theme.ramp[40] ?? theme.accent, dash: [], marker: 'area' },
    {
      label: 'past the threshold',
      value: formatNumber(data.threshold),
      color: theme.alarm[170] ?? theme.problem,
      dash: [2, 2],
      marker: 'area',
    },
  ],

  height: ({ layers }) => Math.min(MOST_ROWS, Math.max(1, layers.length)) * ROW + 32,
};

export default drift;

/** The `most` rows that came farthest, in the model's order; the table has them all. */
function worst(data: DriftData, most: number): DriftData['layers'] {
  if (data.layers.length <= most) return data.layers;
  const reach = (row: DriftData['layers'][number]) => Math.max(...row.values.map(Math.abs));
  const chosen = new Set([...data.layers].sort((a, b) => reach(b) - reach(a)).slice(0, most));
  return data.layers.filter((row) => chosen.has(row));
}

function valueAt(row: DriftData['layers'][number], step: number | null): number {
  let found = row.values[0] ?? 0;
  for (const [i, at] of row.steps.entries()) {
    if (step !== null && at > step) break;
    found = row.values[i] ?? found;
  }
  return found;
}
