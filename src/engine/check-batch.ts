// A batch before it enters: shapes, ranges and classes that the model's program was made for.

import { UserError } from '../base/errors.ts';
import type { GraphInput } from '../graph/graph.ts';
import type { Program } from './program.ts';
import type { Tensor } from './session.ts';
import { sameShape } from './values.ts';

const IGNORED_CLASS = -100;

export function checkInput({ name, range }: GraphInput, shape: readonly number[], tensor: Tensor): void {
  if (!sameShape(shape, tensor.shape))
    throw new UserError(
      'engine/input',
      `The input \`${name}\` expects the shape [${shape.join(', ')}], and got [${tensor.shape.join(', ')}].`,
    );
  if (range === undefined) return;
  const outside = tensor.data.find((value) => value < range[0] || value > range[1]);
  if (outside !== undefined)
    throw new UserError(
      'engine/input',
      `The input \`${name}\` expects numbers from ${range[0]} to ${range[1]}, and got ${outside}.`,
    );
}

export function checkClasses(target: Tensor, { output, target: { shape } }: Program): void {
  const channels = output.shape.length > 1 && sameShape(shape, output.shape.toSpliced(1, 1));
  const classes = channels ? output.shape[1] : output.shape[output.shape.length - 1];
  const outside = target.data.find((value) => (value < 0 || value >= classes) && value !== IGNORED_CLASS);
  if (outside !== undefined)
    throw new UserError('engine/target', `The model has ${classes} classes, and the target names class ${outside}.`);
}
