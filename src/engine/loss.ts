import { UserError } from '../base/errors.ts';
import { binaryCrossEntropyWithLogits } from '../torch/compose/loss.ts';
import type { TensorType } from '../torch/ops.ts';
import { type Builder, sameShape, sizeOf, type Value } from './values.ts';

export type LossName = 'cross_entropy' | 'mse_loss' | 'binary_cross_entropy_with_logits';

/** PyTorch's arguments of a loss, where they are not its defaults. Those of another loss do nothing. */
export interface LossArgs {
  /** cross_entropy: of each class. */
  readonly weight?: readonly number[];
  /** binary_cross_entropy_with_logits: of each column of the output's last dimension, or of all. */
  readonly pos_weight?: readonly number[];
  readonly label_smoothing?: number;
  readonly ignore_index?: number;
}

export const IGNORE_INDEX = -100;

/** The target a loss expects for a model's output, where nobody has shown one yet. */
export function expectedTarget(loss: LossName, output: TensorType): TensorType {
  if (loss !== 'cross_entropy') return { shape: output.shape, dtype: 'float32' };
  return { shape: output.shape.slice(0, -1), dtype: 'int64' };
}

export interface LossQuestion {
  readonly output: Value;
  readonly target: Value;
  readonly args: LossArgs;
}

/** A scalar. Classes lie in dimension 1, as PyTorch has them, or last, as language models return them. */
export function lossOf(builder: Builder, loss: LossName, { output, target, args }: LossQuestion): Value {
  const { ops } = builder;
  if (loss === 'cross_entropy') {
    const [input, classes] = asClasses(builder, output, target);
    const weight = weights(builder, 'weight', args.weight, [input.shape[1] ?? 1]);
    const { ignore_index = IGNORE_INDEX, label_smoothing = 0 } = args;
    return ops.cross_entropy(input, classes, { weight, ignore_index, label_smoothing, reduction: 'mean' });
  }
  if (sizeOf(output.shape) !== sizeOf(target.shape))
    throw new UserError(
      'engine/target',
      `${loss} expects a target of the model's output's shape [${output.shape.join(', ')}], and got [${target.shape.join(', ')}].`,
    );
  // (N) stands for (N, 1), which PyTorch would broadcast to (N, N) with a warning.
  const same = ops.reshape(target, output.shape);
  if (loss === 'mse_loss') return ops.mse_loss(output, same, 'mean');
  const pos_weight = weights(builder, 'pos_weight', args.pos_weight, [1, output.shape.at(-1) ?? 1]);
  return binaryCrossEntropyWithLogits(ops, output, same, { weight: null, pos_weight, reduction: 'mean' });
}

/** One of the lengths `expected`. */
function weights(
  builder: Builder,
  name: string,
  given: readonly number[] | undefined,
  expected: readonly number[],
): Value | null {
  if (given === undefined) return null;
  if (expected.includes(given.length)) return builder.constant([given.length], 'float32', given);
  throw new UserError(
    'engine/loss',
    `The loss's \`${name}\` expects ${[...new Set(expected)].join(' or ')} numbers for this model's output, and got ${given.length}.`,
  );
}

function asClasses({ ops }: Builder, output: Value, target: Value): [Value, Value] {
  const [batch, , ...rest] = output.shape;
  if (sameShape(target.shape, [batch, ...rest])) return [output, target];
  const classes = output.shape[output.shape.length - 1];
  if (sizeOf(target.shape) * classes === output.size)
    return [ops.reshape(output, [output.size / classes, classes]), ops.reshape(target, [target.size])];
  throw new UserError(
    'engine/target',
    `cross_entropy expects one class index for each row of the model's output [${output.shape.join(', ')}], and got a target of shape [${target.shape.join(', ')}].`,
  );
}
