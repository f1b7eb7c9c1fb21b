// Targets of models that give as many places as they take: an autoencoder learns its input, a segmentation net the
// brightness of each pixel in as many classes as it has channels.

import type { LossName } from '../../lab/plan.ts';
import type { FittedTarget } from './adapt.ts';
import { type Column, sizeOf } from './dataset.ts';
import { standardize } from './images.ts';

export interface PictureQuestion {
  /** Of one row of the output. */
  readonly shape: readonly number[];
  /** `shape`, for people. */
  readonly found: string;
  readonly loss: LossName;
  /** How many numbers the data's own target takes. */
  readonly width: number;
}

/** null where the output has no places in common with the input. */
export function pictureTarget(input: Column, { shape, found, loss, width }: PictureQuestion): FittedTarget | null {
  const { shape: taken, data } = input;
  if (taken.length === 1 && shape.length === 1) {
    const [features = 0] = taken;
    const gives = shape[0] === features && features > width && loss !== 'cross_entropy';
    return gives ? sameAsInput(data, taken, found, loss) : null;
  }
  const places = taken.slice(1);
  if (taken.length < 2 || shape.length !== taken.length || shape.slice(1).some((size, i) => size !== places[i]))
    return null;
  if (sizeOf(places) === 1) return null;
  const [channels, given] = [shape[0] as number, taken[0] as number];
  const plane = sizeOf(places);
  const count = data.length / (given * plane);
  if (channels === given && loss !== 'cross_entropy') return sameAsInput(data, taken, found, loss);
  if (channels === 1) return null;
  const labels = new Int32Array(count * plane);
  for (let n = 0; n < count; n++)
    for (let i = 0; i < plane; i++) labels[n * plane + i] = level(data[n * given * plane + i] as number, channels);
  const choice = `Output ${found}: cross_entropy on the brightness of each place, in ${channels} levels.`;
  return {
    column: { shape: places, dtype: 'int64', data: labels },
    choice,
    loss: 'cross_entropy',
    classes: channels,
    channelsFirst: true,
  };
}

/** Levels of equal height over four deviations of the standardized input. */
function level(value: number, levels: number): number {
  return Math.min(levels - 1, Math.max(0, Math.floor(((value + 2) / 4) * levels)));
}

function sameAsInput(data: Column['data'], shape: readonly number[], found: string, loss: LossName): FittedTarget {
  if (loss === 'binary_cross_entropy_with_logits') {
    const bright = Float32Array.from(data, (value) => (value > 0 ? 1 : 0));
    const choice = `Output ${found}: binary_cross_entropy_with_logits on whether a place is brighter than the mean.`;
    return { column: { shape, dtype: 'float32', data: bright }, choice, loss, classes: 0 };
  }
  const values = standardize(Float32Array.from(data), 1);
  const choice = `Output ${found}: mse_loss on the input itself, standardized.`;
  return { column: { shape, dtype: 'float32', data: values }, choice, loss: 'mse_loss', classes: 0 };
}
