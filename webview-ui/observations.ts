// What a run has reported so far, by name and layer, in the order of steps. Merging is incremental and
// idempotent: an observation that comes twice is kept once, the later one wins.

import type { Histogram, Observation, Scalar, Vector } from '../src/lab/observation.ts';

type Kind = Observation['kind'];

export interface Track<T extends Observation> {
  readonly layer: string;
  /** Ascending by step, one a step. */
  readonly items: readonly T[];
}

export class ObservationStore {
  /** By kind, name and layer. */
  #tracks: Readonly<Record<Kind, Map<string, Map<string, Observation[]>>>> = noTracks();
  #steps = new Set<number>();
  #sorted: readonly number[] | null = null;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Every step anything was measured at, ascending. */
  get steps(): readonly number[] {
    this.#sorted ??= [...this.#steps].sort((a, b) => a - b);
    return this.#sorted;
  }

  add(observations: readonly Observation[]): void {
    for (const observation of observations) this.#insert(repaired(observation));
  }

  clear(): void {
    this.#tracks = noTracks();
    this.#steps = new Set();
    this.#sorted = null;
    this.#count = 0;
  }

  /** Names measured as `kind`, in the order they first came. */
  names(kind: Kind): readonly string[] {
    return [...this.#tracks[kind].keys()];
  }

  scalars(name: string): readonly Track<Scalar>[] {
    return this.#of<Scalar>('scalar', name);
  }

  vectors(name: string): readonly Track<Vector>[] {
    return this.#of<Vector>('vector', name);
  }

  histograms(name: string): readonly Track<Histogram>[] {
    return this.#of<Histogram>('histogram', name);
  }

  #of<T extends Observation>(kind: T['kind'], name: string): readonly Track<T>[] {
    const layers = this.#tracks[kind].get(name);
    return layers ? [...layers].map(([layer, items]) => ({ layer, items: items as T[] })) : [];
  }

  #insert(observation: Observation): void {
    const { kind, name, layer, step } = observation;
    const layers = this.#tracks[kind].get(name) ?? new Map<string, Observation[]>();
    if (layers.size === 0) this.#tracks[kind].set(name, layers);
    const items = layers.get(layer) ?? [];
    if (items.length === 0) layers.set(layer, items);
    if (!this.#steps.has(step)) {
      this.#steps.add(step);
      this.#sorted = null;
    }
    this.#count += put(items, observation);
  }
}

function noTracks() {
  return { scalar: new Map(), vector: new Map(), histogram: new Map() };
}

/** At its place by step, nearly always the end; how many more there are then. */
function put(items: Observation[], observation: Observation): number {
  let i = items.length;
  while (i > 0 && (items[i - 1] as Observation).step > observation.step) i--;
  if (i > 0 && items[i - 1]?.step === observation.step) {
    items[i - 1] = observation;
    return 0;
  }
  if (i === items.length) items.push(observation);
  else items.splice(i, 0, observation);
  return 1;
}

/** A page's messages travel as JSON, which turns NaN and infinities into null; what was not finite stays so. */
function repaired(observation: Observation): Observation {
  const whole = (value: number | null) => value ?? Number.NaN;
  switch (observation.kind) {
    case 'scalar':
      return observation.value === null ? { ...observation, value: Number.NaN } : observation;
    case 'vector':
      return observation.values.includes(null as never)
        ? { ...observation, values: observation.values.map(whole) }
        : observation;
    case 'histogram': {
      const { mean, std, min, max } = observation;
      if (mean !== null && std !== null && min !== null && max !== null) return observation;
      return { ...observation, mean: whole(mean), std: whole(std), min: whole(min), max: whole(max) };
    }
    default:
      return observation satisfies never;
  }
}

/** The item at `step`, or the last before it; null before the first. */
export function at<T extends Observation>(track: Track<T> | undefined, step: number): T | null {
  if (!track) return null;
  let found: T | null = null;
  for (const item of track.items) {
    if (item.step > step) break;
    found = item;
  }
  return found;
}
