// Tensors a forward() makes: constants, copies of a shape, and numbers drawn anew. Python's `1.0` and `1` are one
// number here; without a dtype a whole number makes int64 where PyTorch would look at its type.

import { constant, full, shapeOf } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { DType, Ops } from '../ops.ts';
import { bool, data, ignored, int, ints, intVarargs, keywordOnly, optionalDtype, scalar, tensor } from '../params.ts';
import { misfit } from '../shapes/arithmetic.ts';
import { isList, type Value } from '../signature.ts';
import { methods } from './names.ts';

const dtype = keywordOnly(optionalDtype());
const place = {
  dtype,
  layout: keywordOnly(ignored()),
  device: keywordOnly(ignored()),
  requires_grad: keywordOnly(bool(false)),
  pin_memory: keywordOnly(ignored(false)),
};
const likePlace = { ...place, memory_format: keywordOnly(ignored()) };

const constants: readonly TorchFunction[] = [
  filled('zeros', 0),
  filled('ones', 1),
  // What torch.empty holds is undefined; zeros are as good as any.
  filled('empty', 0),
  fn({
    name: 'torch.full',
    args: { size: ints(), fill_value: scalar(), ...place },
    forward: (ops, { size, fill_value, dtype: as }) => full(ops, size, fill_value, as ?? numberType([fill_value])),
  }),
  fn({
    name: 'torch.arange',
    args: { start: optionalNumber(), end: optionalNumber(), step: scalar(1), ...place },
    // `arange(5)` binds its one argument to `start`, as the tracer binds positions.
    forward(ops, { start, end, step, dtype: as }) {
      const [first, last] = end === null ? [0, start ?? 0] : [start ?? 0, end];
      return ops.constant({
        kind: 'arange',
        start: first,
        end: last,
        step,
        dtype: as ?? numberType([first, last, step]),
      });
    },
  }),
  fn({
    name: 'torch.linspace',
    args: { start: scalar(), end: scalar(), steps: int(), ...place },
    forward(ops, { start, end, steps, dtype: as }) {
      const values = Array.from({ length: steps }, (_, i) => start + ((end - start) * i) / Math.max(1, steps - 1));
      return constant(ops, [steps], values, as ?? 'float32');
    },
  }),
  fn({
    name: 'torch.eye',
    args: { n: int(), m: optionalNumber(), ...place },
    forward(ops, { n, m, dtype: as }) {
      const columns = m ?? n;
      const values = Array.from({ length: n * columns }, (_, i) => Number(i % columns === Math.floor(i / columns)));
      return constant(ops, [n, columns], values, as ?? 'float32');
    },
  }),
  fn({
    name: 'torch.tensor',
    args: {
      data: data(),
      dtype,
      device: place.device,
      requires_grad: place.requires_grad,
      pin_memory: place.pin_memory,
    },
    forward: (ops, { data: values, dtype: as }) => literal(ops, values, as),
  }),
  fn({
    name: 'torch.as_tensor',
    args: { data: data(), dtype: optionalDtype(), device: ignored() },
    forward: (ops, { data: values, dtype: as }) => literal(ops, values, as),
  }),
];

const alike: readonly TorchFunction[] = [
  filledLike('zeros', 0),
  filledLike('ones', 1),
  filledLike('empty', 0),
  fn({
    name: 'torch.full_like',
    args: { input: tensor(), fill_value: scalar(), ...likePlace },
    forward: (ops, { input, fill_value, dtype: as }) =>
      full(ops, shapeOf(ops, input), fill_value, as ?? ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.new_zeros',
    args: { input: tensor(), size: intVarargs(), ...place },
    forward: (ops, { input, size, dtype: as }) => full(ops, size, 0, as ?? ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.new_ones',
    args: { input: tensor(), size: intVarargs(), ...place },
    forward: (ops, { input, size, dtype: as }) => full(ops, size, 1, as ?? ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.new_empty',
    args: { input: tensor(), size: intVarargs(), ...place },
    forward: (ops, { input, size, dtype: as }) => full(ops, size, 0, as ?? ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.new_full',
    args: { input: tensor(), size: ints(), fill_value: scalar(), ...place },
    forward: (ops, { input, size, fill_value, dtype: as }) => full(ops, size, fill_value, as ?? ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.new_tensor',
    args: { input: tensor(), data: data(), dtype, device: place.device, requires_grad: place.requires_grad },
    forward: (ops, { data: values, dtype: as }) => literal(ops, values, as),
  }),
  fn({
    name: 'torch.Tensor.fill_',
    inPlace: methods('fill_'),
    args: { input: tensor(), value: scalar() },
    forward: (ops, { input, value }) => full(ops, shapeOf(ops, input), value, ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.zero_',
    inPlace: methods('zero_'),
    args: { input: tensor() },
    forward: (ops, { input }) => full(ops, shapeOf(ops, input), 0, ops.type(input).dtype),
  }),
  fn({
    name: 'torch.Tensor.copy_',
    inPlace: methods('copy_'),
    args: { input: tensor(), src: tensor(), non_blocking: ignored(false) },
    forward: (ops, { input, src }) => ops.cast(ops.expand(src, shapeOf(ops, input)), ops.type(input).dtype),
  }),
];

const random: readonly TorchFunction[] = [
  drawn('randn', 'normal'),
  drawn('rand', 'uniform'),
  drawnLike('randn', 'normal'),
  drawnLike('rand', 'uniform'),
  fn({
    name: 'torch.bernoulli',
    aliases: methods('bernoulli'),
    args: { input: tensor() },
    forward: (ops, { input }) => {
      const draw = ops.random({ kind: 'uniform', shape: shapeOf(ops, input) });
      return ops.cast(ops.binary('lt', draw, input), ops.type(input).dtype);
    },
  }),
  fn({
    name: 'torch.Tensor.bernoulli_',
    inPlace: methods('bernoulli_'),
    args: { input: tensor(), p: scalar(0.5) },
    forward: (ops, { input, p }) => ops.random({ kind: 'bernoulli', shape: shapeOf(ops, input), p }),
  }),
  fn({
    name: 'torch.Tensor.normal_',
    inPlace: methods('normal_'),
    args: { input: tensor(), mean: scalar(0), std: scalar(1) },
    forward: (ops, { input, mean, std }) => {
      const draw = ops.random({ kind: 'normal', shape: shapeOf(ops, input) });
      return ops.binary('add', ops.binary('mul', draw, std), mean);
    },
  }),
  fn({
    name: 'torch.Tensor.uniform_',
    inPlace: methods('uniform_'),
    args: { input: tensor(), from: scalar(0), to: scalar(1) },
    forward: (ops, { input, from, to }) => {
      const draw = ops.random({ kind: 'uniform', shape: shapeOf(ops, input) });
      return ops.binary('add', ops.binary('mul', draw, to - from), from);
    },
  }),
];

export const creationFunctions: readonly TorchFunction[] = [...constants, ...alike, ...random];

function optionalNumber() {
  const one = scalar();
  return {
    ...one,
    required: false,
    expects: 'a number or None',
    read: (value: Value, name: string): number | null => (value === null ? null : one.read(value, name)),
  };
}

function numberType(numbers: readonly number[]): DType {
  return numbers.every(Number.isInteger) ? 'int64' : 'float32';
}

function filled(name: string, value: number): TorchFunction {
  return fn({
    name: `torch.${name}`,
    args: { size: intVarargs(), ...place, ...(name === 'empty' ? { memory_format: place.layout } : {}) },
    forward: (ops, { size, dtype: as }) => full(ops, size, value, as ?? 'float32'),
  });
}

function filledLike(name: string, value: number): TorchFunction {
  return fn({
    name: `torch.${name}_like`,
    args: { input: tensor(), ...likePlace },
    forward: (ops, { input, dtype: as }) => full(ops, shapeOf(ops, input), value, as ?? ops.type(input).dtype),
  });
}

function drawn(name: string, kind: 'normal' | 'uniform'): TorchFunction {
  return fn({
    name: `torch.${name}`,
    args: { size: intVarargs(), ...place },
    forward: (ops, { size }) => ops.random({ kind, shape: size }),
  });
}

function drawnLike(name: string, kind: 'normal' | 'uniform'): TorchFunction {
  return fn({
    name: `torch.${name}_like`,
    args: { input: tensor(), ...likePlace },
    forward: (ops, { input }) => ops.random({ kind, shape: shapeOf(ops, input) }),
  });
}

function literal<T>(ops: Ops<T>, values: Value, as: DType | null): T {
  const shape: number[] = [];
  for (let level = values; isList(level); level = level[0] ?? 0) shape.push(level.length);
  const flat: (number | boolean)[] = [];
  collect(values, shape, 0, flat);
  const inferred = flat.every((value) => typeof value === 'boolean') ? 'bool' : numberType(flat.map(Number));
  return constant(ops, shape, flat.map(Number), as ?? (flat.length === 0 ? 'float32' : inferred));
}

const FLOATS: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};

function collect(value: Value, shape: readonly number[], depth: number, into: (number | boolean)[]): void {
  const items = isList(value) ? value.length : null;
  if (items !== (shape[depth] ?? null))
    throw misfit(
      'size',
      `torch.tensor expects ${shape[depth] ?? 'a number'} at depth ${depth}`,
      String(items ?? 'a number'),
    );
  if (isList(value)) for (const item of value) collect(item, shape, depth + 1, into);
  else if (typeof value === 'string') into.push(FLOATS[value]);
  else if (typeof value === 'number' || typeof value === 'boolean') into.push(value);
}
