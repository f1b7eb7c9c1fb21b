import { UserError } from '../base/errors.ts';
import { all as optimizers } from '../torch/optim/all.ts';
import type { Optimizer } from '../torch/optim/optimizer.ts';

export function findOptimizer(target: string): Optimizer {
  const found = optimizers.find(({ name }) => name === target);
  if (found === undefined) {
    const known = optimizers.map(({ name }) => `\`${name}\``).join(', ');
    throw new UserError('engine/optimizer', `The optimizer \`${target}\` is not known; the engine has ${known}.`);
  }
  return found;
}
