// Initial values that are not of torch.nn.init: what a tensor is created with, and the in-place methods user
// code calls on `weight.data`.

import { exp, log, pow } from '../base/elementary.ts';
import { normalQuantile } from '../base/random.ts';
import { copy, each, eye, type Initializer, indexFill, initializer } from './initializer.ts';
import { data, float, ignored, int, ints, optionalFloat, scalar } from './params.ts';
import type { Params } from './signature.ts';

const size = { size: ignored(), device: ignored(), dtype: ignored(), requires_grad: ignored() } satisfies Params;

/** What a tensor is created with. */
export const creations: readonly Initializer[] = [
  initializer('torch.zeros', size, (values) => void values.fill(0)),
  // What torch.empty holds is undefined; zeros are as good as any.
  initializer('torch.empty', size, (values) => void values.fill(0)),
  initializer('torch.ones', size, (values) => void values.fill(1)),
  initializer('torch.full', { ...size, fill_value: scalar() }, (values, _, { fill_value }) => {
    values.fill(fill_value);
  }),
  initializer('torch.randn', size, (values, _, __, random) => each(values, () => random.normal())),
  initializer('torch.rand', size, (values, _, __, random) => each(values, () => random.uniform())),
  initializer('torch.eye', { ...size, n: ignored(), m: ignored() }, eye),
  initializer(
    'torch.arange',
    { ...size, start: float(0), end: ignored(), step: float(1) },
    (values, _, { start, step }) => each(values, (_value, i) => start + i * step),
  ),
  initializer(
    'torch.linspace',
    { ...size, start: float(), end: float(), steps: ignored() },
    (values, _, { start, end }) =>
      each(values, (_value, i) => (values.length === 1 ? start : start + ((end - start) * i) / (values.length - 1))),
  ),
  initializer('torch.tensor', { ...size, data: data() }, copy),
];

/** The tensor's own in-place methods, as user code writes them on `weight.data`. */
export const methods: readonly Initializer[] = [
  initializer('torch.Tensor.zero_', {}, (values) => void values.fill(0)),
  initializer('torch.Tensor.fill_', { value: scalar() }, (values, _, { value }) => void values.fill(value)),
  initializer('torch.Tensor.normal_', { mean: float(0), std: float(1) }, (values, _, { mean, std }, random) =>
    each(values, () => mean + std * random.normal()),
  ),
  initializer('torch.Tensor.uniform_', { from: float(0), to: float(1) }, (values, _, args, random) =>
    each(values, () => args.from + (args.to - args.from) * random.uniform()),
  ),
  initializer('torch.Tensor.bernoulli_', { p: float(0.5) }, (values, _, { p }, random) =>
    each(values, () => (random.uniform() < p ? 1 : 0)),
  ),
  initializer('torch.Tensor.copy_', { data: data() }, copy),
  initializer('torch.Tensor.add_', { other: scalar(), alpha: scalar(1) }, (values, _, { other, alpha }) =>
    each(values, (value) => value + alpha * other),
  ),
  initializer('torch.Tensor.sub_', { other: scalar(), alpha: scalar(1) }, (values, _, { other, alpha }) =>
    each(values, (value) => value - alpha * other),
  ),
  initializer('torch.Tensor.mul_', { other: scalar() }, (values, _, { other }) =>
    each(values, (value) => value * other),
  ),
  initializer('torch.Tensor.div_', { other: scalar() }, (values, _, { other }) =>
    each(values, (value) => value / other),
  ),
  initializer('torch.Tensor.pow_', { exponent: scalar() }, (values, _, { exponent }) =>
    each(values, (value) => pow(value, exponent)),
  ),
  initializer('torch.Tensor.clamp_', { min: optionalFloat(), max: optionalFloat() }, (values, _, { min, max }) =>
    each(values, (value) =>
      Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min ?? Number.NEGATIVE_INFINITY, value)),
    ),
  ),
  initializer('torch.Tensor.erfinv_', {}, (values) =>
    each(values, (value) => normalQuantile((1 + value) / 2) / Math.SQRT2),
  ),
  initializer('torch.Tensor.exp_', {}, (values) => each(values, exp)),
  initializer('torch.Tensor.log_', {}, (values) => each(values, log)),
  initializer('torch.Tensor.sqrt_', {}, (values) => each(values, Math.sqrt)),
  initializer('torch.Tensor.abs_', {}, (values) => each(values, Math.abs)),
  initializer('torch.Tensor.neg_', {}, (values) => each(values, (value) => -value)),
  initializer('torch.Tensor.index_fill_', { dim: int(), index: ints(), value: scalar() }, indexFill),
];
