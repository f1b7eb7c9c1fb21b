import { UserError } from '../base/errors.ts';
import type { TensorType } from '../torch/ops.ts';
import { type Builder, sameShape, sizeOf, type Value } from './values.ts';

export type LossName = 'cross_entropy' | 'mse_loss' | 'binary_cross_entropy_with_logits';

/** The target a loss expects for a model's output, where nobody has shown one yet. */
export function expectedTarget(loss: LossName, output: TensorType): TensorType {
  if (loss !== 'cross_entropy') return { shape: output.shape, dtype: 'float32' };
  return { shape: output.shape.slice(0, -1), dtype: 'int64' };
}

/** A scalar. Classes lie in dimension 1, as PyTorch has them, or last, as language models return them. */
export function lossOf(builder: Builder, loss: LossName, output: Value, target: Value): Value {
  const { ops } = builder;
  if (loss === 'cross_entropy') {
    const [input, classes] = asClasses(builder, output, target);
    const options = { weight: null, ignore_index: -100, reduction: 'mean', label_smoothing: 0 } as const;
    return ops.cross_entropy(input, classes, options);
  }
  if (sizeOf(output.shape) !== sizeOf(target.shape))
    throw new UserError(
      'engine/target',
      `${loss} expects a target of the model's output's shape [${output.shape.join(', ')}], and got [${target.shape.join(', ')}].`,
    );
  // (N) stands for (N, 1), which PyTorch would broadcast to (N, N) with a warning.
  const same = ops.reshape(target, output.shape);
  return loss === 'mse_loss'
    ? ops.mse_loss(output, same, 'mean')
    : ops.binary_cross_entropy_with_logits(output, same, 'mean');
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
