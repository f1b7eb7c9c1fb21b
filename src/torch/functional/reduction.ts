// Sums, means, extremes and norms.

import { logsumexp } from '../compose/activation.ts';
import { truth } from '../compose/arithmetic.ts';
import { norm } from '../compose/distance.ts';
import { axes, shapeOf } from '../compose/views.ts';
import { fn, type TorchFunction, type Tree } from '../layer.ts';
import type { DType, Ops } from '../ops.ts';
import {
  bool,
  custom,
  int,
  ints,
  keywordOnly,
  optionalDtype,
  optionalInt,
  optionalInts,
  optionalTensor,
  tensor,
} from '../params.ts';
import { dimension, elements, misfit } from '../shapes/arithmetic.ts';
import { isList, isNodeRef, type Param, type TensorSlot, type Value } from '../signature.ts';
import { methods } from './names.ts';

const dims = { dim: optionalInts(), keepdim: bool(false) };
const dtype = keywordOnly(optionalDtype());

export const reductionFunctions: readonly TorchFunction[] = [
  fn({
    name: 'torch.sum',
    aliases: methods('sum'),
    args: { input: tensor(), ...dims, dtype },
    forward: (ops, { input, dim, keepdim, dtype: as }) =>
      ops.sum(convert(ops, input, as), axes(ops, 'sum', input, dim), keepdim),
  }),
  fn({
    name: 'torch.mean',
    aliases: methods('mean'),
    args: { input: tensor(), ...dims, dtype },
    forward: (ops, { input, dim, keepdim, dtype: as }) =>
      ops.mean(convert(ops, input, as), axes(ops, 'mean', input, dim), keepdim),
  }),
  spread('var', (_, variance) => variance),
  spread('std', (ops, variance) => ops.unary('sqrt', variance)),
  fn({
    name: 'torch.amax',
    aliases: methods('amax'),
    args: { input: tensor(), dim: ints([]), keepdim: bool(false) },
    forward: (ops, { input, dim, keepdim }) => ops.amax(input, axes(ops, 'amax', input, dim), keepdim),
  }),
  fn({
    name: 'torch.amin',
    aliases: methods('amin'),
    args: { input: tensor(), dim: ints([]), keepdim: bool(false) },
    forward: (ops, { input, dim, keepdim }) => amin(ops, input, axes(ops, 'amin', input, dim), keepdim),
  }),
  largest('max', 'maximum', (_, x) => x),
  largest('min', 'minimum', (ops, x) => ops.unary('neg', x)),
  position('argmax', (_, x) => x),
  position('argmin', (ops, x) => ops.unary('neg', x)),
  fn({
    name: 'torch.logsumexp',
    aliases: methods('logsumexp'),
    args: { input: tensor(), dim: ints(), keepdim: bool(false) },
    forward: (ops, { input, dim, keepdim }) => logsumexp(ops, input, axes(ops, 'logsumexp', input, dim), keepdim),
  }),
  fn({
    name: 'torch.cumsum',
    aliases: methods('cumsum'),
    args: { input: tensor(), dim: int(), dtype },
    forward: (ops, { input, dim, dtype: as }) =>
      ops.cumsum(convert(ops, input, as), dimension('cumsum', dim, shapeOf(ops, input).length)),
  }),
  quantifier('any', (ops, x, over, keepdim) => ops.amax(x, over, keepdim)),
  quantifier('all', (ops, x, over, keepdim) => amin(ops, x, over, keepdim)),
  fn({
    name: 'torch.norm',
    aliases: methods('norm'),
    args: { input: tensor(), p: order('fro'), ...dims, dtype: optionalDtype() },
    forward: (ops, { input, p, dim, keepdim }) => norm(ops, input, p, axes(ops, 'norm', input, dim), keepdim),
  }),
  fn({
    name: 'torch.linalg.vector_norm',
    args: { x: tensor(), ord: order(2), ...dims, dtype },
    forward: (ops, { x, ord, dim, keepdim }) => norm(ops, x, ord, axes(ops, 'vector_norm', x, dim), keepdim),
  }),
  fn({
    name: 'torch.linalg.norm',
    args: { input: tensor(), ord: optionalOrder(), ...dims, dtype },
    forward(ops, { input, ord, dim, keepdim }) {
      const over = axes(ops, 'norm', input, dim);
      if (ord !== null && over.length === 2)
        throw misfit('argument', 'torch.linalg.norm of a matrix expects the Frobenius norm', `ord=${ord}`);
      return norm(ops, input, ord ?? 2, over, keepdim);
    },
  }),
];

function convert<T>(ops: Ops<T>, x: T, dtype: DType | null): T {
  return dtype === null ? x : ops.cast(x, dtype);
}

function amin<T>(ops: Ops<T>, x: T, over: readonly number[], keepdim: boolean): T {
  return ops.unary('neg', ops.amax(ops.unary('neg', x), over, keepdim));
}

/** `var(input, dim, unbiased, keepdim)`, `var(input, unbiased)`, `var(input, dim, *, correction, keepdim)`. */
function spread(name: 'var' | 'std', finish: <T>(ops: Ops<T>, variance: T) => T): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    args: {
      input: tensor(),
      dim: custom('dimensions, or unbiased as True or False', dimsOrFlag, null),
      unbiased: bool(true),
      keepdim: bool(false),
      correction: keywordOnly(optionalInt()),
    },
    forward(ops, { input, dim, unbiased, keepdim, correction }) {
      const flag = typeof dim === 'boolean' ? dim : unbiased;
      const over = axes(ops, name, input, typeof dim === 'boolean' ? null : dim);
      return finish(ops, ops.variance(input, over, keepdim, correction ?? (flag ? 1 : 0)));
    },
  });
}

function dimsOrFlag(value: Value): readonly number[] | boolean | null | undefined {
  if (value === null || typeof value === 'boolean') return value;
  const items = isList(value) ? value : [value];
  const numbers = items.filter((item) => typeof item === 'number');
  return numbers.length === items.length ? numbers : undefined;
}

/** `max(input)`, `max(input, dim, keepdim)` → (values, indices), `max(input, other)`. */
function largest(
  name: 'max' | 'min',
  pairwise: 'maximum' | 'minimum',
  flip: <T>(ops: Ops<T>, x: T) => T,
): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    args: { input: tensor(), dim: dimOrTensor(), keepdim: bool(false), other: keywordOnly(optionalTensor()) },
    fields: ['values', 'indices'],
    forward<T>(
      ops: Ops<T>,
      { input, dim, keepdim, other }: { input: T; dim: T | number | null; keepdim: boolean; other: T | null },
    ): Tree<T> {
      const second = other ?? (typeof dim === 'number' ? null : dim);
      if (second !== null) return ops.binary(pairwise, input, second);
      const turned = flip(ops, input);
      if (typeof dim !== 'number') return flip(ops, ops.amax(turned, axes(ops, name, input, null), false));
      const axis = dimension(name, dim, shapeOf(ops, input).length);
      const indices = ops.argmax(turned, axis, true);
      // By index, so that the gradient goes to one element of a tie, as in PyTorch.
      const values = ops.gather(input, axis, indices);
      const shape = shapeOf(ops, values);
      const drop = (x: T) => (keepdim ? x : ops.reshape(x, shape.toSpliced(axis, 1)));
      return [drop(values), drop(indices)];
    },
  });
}

function dimOrTensor(): Param<TensorSlot | number | null> {
  const other = tensor();
  return {
    ...custom(
      'a dimension or a tensor',
      (value) => (value === null || Number.isInteger(value) ? value : undefined),
      null,
    ),
    tensor: true,
    read: (value, name) => (isNodeRef(value) ? other.read(value, name) : optionalInt().read(value, name)),
  };
}

function position(name: 'argmax' | 'argmin', flip: <T>(ops: Ops<T>, x: T) => T): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    args: { input: tensor(), dim: optionalInt(), keepdim: bool(false) },
    forward(ops, { input, dim, keepdim }) {
      const shape = shapeOf(ops, input);
      if (dim !== null) return ops.argmax(flip(ops, input), dimension(name, dim, shape.length), keepdim);
      const flat = ops.argmax(ops.reshape(flip(ops, input), [elements(shape)]), 0, false);
      return keepdim
        ? ops.reshape(
            flat,
            shape.map(() => 1),
          )
        : flat;
    },
  });
}

function quantifier(
  name: 'any' | 'all',
  body: <T>(ops: Ops<T>, x: T, over: readonly number[], keepdim: boolean) => T,
): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    args: { input: tensor(), dim: optionalInt(), keepdim: bool(false) },
    forward(ops, { input, dim, keepdim }) {
      const over = axes(ops, name, input, dim === null ? null : [dim]);
      const flags = ops.cast(truth(ops, input), 'int64');
      return ops.cast(body(ops, flags, over, keepdim), 'bool');
    },
  });
}

/** A norm's order; over all elements the Frobenius norm is the 2-norm. */
function order(fallback: number | string | null): Param<number> {
  return custom(
    "a number, 'inf' or 'fro'",
    (value) => {
      if (value === 'fro' || value === null) return 2;
      if (value === 'inf') return Number.POSITIVE_INFINITY;
      if (value === '-inf') return Number.NEGATIVE_INFINITY;
      return typeof value === 'number' ? value : undefined;
    },
    fallback,
  );
}

/** None and 'fro' alike: of a matrix, a number would be another norm than of its elements. */
function optionalOrder(): Param<number | null> {
  const given = order(null);
  return { ...given, read: (value, name) => (value === null || value === 'fro' ? null : given.read(value, name)) };
}
