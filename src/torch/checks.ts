// What several layers refuse in the same words, and the initial biases they share.

import { UserError } from '../base/errors.ts';
import { init } from './init.ts';
import type { InitStep } from './layer.ts';
import type { TensorType } from './ops.ts';
import { expectFloat, misfit } from './shapes/arithmetic.ts';

/** Uniform within ±1/√fan_in, as reset_parameters draws biases. */
export function uniform(fan_in: number): InitStep {
  const bound = fan_in > 0 ? 1 / Math.sqrt(fan_in) : 0;
  return init('uniform_', { a: -bound, b: bound });
}

export function expectVectorInput(layer: string, { shape, dtype }: TensorType, features: number): void {
  if (shape.length === 0 || shape[shape.length - 1] !== features)
    throw misfit('channels', `${layer} expects ${features} features in the last dimension of its input`, shape);
  expectFloat(layer, { shape, dtype });
}

/** Channels in dimension 1; one dimension less is an input without a batch, where the layer takes such. */
export function expectChannels(
  layer: string,
  input: TensorType,
  channels: number,
  ranks: readonly number[],
  unbatchedRank: number | null = null,
): void {
  const { shape } = input;
  const dim = shape.length === unbatchedRank ? 0 : 1;
  const fits = (shape.length === unbatchedRank || ranks.includes(shape.length)) && shape[dim] === channels;
  if (!fits) {
    const rank = ranks.map((one) => `${one}`).join('- or ');
    throw misfit(
      'channels',
      `${layer} expects ${channels} channels in dimension 1 of a ${rank}-dimensional input`,
      shape,
    );
  }
  expectFloat(layer, input);
}

export function expectRanks(layer: string, { shape }: TensorType, ranks: readonly number[]): void {
  if (!ranks.includes(shape.length)) {
    const rank = ranks.map((one) => `${one}`).join('- or ');
    throw misfit('rank', `${layer} expects a ${rank}-dimensional input`, shape);
  }
}

/** For a constructor's arguments; `claim` says what it expects. */
export function expectArgument(holds: boolean, claim: string, found: string): void {
  if (!holds) throw new UserError('torch/argument', `${claim}, and got ${found}.`);
}
