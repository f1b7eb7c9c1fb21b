// How far the batches' statistics stand from the running ones that eval mode uses, over the run: a strip for each
// BatchNorm's mean and variance, darker the farther; past the threshold it is hatched, so that no color need be told.

import { axis, baseOptions, fixedTicks, stepAxis } from '../draw/axes.ts';
import { columnsOf, cursorLayer, hatched, paintLayer, raster } from '../draw/layers.ts';
import { formatNumber, plural, shortened } from '../format.ts';
import { cssColor, type Rgb, type Theme } from '../theme.ts';
import type { Chart } from './chart.ts';

export interface DriftRow {
  readonly layer: string;
  /** `mean`: in running deviations. `variance`: the batch's over the running one. */
  readonly of: 'mean' | 'variance';
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface DriftData {
  readonly title: string;
  readonly rows: readonly DriftRow[];
  readonly step: number | null;
}

/** One deviation, or a factor of two: beyond it a batch does not look like what eval mode normalizes with. */
const THRESHOLD = 1;
const ROW = 22;
const MOST_ROWS = 12;

const drift: Chart<DriftData> = {
  name: 'drift',

  config(data, theme) {
    const rows = farthestRows(data.rows, MOST_ROWS);
    const first = Math.min(...rows.map(({ steps }) => steps[0] ?? 0), Number.MAX_SAFE_INTEGER);
    const last = Math.max(...rows.map(({ steps }) => steps.at(-1) ?? 1), first + 1);
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
              skip: false,
              tick: (place) => rowLabel(rows[Math.floor(place)]),
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
            const [top, bottom] = [Math.round(pixel('y', i)) + 2, Math.round(pixel('y', i + 1)) - 2];
            const box = { left: area.left, right: area.right, top, bottom };
            let columns: Int32Array | null = null;
            raster(ctx, box, (x, y, width) => {
              columns ??= columnsOf(row.steps, first, last, width);
              return colorOf(distance(row, columns[x] ?? 0), x, y, theme);
            });
            ctx.strokeStyle = cssColor(theme.highContrast ? theme.foreground : theme.grid);
            ctx.lineWidth = 1;
            ctx.strokeRect(box.left + 0.5, top + 0.5, box.right - box.left - 1, bottom - top - 1);
          }
        }),
        cursorLayer(data.step, theme),
      ],
    };
  },

  table(data) {
    const steps = [...new Set(data.rows.flatMap((row) => row.steps))].sort((a, b) => a - b);
    const columns = data.rows.map((row) => new Map(row.steps.map((step, i) => [step, row.values[i] ?? null])));
    return {
      caption: `${data.title}: mean in running deviations, variance as batch over running`,
      columns: [
        { label: 'step', kind: 'count' },
        ...data.rows.map((row) => ({ label: `${row.layer} ${row.of}`, kind: 'number' as const })),
      ],
      rows: steps.map((step) => [step, ...columns.map((column) => column.get(step) ?? null)]),
    };
  },

  summary(data) {
    const now = data.rows.map((row) => ({ row, i: indexAt(row, data.step) }));
    const [start] = now;
    if (!start) return 'The model has no BatchNorm layer with running statistics.';
    const far = new Set(now.filter(({ row, i }) => !(distance(row, i) < THRESHOLD)).map(({ row }) => row.layer));
    const most = now.reduce((a, b) => (distance(b.row, b.i) > distance(a.row, a.i) ? b : a), start);
    const verdict =
      far.size === 0
        ? 'Running statistics follow the batches'
        : `The batches of ${plural(far.size, 'layer')} are not what eval mode normalizes with`;
    return `${verdict}; farthest is ${described(most.row, most.i)}.`;
  },

  legend: (_, theme) => [
    { label: 'near', value: '', color: theme.ramp[60] ?? theme.accent, dash: [], marker: 'area' },
    {
      label: 'more than one deviation, or a factor of two',
      value: '',
      color: theme.alarm[170] ?? theme.problem,
      dash: [2, 2],
      marker: 'area',
    },
  ],

  height: ({ rows }) => Math.min(MOST_ROWS, Math.max(1, rows.length)) * ROW + 32,
};

export default drift;

/** On one scale for both: deviations, or doublings and halvings. */
export function distance(row: DriftRow, i: number): number {
  const value = row.values[i] ?? Number.NaN;
  return row.of === 'mean' ? Math.abs(value) : Math.abs(Math.log2(value));
}

function described(row: DriftRow, i: number): string {
  const value = formatNumber(row.values[i]);
  return row.of === 'mean'
    ? `${row.layer}, whose batch mean lies ${value} deviations from the running one`
    : `${row.layer}, whose batch variance is ${value} times the running one`;
}

function colorOf(far: number, x: number, y: number, theme: Theme): Rgb | null {
  const past = !(far < THRESHOLD);
  if (past && hatched(x, y, 8)) return theme.background;
  const t = Number.isFinite(far) ? Math.min(1, far / (2 * THRESHOLD)) : 1;
  return (past ? theme.alarm : theme.ramp)[Math.round(255 * (past ? 0.45 + t * 0.4 : t * 0.8))] ?? null;
}

function rowLabel(row: DriftRow | undefined): string {
  return row ? `${shortened(row.layer, 9)} ${row.of === 'mean' ? 'mean' : 'var'}` : '';
}

/** The `most` rows that came farthest, in the model's order; the table has them all. */
function farthestRows(rows: readonly DriftRow[], most: number): readonly DriftRow[] {
  if (rows.length <= most) return rows;
  const reach = new Map(rows.map((row) => [row, Math.max(...row.values.map((_, i) => distance(row, i) || 0))]));
  const chosen = new Set([...rows].sort((a, b) => (reach.get(b) ?? 0) - (reach.get(a) ?? 0)).slice(0, most));
  return rows.filter((row) => chosen.has(row));
}

function indexAt(row: DriftRow, step: number | null): number {
  if (step === null) return row.steps.length - 1;
  const after = row.steps.findIndex((at) => at > step);
  return after < 0 ? row.steps.length - 1 : Math.max(0, after - 1);
}
