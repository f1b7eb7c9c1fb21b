import { expectArgument } from '../checks.ts';
import { localResponseNorm } from '../compose/windows.ts';
import { ones_, zeros_ } from '../init.ts';
import { layer, parameter } from '../layer.ts';
import type { TensorType } from '../ops.ts';
import { bool, float, ignored, int, ints, optionalFloat } from '../params.ts';
import { elements, misfit, same } from '../shapes/arithmetic.ts';

export const LayerNorm = layer({
  name: 'torch.nn.LayerNorm',
  args: {
    normalized_shape: ints(),
    eps: float(1e-5),
    elementwise_affine: bool(true),
    // Since PyTorch 2.1.
    bias: bool(true),
    device: ignored(),
    dtype: ignored(),
  },
  state: ({ normalized_shape, elementwise_affine, bias }) => ({
    weight: elementwise_affine ? parameter(normalized_shape, ones_) : null,
    bias: elementwise_affine && bias ? parameter(normalized_shape, zeros_) : null,
  }),
  check: ({ input }, { normalized_shape }) => expectEnd('LayerNorm', input, normalized_shape),
  forward: (ops, { input }, { weight, bias }, { normalized_shape, eps }) =>
    ops.layer_norm(input, normalized_shape, weight, bias, eps),
});

export const RMSNorm = layer({
  name: 'torch.nn.RMSNorm',
  args: {
    normalized_shape: ints(),
    eps: optionalFloat(),
    elementwise_affine: bool(true),
    device: ignored(),
    dtype: ignored(),
  },
  state: ({ normalized_shape, elementwise_affine }) => ({
    weight: elementwise_affine ? parameter(normalized_shape, ones_) : null,
  }),
  check: ({ input }, { normalized_shape }) => expectEnd('RMSNorm', input, normalized_shape),
  forward: (ops, { input }, { weight }, { normalized_shape, eps }) =>
    ops.rms_norm(input, normalized_shape, weight, eps),
});

export const GroupNorm = layer({
  name: 'torch.nn.GroupNorm',
  args: {
    num_groups: int(),
    num_channels: int(),
    eps: float(1e-5),
    affine: bool(true),
    device: ignored(),
    dtype: ignored(),
  },
  state({ num_groups, num_channels, affine }) {
    expectArgument(
      num_groups > 0 && num_channels % num_groups === 0,
      `GroupNorm expects num_channels divisible by num_groups`,
      `${num_channels} channels and ${num_groups} groups`,
    );
    return {
      weight: affine ? parameter([num_channels], ones_) : null,
      bias: affine ? parameter([num_channels], zeros_) : null,
    };
  },
  check({ input: { shape } }, { num_channels, num_groups }) {
    if (shape.length < 2 || shape[1] !== num_channels)
      throw misfit('channels', `GroupNorm expects ${num_channels} channels in dimension 1 of its input`, shape);
    // PyTorch refuses this only where the whole batch has one value in each group.
    if (elements(shape) === num_groups) throw misfit('size', 'GroupNorm expects more than 1 value in a group', shape);
  },
  forward: (ops, { input }, { weight, bias }, { num_groups, eps }) =>
    ops.group_norm(input, num_groups, weight, bias, eps),
});

export const LocalResponseNorm = layer({
  name: 'torch.nn.LocalResponseNorm',
  args: { size: int(), alpha: float(1e-4), beta: float(0.75), k: float(1) },
  forward: (ops, { input }, _, args) => localResponseNorm(ops, input, args),
});

function expectEnd(name: string, { shape }: TensorType, normalized: readonly number[]): void {
  if (!same(shape.slice(-normalized.length), normalized))
    throw misfit('size', `${name} expects an input that ends in [${normalized.join(', ')}]`, shape);
}
