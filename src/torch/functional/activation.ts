// Activations and softmax, as functions and methods.

import {
  celu,
  glu,
  hardshrink,
  log_softmax,
  logsigmoid,
  prelu,
  selu,
  softmax,
  softmin,
  softshrink,
  threshold,
} from '../compose/activation.ts';
import { not } from '../compose/arithmetic.ts';
import { rrelu } from '../compose/random.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { DType, Ops, Unary } from '../ops.ts';
import {
  bool,
  float,
  ignored,
  int,
  keywordOnly,
  oneOf,
  optionalDtype,
  optionalInt,
  scalar,
  tensor,
  tensorOrNumber,
} from '../params.ts';
import { everywhere, methods } from './names.ts';

const F = 'torch.nn.functional.';
const input = tensor();
const inplace = bool(false);

const plain: readonly TorchFunction[] = [
  elementwise('relu', 'relu', { everywhere: true, inplace: true }),
  elementwise('relu6', 'relu6', { everywhere: false, inplace: true }),
  elementwise('silu', 'silu', { everywhere: false, inplace: true }),
  elementwise('mish', 'mish', { everywhere: false, inplace: true }),
  elementwise('hardswish', 'hardswish', { everywhere: false, inplace: true }),
  elementwise('hardsigmoid', 'hardsigmoid', { everywhere: false, inplace: true }),
  elementwise('tanh', 'tanh', { everywhere: true, inplace: false }),
  elementwise('sigmoid', 'sigmoid', { everywhere: true, inplace: false }),
  elementwise('softsign', 'softsign', { everywhere: false, inplace: false }),
  fn({
    name: `${F}logsigmoid`,
    args: { input },
    forward: (ops, { input: x }) => logsigmoid(ops, x),
  }),
  fn({
    name: `${F}tanhshrink`,
    args: { input },
    forward: (ops, { input: x }) => ops.binary('sub', x, ops.unary('tanh', x)),
  }),
];

const parametrized: readonly TorchFunction[] = [
  fn({
    name: `${F}leaky_relu`,
    inPlace: [`${F}leaky_relu_`],
    args: { input, negative_slope: float(0.01), inplace },
    forward: (ops, { input: x, negative_slope }) => ops.leaky_relu(x, negative_slope),
  }),
  fn({
    name: `${F}elu`,
    inPlace: [`${F}elu_`],
    args: { input, alpha: float(1), inplace },
    forward: (ops, { input: x, alpha }) => ops.elu(x, alpha),
  }),
  fn({
    name: `${F}rrelu`,
    inPlace: [`${F}rrelu_`],
    args: { input, lower: float(1 / 8), upper: float(1 / 3), training: bool(false), inplace },
    forward: (ops, { input: x, lower, upper, training }) => rrelu(ops, x, lower, upper, training),
  }),
  fn({
    name: `${F}celu`,
    inPlace: [`${F}celu_`],
    args: { input, alpha: float(1), inplace },
    forward: (ops, { input: x, alpha }) => celu(ops, x, alpha),
  }),
  fn({
    name: `${F}selu`,
    aliases: ['torch.selu'],
    inPlace: [`${F}selu_`],
    args: { input, inplace },
    forward: (ops, { input: x }) => selu(ops, x),
  }),
  fn({
    name: `${F}gelu`,
    args: { input, approximate: keywordOnly(oneOf(['none', 'tanh'], 'none')) },
    forward: (ops, { input: x, approximate }) => ops.gelu(x, approximate),
  }),
  fn({
    name: `${F}hardtanh`,
    inPlace: [`${F}hardtanh_`],
    args: { input, min_val: float(-1), max_val: float(1), inplace },
    forward: (ops, { input: x, min_val, max_val }) => ops.clamp(x, min_val, max_val),
  }),
  fn({
    name: `${F}softplus`,
    args: { input, beta: float(1), threshold: float(20) },
    forward: (ops, args) => ops.softplus(args.input, args.beta, args.threshold),
  }),
  fn({
    name: `${F}softshrink`,
    args: { input, lambd: float(0.5) },
    forward: (ops, { input: x, lambd }) => softshrink(ops, x, lambd),
  }),
  fn({
    name: `${F}hardshrink`,
    args: { input, lambd: float(0.5) },
    forward: (ops, { input: x, lambd }) => hardshrink(ops, x, lambd),
  }),
  fn({
    name: `${F}threshold`,
    aliases: ['torch.threshold'],
    inPlace: [`${F}threshold_`, 'torch.threshold_'],
    args: { input, threshold: float(), value: float(), inplace },
    forward: (ops, args) => threshold(ops, args.input, args.threshold, args.value),
  }),
  fn({
    name: `${F}prelu`,
    aliases: everywhere('prelu'),
    args: { input, weight: tensor() },
    forward: (ops, { input: x, weight }) => prelu(ops, x, weight),
  }),
  fn({
    name: `${F}glu`,
    args: { input, dim: int(-1) },
    forward: (ops, { input: x, dim }) => glu(ops, x, dim),
  }),
];

const selecting: readonly TorchFunction[] = [
  ...normalized('softmax', softmax),
  ...normalized('log_softmax', log_softmax),
  fn({
    name: `${F}softmin`,
    args: { input, dim: optionalInt(), _stacklevel: int(3), dtype: optionalDtype() },
    forward: (ops, { input: x, dim, dtype }) => softmin(ops, convert(ops, x, dtype), dim),
  }),
  fn({
    name: 'torch.where',
    args: { condition: tensor(), input: tensorOrNumber(), other: tensorOrNumber() },
    forward: (ops, { condition, input: yes, other }) => ops.where(asCondition(ops, condition), yes, other),
  }),
  fn({
    name: 'torch.Tensor.where',
    args: { input, condition: tensor(), other: tensorOrNumber() },
    forward: (ops, { input: yes, condition, other }) => ops.where(asCondition(ops, condition), yes, other),
  }),
  fn({
    name: 'torch.masked_fill',
    aliases: methods('masked_fill'),
    inPlace: methods('masked_fill_'),
    args: { input, mask: tensor(), value: scalar() },
    forward: (ops, { input: x, mask, value }) => ops.where(asCondition(ops, mask), value, x),
  }),
];

export const activationFunctions: readonly TorchFunction[] = [...plain, ...parametrized, ...selecting];

function elementwise(
  name: string,
  op: Unary,
  form: { readonly everywhere: boolean; readonly inplace: boolean },
): TorchFunction {
  return fn({
    name: F + name,
    aliases: form.everywhere ? everywhere(name) : [],
    inPlace: form.everywhere ? [`${F}${name}_`, ...everywhere(`${name}_`)] : [],
    args: form.inplace ? { input, inplace } : { input },
    forward: (ops, { input: x }) => ops.unary(op, x),
  });
}

/** The function of torch.nn.functional has a `_stacklevel` between `dim` and `dtype`. */
function normalized(name: string, body: <T>(ops: Ops<T>, x: T, dim: number | null) => T): readonly TorchFunction[] {
  return [
    fn({
      name: F + name,
      args: { input, dim: optionalInt(), _stacklevel: ignored(3), dtype: optionalDtype() },
      forward: (ops, { input: x, dim, dtype }) => body(ops, convert(ops, x, dtype), dim),
    }),
    fn({
      name: `torch.${name}`,
      aliases: methods(name),
      args: { input, dim: int(), dtype: optionalDtype() },
      forward: (ops, { input: x, dim, dtype }) => body(ops, convert(ops, x, dtype), dim),
    }),
  ];
}

function convert<T>(ops: Ops<T>, x: T, dtype: DType | null): T {
  return dtype === null ? x : ops.cast(x, dtype);
}

/** Masks of 0 and 1 were allowed before bool tensors, and some code still makes them. */
function asCondition<T>(ops: Ops<T>, mask: T): T {
  return ops.type(mask).dtype === 'bool' ? mask : not(ops, not(ops, mask));
}
