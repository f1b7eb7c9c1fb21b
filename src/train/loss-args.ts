// The loss's arguments as the user's code gives them, where the task at hand has such a loss: weights of as many classes
// as there are. What was taken over, and what could not be, is a sentence for people.

import type { LossArgs } from '../engine/loss.ts';
import type { RunSpec } from '../lab/plan.ts';
import type { Task } from './data/dataset.ts';

export interface FittedLoss {
  readonly args: LossArgs;
  readonly choices: readonly string[];
}

export function fitLoss({ lossArgs = {} }: RunSpec, { loss, classes }: Task): FittedLoss {
  const args: Record<string, number | readonly number[]> = {};
  const choices: string[] = [];
  for (const [name, value] of Object.entries(lossArgs)) {
    if (!TAKEN[loss].includes(name)) continue;
    if (typeof value !== 'number' && name === 'weight' && value.length !== classes) {
      choices.push(
        `Loss: \`${name}\` of the file is for ${value.length} classes and the data have ${classes}; left out.`,
      );
      continue;
    }
    args[name] = name === 'pos_weight' && typeof value === 'number' ? [value] : value;
    choices.push(`Loss: \`${name}\` as in the file.`);
  }
  return { args, choices };
}

const TAKEN: Readonly<Record<Task['loss'], readonly string[]>> = {
  cross_entropy: ['weight', 'label_smoothing'],
  binary_cross_entropy_with_logits: ['pos_weight'],
  mse_loss: [],
};
