// Whatever has no chart of its own: drawn as a plain line, band or histogram when it has a course, listed as a
// fact when it was measured once or twice. A new observer shows without a change here; nothing is lost.

import type { LineData } from '../charts/line.ts';
import type { HistoryData } from '../draw/history.ts';
import { capital, formatNumber } from '../format.ts';
import type { ObservationStore } from '../observations.ts';
import { lineSeries, logarithmic, plainLines, spreadSeries } from './lines.ts';
import { historyData } from './measured.ts';

const DRAWN = {
  scalar: new Set([
    'loss/train',
    'loss/eval',
    'loss/eval-in-train-mode',
    'accuracy/eval',
    'accuracy/eval-in-train-mode',
    'train-eval-gap',
    'gradient-norm',
    'update-ratio',
    'activation-std',
    'running-mean-drift',
    'running-var-drift',
  ]),
  vector: new Set(['running-mean', 'batch-mean', 'running-var', 'batch-var', 'unit-activity']),
  histogram: new Set(['activation', 'gradient']),
};

/** With fewer points there is no course to draw. */
const FEWEST_POINTS = 3;

export interface OtherFigure {
  readonly name: string;
  readonly data: LineData | HistoryData;
}

export interface Fact {
  readonly name: string;
  /** `0.31 at step 300`, one a measurement. */
  readonly values: readonly string[];
}

/** For one layer; the empty name is the whole model. */
export function otherFigures(store: ObservationStore, layer: string, step: number): readonly OtherFigure[] {
  const here = (track: { layer: string }) => track.layer === layer;
  const unknown = (kind: keyof typeof DRAWN) => store.names(kind).filter((name) => !DRAWN[kind].has(name));
  const scalars = unknown('scalar').flatMap((name) =>
    store
      .scalars(name)
      .filter((track) => here(track) && track.items.length >= FEWEST_POINTS)
      .map((track) => ({
        name,
        data: logarithmic(plainLines(spoken(name), [lineSeries(track, spoken(name), 0)], step)),
      })),
  );
  const vectors = unknown('vector').flatMap((name) =>
    store
      .vectors(name)
      .filter(here)
      .map((track) => ({
        name,
        data: plainLines(`${spoken(name)}, over channels`, [spreadSeries(track, spoken(name), 0)], step),
      })),
  );
  const histograms = unknown('histogram').flatMap((name) => {
    const data = historyData(store, name, layer, step);
    return data ? [{ name, data }] : [];
  });
  return [...scalars, ...vectors, ...histograms];
}

export function facts(store: ObservationStore, layer: string): readonly Fact[] {
  return store
    .names('scalar')
    .filter((name) => !DRAWN.scalar.has(name))
    .flatMap((name) =>
      store
        .scalars(name)
        .filter((track) => track.layer === layer && track.items.length < FEWEST_POINTS)
        .map(({ items }) => ({
          name: spoken(name),
          values: items.map((item) => `${formatNumber(item.value)} at step ${item.step}`),
        })),
    );
}

/** `batch-mates/eval` reads `Batch mates, eval`. */
function spoken(name: string): string {
  return capital(name.replaceAll('-', ' ').replaceAll('/', ', '));
}
