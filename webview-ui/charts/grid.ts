// The results of a sweep: one measure for every combination, mean and interval over seeds. The table is the grid
// itself; the drawing puts the columns on one axis, so that lines which cross show an interaction.

import type { Plugin } from 'chart.js';
import { axis, baseOptions, fixedTicks } from '../draw/axes.ts';
import { formatNumber, formatWithin, plural } from '../format.ts';
import { cssColor, styleOf, type Theme } from '../theme.ts';
import type { Chart } from './chart.ts';

export interface GridCell {
  /** Runs that gave a number. */
  readonly values: readonly number[];
  readonly mean: number | null;
  /** Half the width of the 95 % interval of the mean; null with fewer than two seeds. */
  readonly interval: number | null;
  /** Best of its column, with every seed in. */
  readonly best: boolean;
  /** Runs planned, diverged, failed, not (yet) run. */
  readonly planned: number;
  readonly diverged: number;
  readonly failed: number;
  readonly missing: number;
}

export interface GridData {
  readonly title: string;
  readonly measure: string;
  readonly rowLabel: string;
  readonly columnLabel: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By row, then column. */
  readonly cells: readonly (readonly GridCell[])[];
}

const grid: Chart<GridData> = {
  name: 'grid',

  config(data, theme) {
    const base = baseOptions(theme);
    return {
      type: 'line',
      data: {
        datasets: data.rows.map((label, row) => {
          const style = styleOf(theme, row);
          return {
            label,
            data: data.columns.map((_, column) => ({
              x: placeOf(data, row, column),
              y: data.cells[row]?.[column]?.mean ?? Number.NaN,
            })),
            borderColor: cssColor(style.color),
            backgroundColor: cssColor(style.color),
            borderDash: [...style.dash],
            borderWidth: 1.75,
            pointStyle: style.marker,
            pointRadius: 4,
            spanGaps: true,
          };
        }),
      },
      options: {
        ...base,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: {
            ...axis(theme, {
              grid: false,
              skip: false,
              title: data.columnLabel,
              min: -0.5,
              max: data.columns.length - 0.5,
              tick: (column) => data.columns[column] ?? '',
            }),
            ...fixedTicks(data.columns.map((_, column) => column)),
          },
          y: axis(theme, {}),
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins?.tooltip,
            callbacks: {
              title: (items) => `${data.columnLabel} ${data.columns[items[0]?.dataIndex ?? 0] ?? ''}`,
              label: (item) =>
                ` ${item.dataset.label ?? ''}  ${cellText(data.cells[item.datasetIndex]?.[item.dataIndex] ?? null)}`,
            },
          },
        },
      },
      plugins: [whiskers(data, theme)],
    };
  },

  table: (data) => ({
    caption: `${data.title}: ${data.measure}, mean and half of its 95 % interval over seeds`,
    columns: [
      { label: data.rowLabel, kind: 'text' },
      ...data.columns.flatMap((column) => [
        { label: `${data.columnLabel} ${column}`, kind: 'number' as const },
        { label: '±', kind: 'number' as const },
      ]),
    ],
    rows: data.rows.map((row, i) => [
      row,
      ...data.columns.flatMap((_, j) => [data.cells[i]?.[j]?.mean ?? null, data.cells[i]?.[j]?.interval ?? null]),
    ]),
  }),

  summary(data) {
    const cells = data.cells.flat();
    const planned = cells.reduce((sum, cell) => sum + cell.planned, 0);
    if (planned === 0) return `0 combinations: nothing to compare.`;
    const best = data.columns.flatMap((column, j) => {
      const i = data.cells.findIndex((row) => row[j]?.best);
      return i < 0
        ? []
        : [`${data.rows[i]} at ${data.columnLabel} ${column} (${cellText(data.cells[i]?.[j] ?? null)})`];
    });
    const diverged = cells.reduce((sum, cell) => sum + cell.diverged, 0);
    const parts = [
      best.length > 0 && data.rows.length > 1 ? `Best ${data.measure}: ${best.join(', ')}.` : '',
      diverged > 0 ? `${plural(diverged, 'run')} diverged.` : '',
    ].filter(Boolean);
    return parts.length > 0 ? parts.join(' ') : `${data.measure} of ${plural(planned, 'run')}.`;
  },

  legend: (data, theme) => data.rows.map((label, row) => ({ label, value: '', ...styleOf(theme, row) })),

  height: () => 200,
};

export default grid;

/** `0.42 ± 0.05`, or why there is no number. */
export function cellText(cell: GridCell | null): string {
  if (!cell || cell.planned === 0) return '–';
  if (cell.mean !== null) {
    return cell.interval === null ? formatNumber(cell.mean) : formatWithin(cell.mean, cell.interval);
  }
  if (cell.diverged > 0) return 'diverged';
  return cell.failed > 0 ? 'failed' : 'not run';
}

/** Rows stand side by side within a column, so that their intervals do not cover each other. */
function placeOf(data: GridData, row: number, column: number): number {
  return column + (row - (data.rows.length - 1) / 2) * Math.min(0.06, 0.5 / data.rows.length);
}

function whiskers(data: GridData, theme: Theme): Plugin {
  return {
    id: 'whiskers',
    beforeDatasetsDraw: ({ ctx, scales }) => {
      const { x, y } = scales;
      if (!x || !y) return;
      ctx.save();
      for (const [i, row] of data.cells.entries()) {
        const { color } = styleOf(theme, i);
        ctx.strokeStyle = cssColor(color, theme.highContrast ? 1 : 0.7);
        ctx.fillStyle = ctx.strokeStyle;
        for (const [j, cell] of row.entries()) {
          drawSpread(ctx, cell, x.getPixelForValue(placeOf(data, i, j)), (value) => y.getPixelForValue(value));
        }
      }
      ctx.restore();
    },
  };
}

/** The interval as a line, each seed as a tick beside it. */
function drawSpread(ctx: CanvasRenderingContext2D, cell: GridCell, at: number, pixel: (value: number) => number): void {
  for (const value of cell.values) ctx.fillRect(at + 7, pixel(value) - 1, 4, 2);
  if (cell.mean === null || cell.interval === null) return;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(at, pixel(cell.mean - cell.interval));
  ctx.lineTo(at, pixel(cell.mean + cell.interval));
  ctx.stroke();
}
