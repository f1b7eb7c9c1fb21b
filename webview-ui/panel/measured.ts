// From observations to the charts' data: which numbers belong on which chart, said once. Pure.

import type { Scalar, Vector } from '../../src/lab/observation.ts';
import type { DriftData } from '../charts/drift.ts';
import type { LineData, LineSeries } from '../charts/line.ts';
import type { ProfileColumn, ProfileData } from '../charts/profile.ts';
import type { HistoryData } from '../draw/history.ts';
import type { Guide } from '../draw/layers.ts';
import { formatNumber, type NumberKind, plural } from '../format.ts';
import { at, type ObservationStore, type Track } from '../observations.ts';
import { quantileOf } from '../trend.ts';

/** Names that have a chart of their own; every other one is drawn as a plain line, never lost. */
const LOSSES = [
  { name: 'loss/train', label: 'training batches', slot: 0 },
  { name: 'loss/validation-train', label: 'validation, train mode', slot: 2 },
  { name: 'loss/validation-eval', label: 'validation, eval mode', slot: 1 },
] as const;
const DRAWN_SCALARS = new Set<string>([
  ...LOSSES.map(({ name }) => name),
  'train-eval-gap',
  'gradient-norm',
  'update-ratio',
  'dead-fraction',
  'activation-std',
  'running-drift',
]);
const DRAWN_VECTORS = new Set(['running-mean', 'batch-mean', 'running-var', 'batch-var']);
const DRAWN_HISTOGRAMS = new Set(['activation', 'gradient']);

/** Beyond this distance a batch no longer looks like what eval mode normalizes with. */
export const DRIFT_THRESHOLD = 1;
export const UPDATE_BAND = [-4, -2] as const;
const MOST_LINES = 5;

export function lossData(store: ObservationStore, step: number): LineData {
  const series = LOSSES.flatMap(({ name, label, slot }) =>
    store
      .scalars(name)
      .filter(({ layer }) => layer === '')
      .map((track) => lineSeries(track, label, slot)),
  );
  const value = (name: string) => at(store.scalars(name)[0], step)?.value ?? Number.NaN;
  const [inTrain, inEval] = [value('loss/validation-train'), value('loss/validation-eval')];
  const apart = inEval / inTrain;
  return {
    ...plainLines('Loss in train and eval mode', series, step),
    verdict:
      apart > 1.25
        ? `The same validation data cost ${formatNumber(apart)} times as much in eval mode as in train mode.`
        : '',
  };
}

export function gapData(store: ObservationStore, step: number): LineData {
  const [track] = store.scalars('train-eval-gap');
  const now = at(track, step)?.value;
  return {
    ...plainLines('Train/eval gap', track ? [lineSeries(track, 'gap', 0)] : [], step),
    guides: [{ value: 0, label: 'no gap' }],
    verdict: now === undefined ? '' : `At this step the modes differ by ${formatNumber(now)}.`,
  };
}

export function driftData(store: ObservationStore, step: number): DriftData {
  return {
    title: 'BatchNorm drift',
    threshold: DRIFT_THRESHOLD,
    step,
    layers: store.scalars('running-drift').map(({ layer, items }) => ({
      layer,
      steps: items.map((item) => item.step),
      values: items.map((item) => item.value),
    })),
  };
}

export function profileData(store: ObservationStore, step: number, selected: string): ProfileData {
  const wanted = [
    { name: 'activation-std', label: 'activation std', scale: 'logarithmic', kind: 'number' },
    { name: 'gradient-norm', label: 'gradient norm', scale: 'logarithmic', kind: 'number' },
    { name: 'dead-fraction', label: 'dead %', scale: 'linear', kind: 'percent' },
  ] as const;
  const tracks = wanted.map(({ name }) => store.scalars(name).filter(({ layer }) => layer !== ''));
  const layers = [...new Set(inDepth(tracks))];
  const columns = wanted.flatMap(({ name, ...column }, i): ProfileColumn[] => {
    const of = new Map(tracks[i]?.map((track) => [track.layer, track]));
    if (of.size === 0) return [];
    const values = layers.map((layer) => at(of.get(layer), step)?.value ?? null);
    return [
      {
        ...column,
        values,
        first: layers.map((layer) => of.get(layer)?.items[0]?.value ?? null),
        band: band(name, values),
      },
    ];
  });
  return { title: 'Depth profile', layers, columns, step, selected, verdict: '' };
}

/** The layers of several lists in one order that keeps each list's own. */
function inDepth(lists: readonly (readonly Track<Scalar>[])[]): readonly string[] {
  const [first = [], ...others] = [...lists].sort((a, b) => b.length - a.length);
  const order = first.map(({ layer }) => layer);
  for (const list of others) {
    let place = 0;
    for (const { layer } of list) {
      const known = order.indexOf(layer);
      if (known >= 0) place = known + 1;
      else order.splice(place++, 0, layer);
    }
  }
  return order;
}

function band(name: string, values: readonly (number | null)[]): readonly [number, number] | null {
  if (name === 'activation-std') return [0.3, 3];
  if (name === 'dead-fraction') return [0, 0.4];
  const middle = quantileOf(
    values.filter((value) => value !== null && value > 0).map((value) => value ?? 0),
    0.5,
  );
  return Number.isFinite(middle) ? [middle / 10, middle * 10] : null;
}

export function updateData(store: ObservationStore, step: number, selected: string): LineData {
  const tracks = store.scalars('update-ratio');
  const now = tracks.flatMap((track) => at(track, step) ?? []);
  const outside = now.filter(({ value }) => !(value >= UPDATE_BAND[0] && value <= UPDATE_BAND[1]));
  const far = outside.map(({ layer }) => layer).join(', ');
  const guides: Guide[] = [
    { value: UPDATE_BAND[0], to: UPDATE_BAND[1], label: 'usual' },
    { value: -3, label: '' },
  ];
  return {
    ...plainLines('Update ratio', layerLines(tracks, step, selected), step),
    kind: 'log10',
    guides,
    verdict:
      now.length === 0
        ? ''
        : outside.length === 0
          ? 'Every layer moves by a usual share of its weights per step (log₁₀).'
          : `${plural(outside.length, 'layer')} outside the usual −4 … −2 (log₁₀ of update over weight)${outside.length <= 3 ? `: ${far}` : ''}.`,
  };
}

export function gradientData(store: ObservationStore, step: number, selected: string): LineData {
  const tracks = store.scalars('gradient-norm');
  const whole = tracks.filter(({ layer }) => layer === '').map((track) => lineSeries(track, 'whole model', 0));
  const layers = layerLines(
    tracks.filter(({ layer }) => layer !== ''),
    step,
    selected,
    whole.length,
  );
  return logarithmic({ ...plainLines('Gradient norms', [...whole, ...layers], step) });
}

export function historyData(store: ObservationStore, name: string, layer: string, step: number): HistoryData | null {
  const track = store.histograms(name).find((candidate) => candidate.layer === layer);
  return track ? { title: `${capital(name)}s of ${layer}`, what: name, histograms: track.items, step } : null;
}

/** A BatchNorm layer's running statistics against the batches': medians over channels, and where most of them lie. */
export function statisticsData(
  store: ObservationStore,
  of: 'mean' | 'var',
  layer: string,
  step: number,
): LineData | null {
  const find = (name: string) => store.vectors(name).find((track) => track.layer === layer);
  const [batch, running] = [find(`batch-${of}`), find(`running-${of}`)];
  if (!batch || !running) return null;
  const [inBatch, kept] = [at(batch, step), at(running, step)];
  const middle = (vector: Vector | null) => (vector ? quantileOf(vector.values, 0.5) : Number.NaN);
  const data = plainLines(
    of === 'var' ? 'Variance: running and batch' : 'Mean: running and batch',
    [spreadSeries(batch, `batch ${of}`, 0), spreadSeries(running, `running_${of}`, 1)],
    step,
  );
  const ratio = middle(kept) / middle(inBatch);
  const verdict =
    of === 'var' && Number.isFinite(ratio) && ratio > 0
      ? `The median channel's running_var is ${formatNumber(ratio)} times its batch variance.`
      : '';
  return of === 'var' ? logarithmic({ ...data, verdict }) : { ...data, verdict };
}

/** One number of one layer, over the run. */
export function layerScalar(store: ObservationStore, name: string, layer: string, step: number): LineData | null {
  const track = store.scalars(name).find((candidate) => candidate.layer === layer);
  if (!track) return null;
  const kind: NumberKind = name.endsWith('-fraction') ? 'percent' : name === 'update-ratio' ? 'log10' : 'number';
  const guides = name === 'update-ratio' ? [{ value: UPDATE_BAND[0], to: UPDATE_BAND[1], label: 'usual' }] : [];
  const data = { ...plainLines(capital(title(name)), [lineSeries(track, title(name), 0)], step), kind, guides };
  return name === 'gradient-norm' || name === 'activation-std' ? logarithmic(data) : data;
}

export interface OtherFigure {
  readonly name: string;
  readonly data: LineData | HistoryData;
  readonly histogram: boolean;
}

/** Whatever has no chart of its own, for one layer (empty: the whole model). */
export function otherFigures(store: ObservationStore, layer: string, step: number): readonly OtherFigure[] {
  const here = (track: { layer: string }) => track.layer === layer;
  const scalars = store
    .names('scalar')
    .filter((name) => !DRAWN_SCALARS.has(name))
    .flatMap((name) =>
      store
        .scalars(name)
        .filter(here)
        .map((track) => ({
          name,
          histogram: false,
          data: plainLines(capital(title(name)), [lineSeries(track, title(name), 0)], step),
        })),
    );
  const vectors = store
    .names('vector')
    .filter((name) => !DRAWN_VECTORS.has(name))
    .flatMap((name) =>
      store
        .vectors(name)
        .filter(here)
        .map((track) => ({
          name,
          histogram: false,
          data: plainLines(`${capital(title(name))}, over channels`, [spreadSeries(track, title(name), 0)], step),
        })),
    );
  const histograms = store
    .names('histogram')
    .filter((name) => !DRAWN_HISTOGRAMS.has(name))
    .flatMap((name) => {
      const data = historyData(store, name, layer, step);
      return data ? [{ name, histogram: true, data }] : [];
    });
  return [...scalars, ...vectors, ...histograms];
}

/** A few layers as lines; of many, where most of them lie, and the ones farthest out. */
function layerLines(tracks: readonly Track<Scalar>[], step: number, selected: string, slot = 0): readonly LineSeries[] {
  if (tracks.length <= MOST_LINES) return tracks.map((track, i) => lineSeries(track, track.layer, slot + i));
  const ranked = tracks
    .map((track) => ({ track, value: at(track, step)?.value ?? Number.NaN }))
    .sort((a, b) => a.value - b.value);
  const chosen = [ranked[0], ranked.at(-1), ranked.find(({ track }) => track.layer === selected)];
  const outer = [...new Set(chosen.flatMap((entry) => entry?.track ?? []))];
  return [
    overLayers(tracks, `median of ${tracks.length} layers`, slot),
    ...outer.map((track, i) => lineSeries(track, track.layer, slot + 1 + i)),
  ];
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
  return quantileSeries(
    steps,
    steps.map((step) => by.get(step) ?? []),
    label,
    slot,
  );
}

function spreadSeries(track: Track<Vector>, label: string, slot: number): LineSeries {
  return quantileSeries(
    track.items.map((item) => item.step),
    track.items.map((item) => item.values),
    label,
    slot,
  );
}

/** The median, in the band that holds four fifths. */
function quantileSeries(
  steps: readonly number[],
  values: readonly (readonly number[])[],
  label: string,
  slot: number,
): LineSeries {
  const at = (share: number) => values.map((row) => quantileOf(row, share));
  return { label, slot, steps, values: at(0.5), band: { low: at(0.1), high: at(0.9) } };
}

function lineSeries(track: Track<Scalar>, label: string, slot: number): LineSeries {
  return {
    label,
    slot,
    steps: track.items.map((item) => item.step),
    values: track.items.map((item) => item.value),
  };
}

function plainLines(name: string, series: readonly LineSeries[], step: number): LineData {
  return { title: name, series, guides: [], scale: 'linear', kind: 'number', step, verdict: '' };
}

/** On a logarithmic axis where the numbers allow and need it. */
function logarithmic(data: LineData): LineData {
  const values = data.series.flatMap((series) => series.values).filter(Number.isFinite);
  const positive = values.length > 0 && values.every((value) => value > 0);
  const wide = positive && Math.max(...values) / Math.min(...values) > 8;
  return wide ? { ...data, scale: 'logarithmic' } : data;
}

function title(name: string): string {
  return name.replaceAll('-', ' ').replaceAll('/', ', ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
