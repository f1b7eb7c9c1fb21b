// A batch before it enters: shapes, ranges and classes that the model's program was made for.

import { UserError } from '../base/errors.ts';
import type { GraphInput } from '../graph/graph.ts';
import { expectedTarget, IGNORE_INDEX } from './loss.ts';
import type { Program } from './program.ts';
import type { SessionOptions, Tensor } from './session.ts';
import { sameShape } from './values.ts';

/** The shape the first target will most likely have. */
export function guessTarget({ graph, batch, loss }: SessionOptions): Pick<Tensor, 'shape' | 'dtype'> {
  const returned = graph.train.find(({ op }) => op === 'output')?.args['output'];
  const ref = Array.isArray(returned) ? returned[0] : returned;
  const name = typeof ref === 'object' && ref !== null && 'node' in ref ? ref.node : null;
  const traced = graph.train.find((node) => node.name === name)?.outputs[0];
  if (traced === undefined) return expectedTarget(loss, { shape: [batch, 1], dtype: 'float32' });
  const example = graph.inputs.find(({ batched }) => batched)?.shape[0] ?? batch;
  const [rows, ...rest] = traced.shape;
  return expectedTarget(loss, { shape: [(rows / example) * batch, ...rest], dtype: traced.dtype });
}

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

export function checkClasses(target: Tensor, { output, target: { shape } }: Program, ignored = IGNORE_INDEX): void {
  const channels = output.shape.length > 1 && sameShape(shape, output.shape.toSpliced(1, 1));
  const classes = channels ? output.shape[1] : output.shape[output.shape.length - 1];
  const outside = target.data.find((value) => (value < 0 || value >= classes) && value !== ignored);
  if (outside !== undefined)
    throw new UserError('engine/target', `The model has ${classes} classes, and the target names class ${outside}.`);
}
