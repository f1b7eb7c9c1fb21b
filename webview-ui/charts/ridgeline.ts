// A layer's distribution at a few steps, one ridge behind the other, the oldest at the top: how a shape moves.

import { axis, baseOptions, fixedTicks } from '../draw/axes.ts';
import { cells, valueAxis } from '../draw/density.ts';
import { current, type HistoryData, historySummary, historyTable } from '../draw/history.ts';
import { paintLayer } from '../draw/layers.ts';
import { formatTick } from '../format.ts';
import { cssColor, type Theme } from '../theme.ts';
import type { Chart } from './chart.ts';

const RIDGES = 12;
const CELLS = 72;
/** How far a ridge may rise over the ones behind it, in rows. */
const OVERLAP = 2.2;

const ridgeline: Chart<HistoryData> = {
  name: 'ridgeline',

  config(data, theme) {
    const shown = ridges(data);
    const values = valueAxis(data.histograms);
    const { low, high } = values;
    const rows = shown.map((h) =>
      cells(h, values, CELLS).map((cell) => ({ ...cell, share: cell.density / Math.max(1, h.count) })),
    );
    const tallest = Math.max(Number.MIN_VALUE, ...rows.flatMap((row) => row.map(({ share }) => share)));
    const now = current(data);
    const base = baseOptions(theme);
    const label = (i: number) => (shown[i] ? String(shown[i].step) : '');
    return {
      type: 'line',
      data: { datasets: [{ data: [] }] },
      options: {
        ...base,
        scales: {
          x: {
            ...axis(theme, { min: low, max: high, tick: (u) => formatTick(values.value(u)) }),
            ...fixedTicks(values.ticks(7)),
          },
          y: {
            ...axis(theme, { min: -OVERLAP, max: shown.length - 0.6, grid: false, most: 20, tick: label }),
            reverse: true,
            ...fixedTicks(shown.map((_, i) => i).filter((i) => i % 2 === (shown.length - 1) % 2)),
          },
        },
        plugins: { ...base.plugins, tooltip: { enabled: false } },
      },
      plugins: [
        paintLayer('ridges', (ctx, area, pixel) => {
          const unit = pixel('y', 1) - pixel('y', 0);
          for (const [i, row] of rows.entries()) {
            const floor = pixel('y', i);
            ctx.beginPath();
            ctx.moveTo(area.left, floor);
            for (const { low: from, high: to, share } of row) {
              const y = floor - (share / tallest) * OVERLAP * unit;
              ctx.lineTo(pixel('x', (from + to) / 2), y);
            }
            ctx.lineTo(area.right, floor);
            inked(ctx, theme, shown[i] === now);
          }
        }),
      ],
    };
  },

  table: historyTable,
  summary: historySummary,

  legend: (data, theme) => {
    const now = current(data);
    return now
      ? [
          { label: `step ${now.step}`, value: '', color: theme.foreground, dash: [], marker: 'none' },
          { label: 'other steps', value: '', color: theme.accent, dash: [], marker: 'none' },
        ]
      : [];
  },

  height: () => 220,
};

export default ridgeline;

/** Fills and strokes the path, opaque, so that a ridge hides those behind it. */
function inked(ctx: CanvasRenderingContext2D, theme: Theme, chosen: boolean): void {
  const color = chosen ? theme.foreground : theme.accent;
  ctx.fillStyle = cssColor(theme.background, 0.85);
  ctx.fill();
  ctx.fillStyle = cssColor(color, theme.highContrast ? 0 : chosen ? 0.35 : 0.22);
  ctx.fill();
  ctx.strokeStyle = cssColor(color);
  ctx.lineWidth = chosen ? 2 : 1;
  ctx.stroke();
}

/** Evenly many of the kept steps, the first, the last and the scrubber's among them. */
function ridges(data: HistoryData): HistoryData['histograms'] {
  const { histograms } = data;
  if (histograms.length <= RIDGES) return histograms;
  const chosen = new Set(
    Array.from({ length: RIDGES }, (_, i) => histograms[Math.round((i * (histograms.length - 1)) / (RIDGES - 1))]),
  );
  const now = current(data);
  if (now) chosen.add(now);
  return histograms.filter((histogram) => chosen.has(histogram));
}
