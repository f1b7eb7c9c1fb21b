import { expectArgument, expectChannels, uniform } from '../checks.ts';
import { pad } from '../compose/pad.ts';
import { type ConvArguments, conv, convTranspose, outputPadding, sidesOf } from '../compose/windows.ts';
import { init } from '../init.ts';
import { layer, parameter } from '../layer.ts';
import { bool, ignored, int, intTuple, oneOf, onlyDefault, optionalInts, paddingOf, tensor } from '../params.ts';
import { elements } from '../shapes/arithmetic.ts';

const PADDING_MODES = ['zeros', 'reflect', 'replicate', 'circular'] as const;
const kaiming = init('kaiming_uniform_', { a: Math.sqrt(5) });

export const Conv1d = convolution(1);
export const Conv2d = convolution(2);
export const Conv3d = convolution(3);
export const ConvTranspose1d = transposed(1);
export const ConvTranspose2d = transposed(2);
export const ConvTranspose3d = transposed(3);

function convolution(n: number) {
  const name = `Conv${n}d`;
  return layer({
    name: `torch.nn.${name}`,
    args: {
      in_channels: int(),
      out_channels: int(),
      kernel_size: intTuple(n),
      stride: intTuple(n, 1),
      padding: paddingOf(n),
      dilation: intTuple(n, 1),
      groups: int(1),
      bias: bool(true),
      padding_mode: oneOf(PADDING_MODES, 'zeros'),
      device: ignored(),
      dtype: ignored(),
    },
    state({ in_channels, out_channels, kernel_size, groups, bias, padding, stride }) {
      expectGroups(name, { in_channels, out_channels, groups });
      const strided = padding === 'same' && stride.some((one) => one !== 1);
      expectArgument(!strided, `${name} with padding='same' expects a stride of 1`, `[${stride.join(', ')}]`);
      const perGroup = in_channels / groups;
      return {
        weight: parameter([out_channels, perGroup, ...kernel_size], kaiming),
        bias: bias ? parameter([out_channels], uniform(perGroup * elements(kernel_size))) : null,
      };
    },
    check: ({ input }, { in_channels }) => expectChannels(name, input, in_channels, [n + 2], n + 1),
    forward(ops, { input }, { weight, bias }, args) {
      const { padding_mode, padding, kernel_size, dilation } = args;
      if (padding_mode === 'zeros') return conv(ops, input, weight, bias, args satisfies ConvArguments);
      // The last dimension first, as torch.nn.functional.pad has it.
      const around = sidesOf(padding, kernel_size, dilation).toReversed().flat();
      const padded = pad(ops, input, around, padding_mode, 0);
      return conv(ops, padded, weight, bias, { ...args, padding: 'valid' });
    },
  });
}

function transposed(n: number) {
  const name = `ConvTranspose${n}d`;
  return layer({
    name: `torch.nn.${name}`,
    args: {
      in_channels: int(),
      out_channels: int(),
      kernel_size: intTuple(n),
      stride: intTuple(n, 1),
      padding: intTuple(n, 0),
      output_padding: intTuple(n, 0),
      groups: int(1),
      bias: bool(true),
      dilation: intTuple(n, 1),
      padding_mode: onlyDefault('zeros', 'as PyTorch has it for transposed convolutions'),
      device: ignored(),
      dtype: ignored(),
    },
    call: { input: tensor(), output_size: optionalInts() },
    state({ in_channels, out_channels, kernel_size, groups, bias }) {
      expectGroups(name, { in_channels, out_channels, groups });
      const perGroup = out_channels / groups;
      return {
        weight: parameter([in_channels, perGroup, ...kernel_size], kaiming),
        // PyTorch takes the fan from the weight's second dimension, which here are the outputs.
        bias: bias ? parameter([out_channels], uniform(perGroup * elements(kernel_size))) : null,
      };
    },
    check: ({ input }, { in_channels }) => expectChannels(name, input, in_channels, [n + 2], n + 1),
    forward(ops, { input, output_size }, { weight, bias }, args) {
      const { shape } = ops.type(input);
      const output_padding =
        output_size === null ? args.output_padding : outputPadding(shape, args.kernel_size, output_size, args);
      return convTranspose(ops, input, weight, bias, { ...args, output_padding });
    },
  });
}

function expectGroups(
  name: string,
  { in_channels, out_channels, groups }: { in_channels: number; out_channels: number; groups: number },
): void {
  expectArgument(groups > 0, `${name} expects a positive number of groups`, String(groups));
  for (const [word, channels] of Object.entries({ in_channels, out_channels }))
    expectArgument(channels % groups === 0, `${name} expects ${word} divisible by ${groups} groups`, String(channels));
}
