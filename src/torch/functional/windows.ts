// Convolution and pooling, for one to three dimensions.

import { maxPoolWithIndices, maxUnpool } from '../compose/unpool.ts';
import { avgPool, batched, conv, convTranspose, lpPool, maxPool } from '../compose/windows.ts';
import { fn, type TorchFunction, type Tree } from '../layer.ts';
import type { Ops } from '../ops.ts';
import {
  bool,
  float,
  int,
  intTuple,
  onlyDefault,
  optionalInt,
  optionalInts,
  optionalIntTuple,
  optionalTensor,
  paddingOf,
  sizeTuple,
  tensor,
} from '../params.ts';

const F = 'torch.nn.functional.';
const input = tensor();
const return_indices = onlyDefault(false, 'indices of the largest are not known yet');

export const windowFunctions: readonly TorchFunction[] = [1, 2, 3].flatMap((n) => [
  convolution(n),
  transposed(n),
  largest(n),
  unpooled(n),
  average(n),
  adaptive(`adaptive_avg_pool${n}d`, n, (ops, x, size) => ops.adaptive_avg_pool(x, size)),
  adaptiveMax(n),
  ...(n < 3 ? [power(n)] : []),
]);

function power(n: number): TorchFunction {
  return fn({
    name: `${F}lp_pool${n}d`,
    args: {
      input,
      norm_type: float(),
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      ceil_mode: bool(false),
    },
    forward: (ops, { input: x, ...args }) => lpPool(ops, x, args),
  });
}

function convolution(n: number): TorchFunction {
  return fn({
    name: `${F}conv${n}d`,
    aliases: [`torch.conv${n}d`],
    args: {
      input,
      weight: tensor(),
      bias: optionalTensor(),
      stride: intTuple(n, 1),
      padding: paddingOf(n),
      dilation: intTuple(n, 1),
      groups: int(1),
    },
    forward: (ops, { input: x, weight, bias, ...args }) => conv(ops, x, weight, bias, args),
  });
}

function transposed(n: number): TorchFunction {
  return fn({
    name: `${F}conv_transpose${n}d`,
    aliases: [`torch.conv_transpose${n}d`],
    args: {
      input,
      weight: tensor(),
      bias: optionalTensor(),
      stride: intTuple(n, 1),
      padding: intTuple(n, 0),
      output_padding: intTuple(n, 0),
      groups: int(1),
      dilation: intTuple(n, 1),
    },
    forward: (ops, { input: x, weight, bias, ...args }) => convTranspose(ops, x, weight, bias, args),
  });
}

function largest(n: number): TorchFunction {
  return fn({
    name: `${F}max_pool${n}d`,
    aliases: [`torch.max_pool${n}d`],
    args: {
      input,
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      padding: intTuple(n, 0),
      dilation: intTuple(n, 1),
      ceil_mode: bool(false),
      return_indices: bool(false),
    },
    forward: <T>(ops: Ops<T>, { input: x, return_indices: indices, ...args }: LargestCall<T>): Tree<T> =>
      indices ? maxPoolWithIndices(ops, x, args) : maxPool(ops, x, args),
  });
}

interface LargestCall<T> {
  readonly input: T;
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[] | null;
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceil_mode: boolean;
  readonly return_indices: boolean;
}

function unpooled(n: number): TorchFunction {
  return fn({
    name: `${F}max_unpool${n}d`,
    args: {
      input,
      indices: tensor(),
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      padding: intTuple(n, 0),
      output_size: optionalInts(),
    },
    forward: (ops, { input: x, indices, ...args }) => maxUnpool(ops, x, indices, args),
  });
}

function average(n: number): TorchFunction {
  return fn({
    name: `${F}avg_pool${n}d`,
    aliases: n === 1 ? ['torch.avg_pool1d'] : [],
    args: {
      input,
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      padding: intTuple(n, 0),
      ceil_mode: bool(false),
      count_include_pad: bool(true),
      ...(n === 1 ? {} : { divisor_override: optionalInt() }),
    },
    forward: (ops, { input: x, ...args }) => avgPool(ops, x, args),
  });
}

function adaptive(
  name: string,
  n: number,
  body: <T>(ops: Ops<T>, x: T, size: readonly (number | null)[]) => T,
): TorchFunction {
  return fn({
    name: F + name,
    aliases: n === 1 ? [`torch.${name}`] : [],
    args: { input, output_size: sizeTuple(n) },
    forward: (ops, { input: x, output_size }) => batched(ops, x, n + 2, (whole) => body(ops, whole, output_size)),
  });
}

function adaptiveMax(n: number): TorchFunction {
  return fn({
    name: `${F}adaptive_max_pool${n}d`,
    args: { input, output_size: sizeTuple(n), return_indices },
    forward: (ops, { input: x, output_size }) =>
      batched(ops, x, n + 2, (whole) => ops.adaptive_max_pool(whole, output_size)),
  });
}
