// Layers from the input downward, as the code reads, and beside each its activation, gradient and dead units:
// a fault shows as a line that leans. The first step's line stays behind the current one.

import type { ChartArea, ChartDataset, Plugin, Scale } from 'chart.js';
import { axis, baseOptions, fixedTicks, type Options } from '../draw/axes.ts';
import { capital, formatNumber, formatTick, type NumberKind, shortened } from '../format.ts';
import { cssColor, styleOf, type Theme } from '../theme.ts';
import type { Chart } from './chart.ts';

export interface ProfileColumn {
  readonly label: string;
  /** One a layer; null where it was not measured. */
  readonly values: readonly (number | null)[];
  /** The same at the first step. */
  readonly first: readonly (number | null)[];
  readonly scale: 'linear' | 'logarithmic';
  readonly kind: NumberKind;
  /** What counts as healthy. */
  readonly band: readonly [number, number] | null;
}

export interface ProfileData {
  readonly title: string;
  readonly layers: readonly string[];
  readonly columns: readonly ProfileColumn[];
  readonly step: number | null;
  readonly selected: string;
  readonly verdict: string;
}

const ROW = 22;

const profile: Chart<ProfileData> = {
  name: 'profile',

  config(data, theme) {
    const base = baseOptions(theme);
    const many = data.layers.length > 16;
    const scales: Record<string, unknown> = {
      y: {
        ...axis(theme, { type: 'category', grid: !many, skip: many }),
        labels: data.layers.map((layer) => shortened(layer, 12)),
        offset: true,
      },
    };
    for (const [i, column] of data.columns.entries()) scales[`x${i}`] = columnAxis(theme, column);
    return {
      type: 'line',
      data: { datasets: data.columns.flatMap((column, i) => columnLines(theme, data, column, i)) },
      options: {
        ...base,
        indexAxis: 'y',
        interaction: { mode: 'index', intersect: false, axis: 'y' },
        scales,
        plugins: { ...base.plugins, tooltip: { ...base.plugins?.tooltip, ...tooltip(data) } },
      } as Options,
      plugins: [columnsLayer(data, theme)],
    };
  },

  table: (data) => ({
    caption: `${data.title}${data.step === null ? '' : ` at step ${data.step}`}`,
    columns: [
      { label: 'layer', kind: 'text' },
      ...data.columns.map((column) => ({ label: column.label, kind: column.kind })),
    ],
    rows: data.layers.map((layer, i) => [layer, ...data.columns.map((column) => column.values[i] ?? null)]),
  }),

  summary(data) {
    if (data.layers.length === 0 || data.columns.length === 0) return 'No layer has been measured yet.';
    const said = data.columns.map((column) => described(column, data.layers)).filter(Boolean);
    return [data.verdict, ...said].filter(Boolean).join(' ');
  },

  legend: (_, theme) => [
    { label: 'now', value: '', ...styleOf(theme, 0) },
    { label: 'first step', value: '', color: theme.muted, dash: [2, 3], marker: 'none' },
  ],

  height: ({ layers }) => Math.min(420, Math.max(110, layers.length * ROW + 46)),
};

export default profile;

/** From one power of ten to another, so that each column names its own two ends and none runs into the next. */
function columnAxis(theme: Theme, column: ProfileColumn) {
  const [low, high] = column.kind === 'percent' ? [0, 1] : ends(column);
  const base = axis(theme, {
    type: column.scale,
    title: column.label,
    min: low,
    // Room behind the last label, so that it does not run into the next column's first.
    max: column.kind === 'percent' ? high : high * (high / low) ** 0.15,
    tick: (value) => (column.kind === 'percent' ? `${Math.round(value * 100)}` : formatTick(value)),
  });
  return {
    ...base,
    ...fixedTicks([low, high]),
    ticks: { ...base.ticks, align: 'inner', autoSkip: false },
    axis: 'x',
    position: 'bottom',
    stack: 'columns',
    stackWeight: column.kind === 'percent' ? 0.7 : 1,
  };
}

function ends(column: ProfileColumn): readonly [number, number] {
  const shown = [...column.values, ...column.first].filter(
    (value) => value !== null && Number.isFinite(value) && value > 0,
  );
  const sizes = shown.map((value) => Math.log10(value ?? 1));
  if (sizes.length === 0) return [0.1, 10];
  const [low, high] = [Math.floor(Math.min(...sizes) + 0.05), Math.ceil(Math.max(...sizes) - 0.05)];
  return [10 ** low, 10 ** Math.max(high, low + 1)];
}

function columnLines(theme: Theme, data: ProfileData, column: ProfileColumn, i: number): ChartDataset<'line'>[] {
  const style = styleOf(theme, i);
  const points = (values: readonly (number | null)[]) =>
    values.map((value, row) => ({
      x:
        value === null || !Number.isFinite(value) || (column.scale === 'logarithmic' && value <= 0)
          ? Number.NaN
          : value,
      y: row,
    }));
  const chosen = data.layers.map((layer) => layer === data.selected);
  return [
    {
      label: column.label,
      data: points(column.values),
      xAxisID: `x${i}`,
      borderColor: cssColor(style.color),
      backgroundColor: cssColor(style.color),
      borderDash: [...style.dash],
      borderWidth: 1.75,
      pointStyle: style.marker,
      pointRadius: chosen.map((is) => (is ? 5 : data.layers.length > 40 ? 0 : 3)),
      showLine: column.kind !== 'percent',
      // A marker at the column's very edge is drawn whole.
      clip: 6,
      spanGaps: true,
    },
    {
      label: '',
      data: points(column.first),
      xAxisID: `x${i}`,
      borderColor: cssColor(theme.muted, 0.8),
      borderDash: [2, 3],
      borderWidth: 1,
      pointRadius: 0,
      showLine: column.kind !== 'percent',
      spanGaps: true,
    },
  ];
}

/** Under each column: what counts as healthy, a line where it begins, and for shares a bar from zero. */
function columnsLayer(data: ProfileData, theme: Theme): Plugin {
  return {
    id: 'columns',
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      ctx.save();
      for (const [i, column] of data.columns.entries()) {
        const [x, y] = [scales[`x${i}`], scales['y']];
        if (x && y) drawColumn(ctx, theme, { column, slot: i, x, y, area: chartArea });
      }
      ctx.restore();
    },
  };
}

interface Place {
  readonly column: ProfileColumn;
  readonly slot: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly area: ChartArea;
}

function drawColumn(ctx: CanvasRenderingContext2D, theme: Theme, { column, slot, x, y, area }: Place): void {
  const { top, bottom } = area;
  if (column.band) {
    const within = (value: number) => Math.min(x.right, Math.max(x.left, x.getPixelForValue(value)));
    drawBand(ctx, theme, { left: within(column.band[0]), right: within(column.band[1]), top, bottom });
  }
  upright(ctx, x.left, top, bottom, cssColor(theme.highContrast ? theme.foreground : theme.grid), []);
  if (column.kind !== 'percent') return;
  ctx.fillStyle = cssColor(styleOf(theme, slot).color, theme.highContrast ? 1 : 0.6);
  for (const [row, value] of column.values.entries()) {
    if (value !== null) ctx.fillRect(x.left, y.getPixelForValue(row) - 2, x.getPixelForValue(value) - x.left, 4);
  }
}

function drawBand(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
): void {
  if (theme.highContrast) {
    for (const x of [left, right]) upright(ctx, x, top, bottom, cssColor(theme.foreground), [2, 3]);
  } else {
    ctx.fillStyle = cssColor(theme.ok, 0.13);
    ctx.fillRect(left, top, right - left, bottom - top);
  }
}

function upright(
  ctx: CanvasRenderingContext2D,
  x: number,
  top: number,
  bottom: number,
  color: string,
  dash: readonly number[],
): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.setLineDash([...dash]);
  ctx.beginPath();
  ctx.moveTo(Math.round(x) + 0.5, top);
  ctx.lineTo(Math.round(x) + 0.5, bottom);
  ctx.stroke();
}

function tooltip(data: ProfileData) {
  return {
    filter: (item: { dataset: { label?: string | undefined } }) => Boolean(item.dataset.label),
    callbacks: {
      title: (items: { dataIndex: number }[]) => data.layers[items[0]?.dataIndex ?? 0] ?? '',
      label: (item: { dataset: { label?: string | undefined }; parsed: { x: number | null } }) => {
        const column = data.columns.find(({ label }) => label === item.dataset.label);
        return ` ${item.dataset.label ?? ''}  ${formatNumber(item.parsed.x, column?.kind)}`;
      },
    },
  };
}

function described(column: ProfileColumn, layers: readonly string[]): string {
  const measured = column.values.flatMap((value, i) =>
    value !== null && Number.isFinite(value) ? [{ value, layer: layers[i] ?? '' }] : [],
  );
  const [first] = measured;
  const last = measured.at(-1);
  if (!first || !last) return '';
  const say = (value: number) => formatNumber(value, column.kind);
  if (measured.length === 1) return `${capital(column.label)}: ${say(first.value)} in ${first.layer}.`;
  if (column.kind === 'percent') {
    const worst = measured.reduce((a, b) => (b.value > a.value ? b : a));
    return worst.value === 0
      ? `${capital(column.label)}: none.`
      : `${capital(column.label)}: at most ${say(worst.value)}, in ${worst.layer}.`;
  }
  return `${capital(column.label)}: ${say(first.value)} in ${first.layer}, ${say(last.value)} in ${last.layer}.`;
}
