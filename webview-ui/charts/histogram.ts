// One layer's distribution at the scrubber's step over its first one: density on a symmetric-log axis, so that
// area is count; exact zeros and non-finite values, which are in no bin, are said beside it.

import { axis, baseOptions, fixedTicks } from '../draw/axes.ts';
import { cells, valueAxis } from '../draw/density.ts';
import { current, type HistoryData, historySummary, historyTable } from '../draw/history.ts';
import { formatNumber, formatTick } from '../format.ts';
import { cssColor, styleOf } from '../theme.ts';
import type { Chart, LegendEntry } from './chart.ts';

const CELLS = 56;

const histogram: Chart<HistoryData> = {
  name: 'histogram',

  config(data, theme) {
    const first = data.histograms[0];
    const now = current(data);
    const values = valueAxis(data.histograms);
    const { low, high } = values;
    const outline = (of: { bins: readonly number[]; count: number }) => {
      const drawn = cells(of, values, CELLS);
      return [...drawn.map((cell) => ({ x: cell.low, y: cell.density / Math.max(1, of.count) })), { x: high, y: 0 }];
    };
    const [nowStyle, firstStyle] = [styleOf(theme, 0), styleOf(theme, 1)];
    const shape = { pointRadius: 0, stepped: 'before' as const, borderWidth: 1.5 };
    const base = baseOptions(theme);
    return {
      type: 'line',
      data: {
        datasets: [
          ...(now
            ? [
                {
                  ...shape,
                  label: `step ${now.step}`,
                  data: outline(now),
                  borderColor: cssColor(nowStyle.color),
                  backgroundColor: cssColor(nowStyle.color, theme.highContrast ? 0 : 0.25),
                  fill: 'origin',
                },
              ]
            : []),
          ...(first && first !== now
            ? [
                {
                  ...shape,
                  label: `step ${first.step}`,
                  data: outline(first),
                  borderColor: cssColor(firstStyle.color),
                  borderDash: [4, 3],
                  fill: false,
                },
              ]
            : []),
        ],
      },
      options: {
        ...base,
        scales: {
          x: {
            ...axis(theme, { min: low, max: high, tick: (u) => formatTick(values.value(u)) }),
            ...fixedTicks(values.ticks(7)),
          },
          y: { ...axis(theme, { min: 0, most: 4, tick: () => '' }), display: true },
        },
        plugins: { ...base.plugins, tooltip: { enabled: false } },
      },
      plugins: [],
    };
  },

  table: historyTable,
  summary: historySummary,

  legend(data, theme) {
    const now = current(data);
    const first = data.histograms[0];
    const entry = (
      h: { step: number; zeros: number; count: number },
      slot: number,
      dash: readonly number[],
    ): LegendEntry => ({
      label: `step ${h.step}`,
      value: h.zeros > 0 ? `${formatNumber(h.zeros / h.count, 'percent')} zeros` : '',
      color: styleOf(theme, slot).color,
      dash,
      marker: dash.length === 0 ? 'area' : 'none',
    });
    return [...(now ? [entry(now, 0, [])] : []), ...(first && first !== now ? [entry(first, 1, [4, 3])] : [])];
  },

  height: () => 150,
};

export default histogram;
