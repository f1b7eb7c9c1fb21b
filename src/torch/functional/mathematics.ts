// Functions of single numbers beyond arithmetic, and products along a dimension.

import { asTensor, binary } from '../compose/arithmetic.ts';
import { rounded } from '../compose/grid.ts';
import { asin, atan, atan2 } from '../compose/inverse.ts';
import { cumprod, product } from '../compose/running.ts';
import { axes, flatten, rankOf, shapeOf } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Ops } from '../ops.ts';
import {
  bool,
  float,
  int,
  keywordOnly,
  onlyDefault,
  optionalDtype,
  optionalFloat,
  optionalInt,
  optionalInts,
  tensor,
  tensorOrNumber,
} from '../params.ts';
import { dimension } from '../shapes/arithmetic.ts';
import { everywhere, methods } from './names.ts';

const input = tensor();
const dtype = keywordOnly(optionalDtype());
/** The largest finite float32. */
const HUGE = 3.4028234663852886e38;

const ofOne: readonly TorchFunction[] = [
  made('sinh', (ops, x) => halfOf(ops, 'sub', x)),
  made('cosh', (ops, x) => halfOf(ops, 'add', x)),
  made('atan', atan, ['arctan']),
  made('asin', asin, ['arcsin']),
  made('acos', (ops, x) => ops.binary('sub', Math.PI / 2, asin(ops, x)), ['arccos']),
  made('log1p', (ops, x) => ops.unary('log', ops.binary('add', x, 1)), ['special.log1p']),
  made('expm1', (ops, x) => ops.binary('sub', ops.unary('exp', x), 1), ['special.expm1']),
  made('erfc', (ops, x) => ops.binary('sub', 1, ops.unary('erf', x)), ['special.erfc']),
  made('frac', (ops, x) =>
    ops.binary('sub', x, ops.binary('mul', ops.unary('sign', x), ops.unary('floor', ops.unary('abs', x)))),
  ),
  made('deg2rad', (ops, x) => ops.binary('mul', x, Math.PI / 180)),
  made('rad2deg', (ops, x) => ops.binary('mul', x, 180 / Math.PI)),
  fn({
    name: 'torch.round',
    aliases: methods('round'),
    inPlace: everywhere('round_'),
    args: { input, decimals: keywordOnly(int(0)) },
    forward(ops, { input: x, decimals }) {
      if (decimals === 0) return rounded(ops, x);
      return ops.binary('div', rounded(ops, ops.binary('mul', x, 10 ** decimals)), 10 ** decimals);
    },
  }),
  fn({
    name: 'torch.logit',
    aliases: [...methods('logit'), 'torch.special.logit'],
    inPlace: everywhere('logit_'),
    args: { input, eps: optionalFloat() },
    forward(ops, { input: x, eps }) {
      const inside = eps === null ? x : ops.clamp(x, eps, 1 - eps);
      return ops.unary('log', ops.binary('div', inside, ops.binary('sub', 1, inside)));
    },
  }),
  fn({
    name: 'torch.special.expit',
    args: { input },
    forward: (ops, { input: x }) => ops.unary('sigmoid', x),
  }),
  fn({
    name: 'torch.isinf',
    aliases: methods('isinf'),
    args: { input },
    forward: (ops, { input: x }) => ops.binary('gt', ops.unary('abs', x), HUGE),
  }),
  fn({
    name: 'torch.isfinite',
    aliases: methods('isfinite'),
    args: { input },
    forward: (ops, { input: x }) => ops.binary('le', ops.unary('abs', x), HUGE),
  }),
  fn({
    name: 'torch.nan_to_num',
    aliases: methods('nan_to_num'),
    inPlace: everywhere('nan_to_num_'),
    args: { input, nan: optionalFloat(), posinf: optionalFloat(), neginf: optionalFloat() },
    forward(ops, { input: x, nan, posinf, neginf }) {
      const numbers = ops.where(ops.binary('eq', x, x), x, nan ?? 0);
      const below = ops.where(ops.binary('gt', numbers, HUGE), posinf ?? HUGE, numbers);
      return ops.where(ops.binary('lt', below, -HUGE), neginf ?? -HUGE, below);
    },
  }),
];

const ofTwo: readonly TorchFunction[] = [
  fn({
    name: 'torch.atan2',
    aliases: [...everywhere('arctan2'), ...methods('atan2')],
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => atan2(ops, x, other),
  }),
  fn({
    name: 'torch.hypot',
    aliases: methods('hypot'),
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) =>
      ops.unary('sqrt', ops.binary('add', ops.unary('square', x), ops.unary('square', other))),
  }),
  fn({
    name: 'torch.fmax',
    aliases: methods('fmax'),
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => ops.binary('maximum', x, other),
  }),
  fn({
    name: 'torch.fmin',
    aliases: methods('fmin'),
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => ops.binary('minimum', x, other),
  }),
  fn({
    name: 'torch.logaddexp',
    aliases: methods('logaddexp'),
    args: { input, other: tensor() },
    forward(ops, { input: x, other }) {
      const gap = ops.unary('neg', ops.unary('abs', ops.binary('sub', x, other)));
      const rest = ops.unary('log', ops.binary('add', ops.unary('exp', gap), 1));
      return ops.binary('add', ops.binary('maximum', x, other), rest);
    },
  }),
  fn({
    name: 'torch.xlogy',
    aliases: [...methods('xlogy'), 'torch.special.xlogy'],
    inPlace: everywhere('xlogy_'),
    args: { input: tensorOrNumber(), other: tensorOrNumber() },
    forward(ops, { input: x, other }) {
      const zero = binary(ops, 'eq', x, 0);
      const logarithm = ops.unary('log', asTensor(ops, other));
      return ops.where(zero, 0, binary(ops, 'mul', x, logarithm));
    },
  }),
  fn({
    name: 'torch.heaviside',
    aliases: methods('heaviside'),
    args: { input, values: tensor() },
    forward: (ops, { input: x, values }) =>
      ops.where(ops.binary('eq', x, 0), values, ops.cast(ops.binary('gt', x, 0), ops.type(x).dtype)),
  }),
];

const alongLines: readonly TorchFunction[] = [
  fn({
    name: 'torch.prod',
    aliases: methods('prod'),
    args: { input, dim: optionalInt(), keepdim: bool(false), dtype },
    forward(ops, { input: x, dim, keepdim, dtype: as }) {
      const numbers = as === null ? integersFromBools(ops, x) : ops.cast(x, as);
      if (dim === null) return product(ops, flatten(ops, numbers, 0, -1), 0, false);
      return product(ops, numbers, dimension('prod', dim, rankOf(ops, x)), keepdim);
    },
  }),
  fn({
    name: 'torch.cumprod',
    aliases: methods('cumprod'),
    inPlace: methods('cumprod_'),
    args: { input, dim: int(), dtype },
    forward: (ops, { input: x, dim, dtype: as }) =>
      cumprod(ops, as === null ? x : ops.cast(x, as), dimension('cumprod', dim, rankOf(ops, x))),
  }),
  fn({
    name: 'torch.diff',
    aliases: methods('diff'),
    args: { input, n: int(1), dim: int(-1), prepend: onlyDefault(null), append: onlyDefault(null) },
    forward(ops, { input: x, n, dim }) {
      const axis = dimension('diff', dim, rankOf(ops, x));
      return Array.from({ length: n }).reduce<typeof x>((line) => {
        const size = shapeOf(ops, line)[axis];
        return ops.binary('sub', ops.slice(line, axis, 1, size, 1), ops.slice(line, axis, 0, Math.max(0, size - 1), 1));
      }, x);
    },
  }),
  fn({
    name: 'torch.count_nonzero',
    aliases: methods('count_nonzero'),
    args: { input, dim: optionalInts() },
    forward: (ops, { input: x, dim }) =>
      ops.sum(ops.cast(ops.binary('ne', x, 0), 'int64'), axes(ops, 'count_nonzero', x, dim), false),
  }),
  ...(['var', 'std'] as const).map((name) =>
    fn({
      name: `torch.${name}_mean`,
      args: {
        input,
        dim: optionalInts(),
        unbiased: bool(true),
        keepdim: bool(false),
        correction: keywordOnly(optionalInt()),
      },
      forward(ops, { input: x, dim, unbiased, keepdim, correction }) {
        const over = axes(ops, name, x, dim);
        const spread = ops.variance(x, over, keepdim, correction ?? Number(unbiased));
        return [name === 'var' ? spread : ops.unary('sqrt', spread), ops.mean(x, over, keepdim)];
      },
    }),
  ),
  fn({
    name: 'torch.aminmax',
    aliases: methods('aminmax'),
    args: { input, dim: keywordOnly(optionalInt()), keepdim: keywordOnly(bool(false)) },
    fields: ['min', 'max'],
    forward(ops, { input: x, dim, keepdim }) {
      const over = axes(ops, 'aminmax', x, dim === null ? null : [dim]);
      return [ops.unary('neg', ops.amax(ops.unary('neg', x), over, keepdim)), ops.amax(x, over, keepdim)];
    },
  }),
  fn({
    name: 'torch.renorm',
    aliases: methods('renorm'),
    args: { input, p: float(), dim: int(), maxnorm: float() },
    forward(ops, { input: x, p, dim, maxnorm }) {
      const axis = dimension('renorm', dim, rankOf(ops, x));
      const over = shapeOf(ops, x).flatMap((_, i) => (i === axis ? [] : [i]));
      const power = ops.sum(ops.binary('pow', ops.unary('abs', x), p), over, true);
      const size = ops.binary('pow', power, 1 / p);
      const factor = ops.binary('div', maxnorm, ops.binary('add', size, 1e-7));
      return ops.binary('mul', x, ops.where(ops.binary('gt', size, maxnorm), factor, 1));
    },
  }),
];

export const mathematicsFunctions: readonly TorchFunction[] = [...ofOne, ...ofTwo, ...alongLines];

function made(name: string, body: <T>(ops: Ops<T>, x: T) => T, others: readonly string[] = []): TorchFunction {
  const words = others.filter((word) => !word.includes('.'));
  return fn({
    name: `torch.${name}`,
    aliases: [
      ...methods(name),
      ...everywhere(...words),
      ...others.filter((w) => w.includes('.')).map((w) => `torch.${w}`),
    ],
    inPlace: everywhere(`${name}_`),
    args: { input },
    forward: (ops, { input: x }) => body(ops, ops.cast(x, 'float32')),
  });
}

/** (eˣ ± e⁻ˣ) / 2 */
function halfOf<T>(ops: Ops<T>, sign: 'add' | 'sub', x: T): T {
  return ops.binary('mul', ops.binary(sign, ops.unary('exp', x), ops.unary('exp', ops.unary('neg', x))), 0.5);
}

function integersFromBools<T>(ops: Ops<T>, x: T): T {
  return ops.type(x).dtype === 'bool' ? ops.cast(x, 'int64') : x;
}
