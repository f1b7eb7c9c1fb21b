import { expectRanks } from '../checks.ts';
import { maxPoolWithIndices, maxUnpool } from '../compose/unpool.ts';
import { avgPool, batched, lpPool, maxPool } from '../compose/windows.ts';
import { layer } from '../layer.ts';
import {
  bool,
  float,
  intTuple,
  onlyDefault,
  optionalInt,
  optionalInts,
  optionalIntTuple,
  sizeTuple,
  tensor,
} from '../params.ts';

const return_indices = onlyDefault(false, 'indices of the largest are not known yet');

export const MaxPool1d = largest(1);
export const MaxPool2d = largest(2);
export const MaxPool3d = largest(3);

export const MaxUnpool1d = unpooled(1);
export const MaxUnpool2d = unpooled(2);
export const MaxUnpool3d = unpooled(3);

export const AvgPool1d = layer({
  name: 'torch.nn.AvgPool1d',
  args: {
    kernel_size: intTuple(1),
    stride: optionalIntTuple(1),
    padding: intTuple(1, 0),
    ceil_mode: bool(false),
    count_include_pad: bool(true),
  },
  check: ({ input }) => expectRanks('AvgPool1d', input, [2, 3]),
  forward: (ops, { input }, _, args) => avgPool(ops, input, args),
});
export const AvgPool2d = average(2);
export const AvgPool3d = average(3);

export const AdaptiveAvgPool1d = adaptive('AdaptiveAvgPool1d', 1);
export const AdaptiveAvgPool2d = adaptive('AdaptiveAvgPool2d', 2);
export const AdaptiveAvgPool3d = adaptive('AdaptiveAvgPool3d', 3);
export const AdaptiveMaxPool1d = adaptiveMax('AdaptiveMaxPool1d', 1);
export const AdaptiveMaxPool2d = adaptiveMax('AdaptiveMaxPool2d', 2);
export const AdaptiveMaxPool3d = adaptiveMax('AdaptiveMaxPool3d', 3);

export const LPPool1d = power(1);
export const LPPool2d = power(2);

function power(n: number) {
  return layer({
    name: `torch.nn.LPPool${n}d`,
    args: {
      norm_type: float(),
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      ceil_mode: bool(false),
    },
    check: ({ input }) => expectRanks(`LPPool${n}d`, input, [n + 1, n + 2]),
    forward: (ops, { input }, _, args) => lpPool(ops, input, args),
  });
}

function largest(n: number) {
  return layer({
    name: `torch.nn.MaxPool${n}d`,
    args: {
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      padding: intTuple(n, 0),
      dilation: intTuple(n, 1),
      return_indices: bool(false),
      ceil_mode: bool(false),
    },
    check: ({ input }) => expectRanks(`MaxPool${n}d`, input, [n + 1, n + 2]),
    forward: (ops, { input }, _, { return_indices: indices, ...args }) =>
      indices ? maxPoolWithIndices(ops, input, args) : maxPool(ops, input, args),
  });
}

function unpooled(n: number) {
  return layer({
    name: `torch.nn.MaxUnpool${n}d`,
    args: { kernel_size: intTuple(n), stride: optionalIntTuple(n), padding: intTuple(n, 0) },
    call: { input: tensor(), indices: tensor(), output_size: optionalInts() },
    check: ({ input }) => expectRanks(`MaxUnpool${n}d`, input, [n + 1, n + 2]),
    forward: (ops, { input, indices, output_size }, _, args) =>
      maxUnpool(ops, input, indices, { ...args, output_size }),
  });
}

function average(n: number) {
  return layer({
    name: `torch.nn.AvgPool${n}d`,
    args: {
      kernel_size: intTuple(n),
      stride: optionalIntTuple(n),
      padding: intTuple(n, 0),
      ceil_mode: bool(false),
      count_include_pad: bool(true),
      divisor_override: optionalInt(),
    },
    check: ({ input }) => expectRanks(`AvgPool${n}d`, input, [n + 1, n + 2]),
    forward: (ops, { input }, _, args) => avgPool(ops, input, args),
  });
}

function adaptive(name: string, n: number) {
  return layer({
    name: `torch.nn.${name}`,
    args: { output_size: sizeTuple(n) },
    check: ({ input }) => expectRanks(name, input, [n + 1, n + 2]),
    forward: (ops, { input }, _, { output_size }) =>
      batched(ops, input, n + 2, (x) => ops.adaptive_avg_pool(x, output_size)),
  });
}

function adaptiveMax(name: string, n: number) {
  return layer({
    name: `torch.nn.${name}`,
    args: { output_size: sizeTuple(n), return_indices },
    check: ({ input }) => expectRanks(name, input, [n + 1, n + 2]),
    forward: (ops, { input }, _, { output_size }) =>
      batched(ops, input, n + 2, (x) => ops.adaptive_max_pool(x, output_size)),
  });
}
