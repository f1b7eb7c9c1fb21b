// Tracks of observations as a line chart's series: one as it is, a few side by side, many as a band.

import type { Scalar, Vector } from '../../src/lab/observation.ts';
import type { LineData, LineSeries } from '../charts/line.ts';
import { at, type Track } from '../observations.ts';
import { quantileOf } from '../trend.ts';

const MOST_LINES = 5;
const NOISY = 80;

export function plainLines(title: string, series: readonly LineSeries[], step: number): LineData {
  return { title, series, guides: [], scale: 'linear', kind: 'number', step, verdict: '' };
}

export function lineSeries(track: Track<Scalar>, label: string, slot: number): LineSeries {
  return {
    label,
    slot,
    steps: track.items.map((item) => item.step),
    values: track.items.map((item) => item.value),
  };
}

/** A course of many noisy points, such as the loss of small batches: each faint, and their moving average in front. */
export function smoothed(series: LineSeries): readonly LineSeries[] {
  const { values, label } = series;
  if (values.length < NOISY) return [series];
  const reach = Math.max(2, Math.round(values.length / 40));
  const average = values.map((_, i) => {
    const near = values.slice(Math.max(0, i - reach), i + reach + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
  return [
    { ...series, faint: true },
    { ...series, label: `${label}, smoothed`, values: average },
  ];
}

/** A few layers as lines; of many, where most of them lie, and the ones farthest out. */
export function layerLines(
  tracks: readonly Track<Scalar>[],
  step: number,
  selected: string,
  slot = 0,
): readonly LineSeries[] {
  if (tracks.length <= MOST_LINES) return tracks.map((track, i) => lineSeries(track, track.layer, slot + i));
  const ranked = tracks
    .map((track) => ({ track, value: at(track, step)?.value ?? Number.NaN }))
    .sort((a, b) => a.value - b.value);
  const chosen = [ranked[0], ranked.at(-1), ranked.find(({ track }) => track.layer === selected)];
  const outer = [...new Set(chosen.flatMap((entry) => entry?.track ?? []))];
  return [
    overLayers(tracks, `Median of ${tracks.length} layers`, slot),
    ...outer.map((track, i) => lineSeries(track, track.layer, slot + 1 + i)),
  ];
}

/** The channels' median, in the band that holds four fifths of them. */
export function spreadSeries(track: Track<Vector>, label: string, slot: number): LineSeries {
  return quantileSeries(
    track.items.map((item) => item.step),
    track.items.map((item) => item.values),
    label,
    slot,
  );
}

/** On a logarithmic axis where the numbers allow and need it. */
export function logarithmic(data: LineData): LineData {
  const values = data.series.flatMap((series) => series.values).filter(Number.isFinite);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  return low > 0 && high / low > 8 && Number.isFinite(low) ? { ...data, scale: 'logarithmic' } : data;
}

function overLayers(tracks: readonly Track<Scalar>[], label: string, slot: number): LineSeries {
  const by = new Map<number, number[]>();
  for (const { items } of tracks) {
    for (const { step, value } of items) {
      const values = by.get(step);
      if (values) values.push(value);
      else by.set(step, [value]);
    }
  }
  const steps = [...by.keys()].sort((a, b) => a - b);
  const rows = steps.map((step) => by.get(step) ?? []);
  return quantileSeries(steps, rows, label, slot);
}

function quantileSeries(
  steps: readonly number[],
  values: readonly (readonly number[])[],
  label: string,
  slot: number,
): LineSeries {
  const of = (share: number) => values.map((row) => quantileOf(row, share));
  return { label, slot, steps, values: of(0.5), band: { low: of(0.1), high: of(0.9) } };
}
