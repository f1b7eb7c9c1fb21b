// Layers from the input downward, as the code reads, and beside each its activation, gradient and dead units:
// a fault shows as a line that leans. The first step's line stays behind the current one.

import type { ChartDataset } from 'chart.js';
import { axis, baseOptions, type Options } from '../draw/axes.ts';
import { formatNumber, formatTick, type NumberKind, shortened } from '../format.ts';
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
        ...axis(theme, { type: 'category', grid: !many }),
        labels: data.layers.map((layer) => shortened(layer, 12)),
        offset: true,
      },
    };
    for (const [i, column] of data.columns.entries()) scales[`x${i}`] = columnAxis(theme, column, i);
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

function columnAxis(theme: Theme, column: ProfileColumn, i: number) {
  const percent = column.kind === 'percent';
  return {
    ...axis(theme, {
      type: column.scale,
      most: 3,
      title: column.label,
      ...(percent ? { min: 0, max: 1 } : {}),
      tick: (value) => (percent ? `${Math.round(value * 100)}` : formatTick(value)),
    }),
    axis: 'x',
    position: 'bottom',
    stack: 'columns',
    stackWeight: 1,
    offset: i > 0,
  };
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
      spanGaps: true,
    },
  ];
}

/** The healthy band of each column. */
function columnsLayer(data: ProfileData, theme: Theme) {
  return {
    id: 'columns',
    beforeDatasetsDraw: ({ ctx, chartArea, scales }: import('chart.js').Chart) => {
      ctx.save();
      for (const [i, { band }] of data.columns.entries()) {
        const scale = scales[`x${i}`];
        if (!scale || !band) continue;
        const within = (value: number) => Math.min(scale.right, Math.max(scale.left, scale.getPixelForValue(value)));
        const [left, right] = [within(band[0]), within(band[1])];
        if (theme.highContrast) {
          ctx.strokeStyle = cssColor(theme.foreground);
          ctx.setLineDash([2, 3]);
          for (const x of [left, right]) {
            ctx.beginPath();
            ctx.moveTo(Math.round(x) + 0.5, chartArea.top);
            ctx.lineTo(Math.round(x) + 0.5, chartArea.bottom);
            ctx.stroke();
          }
        } else {
          ctx.fillStyle = cssColor(theme.ok, 0.13);
          ctx.fillRect(left, chartArea.top, right - left, chartArea.bottom - chartArea.top);
        }
      }
      ctx.restore();
    },
  };
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
  if (measured.length === 1) return `${column.label}: ${say(first.value)} in ${first.layer}.`;
  if (column.kind === 'percent') {
    const worst = measured.reduce((a, b) => (b.value > a.value ? b : a));
    return worst.value === 0
      ? `${column.label}: none.`
      : `${column.label}: at most ${say(worst.value)}, in ${worst.layer}.`;
  }
  return `${column.label}: ${say(first.value)} in ${first.layer}, ${say(last.value)} in ${last.layer}.`;
}
