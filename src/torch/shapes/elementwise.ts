// What elementwise ops, reductions and losses give.

import type { Binary, DType, Ops, TensorType, Unary } from '../ops.ts';
import {
  broadcast,
  dimension,
  dimensions,
  expectFloat,
  misfit,
  promote,
  type Shape,
  same,
  type,
} from './arithmetic.ts';

type Family =
  | 'unary'
  | 'binary'
  | 'leaky_relu'
  | 'elu'
  | 'softplus'
  | 'gelu'
  | 'clamp'
  | 'where'
  | 'cast'
  | 'detach'
  | 'assign'
  | 'sum'
  | 'mean'
  | 'variance'
  | 'amax'
  | 'argmax'
  | 'cumsum'
  | 'softmax'
  | 'log_softmax'
  | 'dropout'
  | 'constant'
  | 'random'
  | 'cross_entropy'
  | 'nll_loss'
  | 'mse_loss'
  | 'binary_cross_entropy_with_logits';

export const elementwise: Pick<Ops<TensorType>, Family> = {
  constant: (spec) =>
    spec.kind === 'arange'
      ? type([Math.max(0, Math.ceil((spec.end - spec.start) / spec.step))], spec.dtype)
      : type(spec.shape, spec.dtype),
  random: ({ shape }) => type(shape, 'float32'),
  unary: (op, x) => type(x.shape, unaryType(op, x.dtype)),
  binary(op, a, b) {
    const left = operand(a);
    const right = operand(b);
    return type(broadcast(op, left.shape, right.shape), binaryType(op, scalarType(a, b), scalarType(b, a)));
  },
  leaky_relu: floatMap('leaky_relu'),
  elu: floatMap('elu'),
  softplus: floatMap('softplus'),
  gelu: floatMap('gelu'),
  dropout: floatMap('dropout'),
  clamp: (x) => x,
  where(condition, a, b) {
    if (condition.dtype !== 'bool') throw misfit('dtype', 'where expects a bool condition', condition.dtype);
    const shape = broadcast('where', operand(a).shape, operand(b).shape);
    return type(broadcast('where', condition.shape, shape), promote(scalarType(a, b), scalarType(b, a)));
  },
  cast: (x, dtype) => type(x.shape, dtype),
  detach: (x) => x,
  assign(buffer, value) {
    if (!same(buffer.shape, value.shape) || buffer.dtype !== value.dtype)
      throw misfit('size', `assign expects a value of the buffer's shape [${buffer.shape.join(', ')}]`, value.shape);
  },
  sum: (x, dims, keepdim) => type(reduced('sum', x, dims, keepdim), x.dtype === 'bool' ? 'int64' : x.dtype),
  mean: (x, dims, keepdim) => floatReduced('mean', x, dims, keepdim),
  variance: (x, dims, keepdim) => floatReduced('var', x, dims, keepdim),
  amax: (x, dims, keepdim) => type(reduced('amax', x, dims, keepdim), x.dtype),
  argmax: (x, dim, keepdim) => type(reduced('argmax', x, [dim], keepdim), 'int64'),
  cumsum: (x, dim) => along('cumsum', type(x.shape, x.dtype === 'bool' ? 'int64' : x.dtype), dim),
  softmax: (x, dim) => along('softmax', x, dim, true),
  log_softmax: (x, dim) => along('log_softmax', x, dim, true),
  cross_entropy(input, target) {
    expectClasses('cross_entropy', input, target);
    return type([], 'float32');
  },
  nll_loss(input, target) {
    expectClasses('nll_loss', input, target);
    return type([], 'float32');
  },
  mse_loss(input, target) {
    broadcast('mse_loss', input.shape, target.shape);
    return type([], 'float32');
  },
  binary_cross_entropy_with_logits(input, target) {
    if (!same(input.shape, target.shape))
      throw misfit('size', `binary_cross_entropy_with_logits expects a target of the input's shape`, target.shape);
    return type([], 'float32');
  },
};

const KEEPS_INTEGERS: readonly Unary[] = ['relu', 'relu6', 'neg', 'abs', 'square', 'floor', 'sign'];
const COMPARISONS: readonly Binary[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

function unaryType(op: Unary, dtype: DType): DType {
  return KEEPS_INTEGERS.includes(op) ? dtype : 'float32';
}

function binaryType(op: Binary, a: DType, b: DType): DType {
  if (COMPARISONS.includes(op)) return 'bool';
  return op === 'div' ? 'float32' : promote(a, b);
}

function operand(x: TensorType | number): TensorType {
  return typeof x === 'number' ? type([], 'float32') : x;
}

/** A whole number takes the other side's type; one with a fraction makes integers float32, as in PyTorch. */
function scalarType(x: TensorType | number, other: TensorType | number): DType {
  if (typeof x !== 'number') return x.dtype;
  const beside = typeof other === 'number' ? 'float32' : other.dtype;
  if (!Number.isInteger(x)) return 'float32';
  return beside === 'bool' ? 'int64' : beside;
}

function floatMap(op: string): (x: TensorType) => TensorType {
  return (x) => {
    expectFloat(op, x);
    return x;
  };
}

function reduced(op: string, x: TensorType, dims: readonly number[], keepdim: boolean): Shape {
  const gone = new Set(dimensions(op, dims, x.shape.length));
  return keepdim ? x.shape.map((size, i) => (gone.has(i) ? 1 : size)) : x.shape.filter((_, i) => !gone.has(i));
}

function floatReduced(op: string, x: TensorType, dims: readonly number[], keepdim: boolean): TensorType {
  expectFloat(op, x);
  return type(reduced(op, x, dims, keepdim), 'float32');
}

function along(op: string, x: TensorType, dim: number, float = false): TensorType {
  if (float) expectFloat(op, x);
  dimension(op, dim, x.shape.length);
  return x;
}

/** Logits (C) or (N, C, …) against indices () or (N, …). */
function expectClasses(op: string, input: TensorType, target: TensorType): void {
  expectFloat(op, input);
  if (target.dtype !== 'int64') throw misfit('dtype', `${op} expects int64 class indices as target`, target.dtype);
  const [batch, , ...rest] = input.shape;
  const wanted = input.shape.length === 1 ? [] : [batch, ...rest];
  if (!same(target.shape, wanted))
    throw misfit('size', `${op} expects a target of shape [${wanted.join(', ')}] for its input`, target.shape);
}
