// A row of numbers in words: where it went, how far, and from when it was no longer a number.

import { formatNumber, type NumberKind } from './format.ts';

/** `fell from 2.31 to 0.42 (lowest 0.40 at step 280)`; reads after the name of what is measured. */
export function trend(values: readonly number[], steps: readonly number[], kind: NumberKind): string {
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken === 0) return `is not finite from step ${steps[0] ?? 0} on`;
  const finite = broken < 0 ? values : values.slice(0, broken);
  if (finite.length === 0) return 'has not been measured';
  const say = (value: number) => formatNumber(value, kind);
  const first = finite[0] ?? 0;
  if (finite.length === 1) return `is ${say(first)} at step ${steps[0] ?? 0}`;
  const edge = Math.max(1, Math.floor(finite.length / 10));
  const start = median(finite.slice(0, edge));
  const end = median(finite.slice(-edge));
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const tail = broken < 0 ? '' : `, and is not finite from step ${steps[broken] ?? 0} on`;
  return `${movement(start, end, low, high, say)}${tail}`;
}

function movement(start: number, end: number, low: number, high: number, say: (value: number) => string): string {
  const spread = high - low;
  const scale = Math.max(Math.abs(start), Math.abs(end), Number.MIN_VALUE);
  const flat = spread <= 0.02 * scale;
  if (flat) return `stays at ${say(end)}`;
  const moved = end - start;
  if (Math.abs(moved) < 0.15 * spread) return `varies between ${say(low)} and ${say(high)}, now ${say(end)}`;
  return `${moved < 0 ? 'fell' : 'rose'} from ${say(start)} to ${say(end)}`;
}

export function median(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/** Of numbers in any order, those that are not finite left out; NaN when none is left. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
