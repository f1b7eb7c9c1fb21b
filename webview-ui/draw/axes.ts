// What every chart's axes, tooltip and spacing have in common.

import type { ChartOptions } from 'chart.js';
import { formatTick } from '../format.ts';
import { cssColor, type Theme } from '../theme.ts';

export type Options = ChartOptions<'line'>;
type Axis = NonNullable<NonNullable<Options['scales']>[string]>;

export function baseOptions(theme: Theme): Options {
  const { tooltip, font } = theme;
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    events: ['mousemove', 'mouseout', 'click'],
    layout: { padding: { top: 6, right: 8, bottom: 0, left: 0 } },
    interaction: { mode: 'index', intersect: false, axis: 'x' },
    font: { family: font.family, size: font.size },
    color: cssColor(theme.foreground),
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: cssColor(tooltip.background),
        titleColor: cssColor(tooltip.foreground),
        bodyColor: cssColor(tooltip.foreground),
        borderColor: cssColor(tooltip.border),
        borderWidth: 1,
        cornerRadius: 3,
        caretSize: 0,
        padding: 6,
        boxPadding: 4,
        usePointStyle: true,
        titleFont: { family: font.family, size: font.size, weight: 'bold' },
        bodyFont: { family: font.family, size: font.size },
      },
    },
  };
}

interface AxisOptions {
  readonly type?: 'linear' | 'logarithmic' | 'category';
  readonly title?: string;
  readonly min?: number;
  readonly max?: number;
  readonly most?: number;
  readonly grid?: boolean;
  /** Leave labels out where they would crowd. */
  readonly skip?: boolean;
  readonly tick?: (value: number) => string;
}

/** A quiet axis: no border but the grid, few labels, never slanted. */
export function axis(
  theme: Theme,
  { type = 'linear', title, min, max, most = 5, grid = true, skip = true, tick }: AxisOptions,
): Axis {
  const font = { family: theme.font.family, size: theme.font.size };
  const label = tick ?? formatTick;
  return {
    type,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    border: { display: false },
    grid: { display: grid, color: cssColor(theme.grid), lineWidth: 1, tickLength: 0, drawTicks: false },
    title: {
      display: title !== undefined,
      text: title ?? '',
      color: cssColor(theme.muted),
      font,
      padding: { top: 2, bottom: 0 },
    },
    ticks: {
      color: cssColor(theme.muted),
      font,
      padding: 5,
      maxRotation: 0,
      autoSkipPadding: 12,
      maxTicksLimit: most,
      autoSkip: skip,
      ...(type === 'category' ? {} : { callback: (value: string | number) => label(Number(value)) }),
    },
  };
}

/** Places for the labels of an axis that chooses them itself. */
export function fixedTicks(places: readonly number[]): {
  afterBuildTicks: (scale: { ticks: { value: number }[] }) => void;
} {
  return {
    afterBuildTicks: (scale) => {
      scale.ticks = places.map((value) => ({ value }));
    },
  };
}

/** The optimizer steps' axis, from the first to the last, with both ends labelled. */
export function stepAxis(theme: Theme, first: number, last: number): Axis {
  return axis(theme, {
    min: first,
    max: Math.max(last, first + 1),
    most: 6,
    grid: false,
    tick: (value) => (Number.isInteger(value) ? String(value) : ''),
  });
}
