// From observations to the charts' data: which numbers belong on which chart, said once. Pure.

import type { Vector } from '../../src/lab/observation.ts';
import type { DriftData, DriftRow } from '../charts/drift.ts';
import type { LineData } from '../charts/line.ts';
import type { ProfileColumn, ProfileData } from '../charts/profile.ts';
import type { HistoryData } from '../draw/history.ts';
import type { Guide } from '../draw/layers.ts';
import { capital, formatNumber, plural } from '../format.ts';
import { at, type ObservationStore, type Track } from '../observations.ts';
import { quantileOf } from '../trend.ts';
import { layerLines, lineSeries, logarithmic, plainLines, smoothed, spreadSeries } from './lines.ts';

const LOSSES = [
  { name: 'loss/train', label: 'Training loss', slot: 0 },
  { name: 'loss/eval-in-train-mode', label: 'Validation loss, train mode', slot: 2 },
  { name: 'loss/eval', label: 'Validation loss, eval mode', slot: 1 },
] as const;
const ACCURACIES = [
  { name: 'accuracy/eval-in-train-mode', label: 'Validation accuracy, train mode', slot: 2 },
  { name: 'accuracy/eval', label: 'Validation accuracy, eval mode', slot: 1 },
] as const;

const UPDATE_BAND = [-4, -2] as const;
const ACTIVATION_BAND = [0.3, 3] as const;
const DEAD_BAND = [0, 0.1] as const;
/** A unit counts as dead when it was silent in so many measured batches in a row; one batch of few rows says little. */
const DEAD_WINDOW = 8;

export function lossData(store: ObservationStore, step: number): LineData {
  const value = (name: string) => at(ofModel(store, name), step)?.value ?? Number.NaN;
  const times = value('loss/eval') / value('loss/eval-in-train-mode');
  const cost = 'The same validation rows cost';
  const verdict =
    times > 1.25
      ? `${cost} ${formatNumber(times)} times as much in eval mode as in train mode.`
      : times < 0.8
        ? `${cost} ${formatNumber(1 / times)} times as much in train mode as in eval mode.`
        : '';
  return { ...modelLines(store, LOSSES, 'Loss in train and eval mode', step), verdict };
}

export function accuracyData(store: ObservationStore, step: number): LineData {
  return { ...modelLines(store, ACCURACIES, 'Accuracy in train and eval mode', step), kind: 'percent' };
}

export function gapData(store: ObservationStore, step: number): LineData {
  const track = ofModel(store, 'train-eval-gap');
  const now = at(track, step)?.value;
  const size = formatNumber(Math.abs(now ?? 0));
  return {
    ...plainLines('Train/eval gap', track ? [lineSeries(track, 'Train minus eval', 0)] : [], step),
    guides: [{ value: 0, label: 'no gap' }],
    verdict: !now
      ? ''
      : `On the same rows, eval mode's loss is ${size} ${now < 0 ? 'higher' : 'lower'} than train mode's.`,
  };
}

export function driftData(store: ObservationStore, step: number): DriftData {
  const [means, variances] = [store.scalars('running-mean-drift'), store.scalars('running-var-drift')];
  const layers = [...new Set([...means, ...variances].map(({ layer }) => layer))];
  const rows = layers.flatMap((layer): DriftRow[] =>
    [['mean', means] as const, ['variance', variances] as const].flatMap(([of, tracks]) => {
      const track = tracks.find((candidate) => candidate.layer === layer);
      if (!track) return [];
      const { steps, values } = lineSeries(track, '', 0);
      return [{ layer, of, steps, values }];
    }),
  );
  return { title: 'BatchNorm drift', rows, step };
}

export function profileData(store: ObservationStore, step: number, selected: string): ProfileData {
  const layersOf = (name: string) => store.scalars(name).filter(({ layer }) => layer !== '');
  const [stds, gradients, activity] = [
    layersOf('activation-std'),
    layersOf('gradient-norm'),
    store.vectors('unit-activity'),
  ];
  const layers = inDepth([stds, gradients, activity].map((tracks) => tracks.map(({ layer }) => layer)));
  const scalarColumn = (tracks: typeof stds) => {
    const of = new Map(tracks.map((track) => [track.layer, track]));
    return {
      values: layers.map((layer) => at(of.get(layer), step)?.value ?? null),
      first: layers.map((layer) => of.get(layer)?.items[0]?.value ?? null),
    };
  };
  const columns: ProfileColumn[] = [];
  if (stds.length > 0)
    columns.push({
      label: 'activation std',
      scale: 'logarithmic',
      kind: 'number',
      band: ACTIVATION_BAND,
      ...scalarColumn(stds),
    });
  if (gradients.length > 0) {
    const column = scalarColumn(gradients);
    columns.push({
      label: 'gradient norm',
      scale: 'logarithmic',
      kind: 'number',
      band: aroundMiddle(column.values),
      ...column,
    });
  }
  if (activity.length > 0) {
    const of = new Map(activity.map((track) => [track.layer, track]));
    columns.push({
      label: 'dead %',
      scale: 'linear',
      kind: 'percent',
      band: DEAD_BAND,
      values: layers.map((layer) => deadShare(of.get(layer), step)),
      first: layers.map(() => null),
    });
  }
  return { title: 'Depth profile', layers, columns, step, selected, verdict: '' };
}

/** The units silent in the last few measured batches up to `step`, as a share; null before there were that many. */
export function deadShare(track: Track<Vector> | undefined, step: number): number | null {
  const seen = track?.items.filter((item) => item.step <= step).slice(-DEAD_WINDOW) ?? [];
  const units = seen[0]?.values.length ?? 0;
  if (units === 0 || seen.length < DEAD_WINDOW) return null;
  let dead = 0;
  for (let unit = 0; unit < units; unit++) if (seen.every((item) => item.values[unit] === 0)) dead++;
  return dead / units;
}

/** The layers of several lists in one order that keeps each list's own. */
export function inDepth(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = [...lists].sort((a, b) => b.length - a.length);
  const order = [...first];
  for (const list of others) {
    let place = 0;
    for (const layer of list) {
      const known = order.indexOf(layer);
      if (known >= 0) place = known + 1;
      else order.splice(place++, 0, layer);
    }
  }
  return order;
}

export function updateData(store: ObservationStore, step: number, selected: string): LineData {
  const tracks = store.scalars('update-ratio');
  const now = tracks.flatMap((track) => at(track, step) ?? []);
  const outside = now.filter(({ value }) => !(value >= UPDATE_BAND[0] && value <= UPDATE_BAND[1]));
  const named = outside.length <= 3 ? `: ${outside.map(({ layer }) => layer).join(', ')}` : '';
  return {
    ...plainLines('Update ratio, log₁₀', layerLines(tracks, step, selected), step),
    kind: 'log10',
    guides: UPDATE_GUIDES,
    verdict:
      now.length === 0
        ? ''
        : outside.length === 0
          ? 'Every layer moves by a usual share of its weights per step.'
          : `${plural(outside.length, 'layer')} outside the usual −4 … −2${named}.`,
  };
}

const UPDATE_GUIDES: readonly Guide[] = [
  { value: UPDATE_BAND[0], to: UPDATE_BAND[1], label: 'usual' },
  { value: -3, label: '' },
];

export function gradientData(store: ObservationStore, step: number, selected: string): LineData {
  const tracks = store.scalars('gradient-norm');
  const whole = tracks.filter(({ layer }) => layer === '').map((track) => lineSeries(track, 'Whole model', 0));
  const layers = layerLines(
    tracks.filter(({ layer }) => layer !== ''),
    step,
    selected,
    whole.length,
  );
  return logarithmic(plainLines('Gradient norms', [...whole, ...layers], step));
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
  const [label, title] = of === 'var' ? ['Batch variance', 'Variance'] : ['Batch mean', 'Mean'];
  const series = [spreadSeries(batch, label, 0), spreadSeries(running, `running_${of}`, 1)];
  const data = plainLines(`${title}: running and batch`, series, step);
  if (of === 'mean') return data;
  const middle = (vector: Vector | null) => quantileOf(vector?.values ?? [], 0.5);
  const ratio = middle(at(running, step)) / middle(at(batch, step));
  const verdict = `The median channel's running_var is ${formatNumber(ratio)} times its batch variance.`;
  return logarithmic({ ...data, verdict: Number.isFinite(ratio) && ratio > 0 ? verdict : '' });
}

/** One number of one layer, over the run. */
export function layerScalar(store: ObservationStore, name: string, layer: string, step: number): LineData | null {
  const track = store.scalars(name).find((candidate) => candidate.layer === layer);
  if (!track || track.items.length < 2) return null;
  const title = capital(name.replaceAll('-', ' '));
  const data = plainLines(title, [lineSeries(track, title, 0)], step);
  if (name === 'update-ratio') return { ...data, title: `${title}, log₁₀`, kind: 'log10', guides: UPDATE_GUIDES };
  return logarithmic(data);
}

export function deadData(store: ObservationStore, layer: string, step: number): LineData | null {
  const track = store.vectors('unit-activity').find((candidate) => candidate.layer === layer);
  if (!track) return null;
  const shares = track.items.flatMap((item) => {
    const value = deadShare(track, item.step);
    return value === null ? [] : [{ step: item.step, value }];
  });
  const series = { label: 'Dead units', slot: 0, steps: shares.map((s) => s.step), values: shares.map((s) => s.value) };
  return {
    ...plainLines('Dead units', [series], step),
    kind: 'percent',
    guides: [{ value: DEAD_BAND[0], to: DEAD_BAND[1], label: '' }],
    verdict: `Units silent in ${DEAD_WINDOW} measured batches in a row.`,
  };
}

function ofModel(store: ObservationStore, name: string) {
  return store.scalars(name).find(({ layer }) => layer === '');
}

function modelLines(
  store: ObservationStore,
  wanted: readonly { readonly name: string; readonly label: string; readonly slot: number }[],
  title: string,
  step: number,
): LineData {
  const series = wanted.flatMap(({ name, label, slot }) => {
    const track = ofModel(store, name);
    return track ? smoothed(lineSeries(track, label, slot)) : [];
  });
  return plainLines(title, series, step);
}

/** Within ten times of the middle layer: gradients have no size of their own, only one beside the others'. */
function aroundMiddle(values: readonly (number | null)[]): readonly [number, number] | null {
  const middle = quantileOf(
    values.map((value) => value ?? Number.NaN).filter((value) => value > 0),
    0.5,
  );
  return Number.isFinite(middle) ? [middle / 10, middle * 10] : null;
}
