// Elementwise arithmetic and comparison, with numbers and with broadcasting.

import {
  addScaled,
  asTensor,
  binary,
  clamp,
  divide,
  not,
  remainder,
  subtractScaled,
  trunc,
  truth,
} from '../compose/arithmetic.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Binary, Ops, Unary } from '../ops.ts';
import { custom, keywordOnly, optionalTensorOrNumber, scalar, tensor, tensorOrNumber } from '../params.ts';
import { misfit } from '../shapes/arithmetic.ts';
import { everywhere, methods, operators } from './names.ts';

const pair = { input: tensorOrNumber(), other: tensorOrNumber() };
const alpha = keywordOnly(scalar(1));

const arithmetic: readonly TorchFunction[] = [
  fn({
    name: 'torch.add',
    aliases: [...methods('add'), ...operators('add', 'radd')],
    inPlace: [...methods('add_'), ...operators('iadd')],
    args: { ...pair, alpha },
    forward: (ops, args) => addScaled(ops, args.input, args.other, args.alpha),
  }),
  fn({
    name: 'torch.sub',
    aliases: ['torch.subtract', ...methods('sub', 'subtract'), ...operators('sub')],
    inPlace: [...methods('sub_', 'subtract_'), ...operators('isub')],
    args: { ...pair, alpha },
    forward: (ops, args) => subtractScaled(ops, args.input, args.other, args.alpha),
  }),
  fn({
    name: 'torch.rsub',
    aliases: operators('rsub'),
    args: { ...pair, alpha: scalar(1) },
    forward: (ops, args) => subtractScaled(ops, args.other, args.input, args.alpha),
  }),
  fn({
    name: 'torch.mul',
    aliases: ['torch.multiply', ...methods('mul', 'multiply'), ...operators('mul', 'rmul')],
    inPlace: [...methods('mul_', 'multiply_'), ...operators('imul')],
    args: pair,
    forward: (ops, { input, other }) => binary(ops, 'mul', input, other),
  }),
  fn({
    name: 'torch.div',
    aliases: ['torch.divide', ...methods('div', 'divide')],
    inPlace: methods('div_', 'divide_'),
    args: {
      ...pair,
      rounding_mode: keywordOnly(
        custom(
          "'trunc', 'floor' or None",
          (mode) => (mode === null || mode === 'trunc' || mode === 'floor' ? mode : undefined),
          null,
        ),
      ),
    },
    forward: (ops, { input, other, rounding_mode }) => divide(ops, input, other, rounding_mode),
  }),
  fn({
    name: 'torch.true_divide',
    aliases: [...methods('true_divide'), ...operators('truediv', 'div')],
    inPlace: [...methods('true_divide_'), ...operators('itruediv', 'idiv')],
    args: pair,
    forward: (ops, { input, other }) => divide(ops, input, other, null),
  }),
  fn({
    name: 'torch.Tensor.__rtruediv__',
    aliases: operators('rdiv'),
    args: pair,
    forward: (ops, { input, other }) => divide(ops, other, input, null),
  }),
  fn({
    name: 'torch.floor_divide',
    aliases: [...methods('floor_divide'), ...operators('floordiv')],
    inPlace: [...methods('floor_divide_'), ...operators('ifloordiv')],
    args: pair,
    forward: (ops, { input, other }) => divide(ops, input, other, 'floor'),
  }),
  fn({
    name: 'torch.remainder',
    aliases: [...methods('remainder'), ...operators('mod')],
    inPlace: [...methods('remainder_'), ...operators('imod')],
    args: pair,
    forward: (ops, { input, other }) => remainder(ops, input, other, 'floor'),
  }),
  fn({
    name: 'torch.fmod',
    aliases: methods('fmod'),
    inPlace: methods('fmod_'),
    args: pair,
    forward: (ops, { input, other }) => remainder(ops, input, other, 'trunc'),
  }),
  fn({
    name: 'torch.pow',
    aliases: [...methods('pow'), ...operators('pow')],
    inPlace: [...methods('pow_'), ...operators('ipow')],
    args: { input: tensorOrNumber(), exponent: tensorOrNumber() },
    forward: (ops, { input, exponent }) => power(ops, input, exponent),
  }),
  fn({
    name: 'torch.Tensor.__rpow__',
    args: pair,
    forward: (ops, { input, other }) => power(ops, other, input),
  }),
  fn({
    name: 'torch.addcmul',
    aliases: methods('addcmul'),
    inPlace: methods('addcmul_'),
    args: { input: tensor(), tensor1: tensor(), tensor2: tensor(), value: keywordOnly(scalar(1)) },
    forward: (ops, { input, tensor1, tensor2, value }) =>
      addScaled(ops, input, ops.binary('mul', tensor1, tensor2), value),
  }),
  fn({
    name: 'torch.addcdiv',
    aliases: methods('addcdiv'),
    inPlace: methods('addcdiv_'),
    args: { input: tensor(), tensor1: tensor(), tensor2: tensor(), value: keywordOnly(scalar(1)) },
    forward: (ops, { input, tensor1, tensor2, value }) =>
      addScaled(ops, input, ops.binary('div', tensor1, tensor2), value),
  }),
  fn({
    name: 'torch.lerp',
    aliases: methods('lerp'),
    inPlace: methods('lerp_'),
    args: { input: tensor(), end: tensor(), weight: tensorOrNumber() },
    forward: (ops, { input, end, weight }) =>
      ops.binary('add', input, ops.binary('mul', ops.binary('sub', end, input), weight)),
  }),
  fn({
    name: 'torch.clamp',
    aliases: ['torch.clip', ...methods('clamp', 'clip')],
    inPlace: [...everywhere('clamp_', 'clip_')],
    args: { input: tensor(), min: optionalTensorOrNumber(), max: optionalTensorOrNumber() },
    forward: (ops, { input, min, max }) => clamp(ops, input, min, max),
  }),
  fn({
    name: 'torch.clamp_min',
    aliases: methods('clamp_min'),
    inPlace: everywhere('clamp_min_'),
    args: { input: tensor(), min: tensorOrNumber() },
    forward: (ops, { input, min }) => clamp(ops, input, min, null),
  }),
  fn({
    name: 'torch.clamp_max',
    aliases: methods('clamp_max'),
    inPlace: everywhere('clamp_max_'),
    args: { input: tensor(), max: tensorOrNumber() },
    forward: (ops, { input, max }) => clamp(ops, input, null, max),
  }),
];

const comparisons: readonly TorchFunction[] = [
  comparison('eq', [], 'eq'),
  comparison('ne', ['not_equal'], 'ne'),
  comparison('lt', ['less'], 'lt'),
  comparison('le', ['less_equal'], 'le'),
  comparison('gt', ['greater'], 'gt'),
  comparison('ge', ['greater_equal'], 'ge'),
  extreme('maximum'),
  extreme('minimum'),
  ...logical('and', (ops, a, b) => ops.binary('mul', a, b)),
  ...logical('or', (ops, a, b) => ops.binary('maximum', a, b)),
  ...logical('xor', (ops, a, b) => ops.binary('ne', a, b)),
  fn({
    name: 'torch.logical_not',
    aliases: methods('logical_not'),
    inPlace: methods('logical_not_'),
    args: { input: tensor() },
    forward: (ops, { input }) => not(ops, input),
  }),
  fn({
    name: 'torch.bitwise_not',
    aliases: [...methods('bitwise_not'), ...operators('invert')],
    inPlace: methods('bitwise_not_'),
    args: { input: tensor() },
    forward: (ops, { input }) => not(ops, expectBool(ops, 'bitwise_not', input)),
  }),
  fn({
    name: 'torch.isnan',
    aliases: methods('isnan'),
    args: { input: tensor() },
    forward: (ops, { input }) => ops.binary('ne', input, input),
  }),
];

const unaries: readonly TorchFunction[] = [
  unary('neg', ['negative'], operators('neg')),
  unary('exp', []),
  unary('log', []),
  unary('sqrt', []),
  unary('rsqrt', []),
  unary('abs', ['absolute'], operators('abs')),
  unary('sin', []),
  unary('cos', []),
  unary('erf', ['special.erf']),
  unary('reciprocal', []),
  unary('square', []),
  unary('floor', []),
  unary('sign', []),
  made('ceil', (ops, x) => ops.unary('neg', ops.unary('floor', ops.unary('neg', x)))),
  made('trunc', trunc),
  made('log2', (ops, x) => ops.binary('mul', ops.unary('log', x), 1 / Math.LN2)),
  made('log10', (ops, x) => ops.binary('mul', ops.unary('log', x), 1 / Math.LN10)),
  made('exp2', (ops, x) => ops.unary('exp', ops.binary('mul', x, Math.LN2))),
  made('tan', (ops, x) => ops.binary('div', ops.unary('sin', x), ops.unary('cos', x))),
];

export const arithmeticFunctions: readonly TorchFunction[] = [...arithmetic, ...comparisons, ...unaries];

function power<T>(ops: Ops<T>, base: T | number, exponent: T | number): T {
  if (typeof base === 'number') return ops.binary('pow', base, asTensor(ops, exponent));
  if (exponent === 2) return ops.unary('square', base);
  if (exponent === 0.5) return ops.unary('sqrt', base);
  return ops.binary('pow', base, exponent);
}

function comparison(name: string, others: readonly string[], op: Binary): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: [...methods(name), ...everywhere(...others), ...operators(name)],
    args: pair,
    forward: (ops, { input, other }) => binary(ops, op, input, other),
  });
}

function extreme(op: 'maximum' | 'minimum'): TorchFunction {
  return fn({
    name: `torch.${op}`,
    aliases: methods(op),
    args: { input: tensor(), other: tensor() },
    forward: (ops, { input, other }) => ops.binary(op, input, other),
  });
}

/** The bitwise form and the operator mean the same for bools; of integers they would be another thing. */
function logical(word: 'and' | 'or' | 'xor', body: <T>(ops: Ops<T>, a: T, b: T) => T): readonly TorchFunction[] {
  const args = { input: tensor(), other: tensorOrNumber() };
  const bitwise = `bitwise_${word}`;
  return [
    fn({
      name: `torch.logical_${word}`,
      aliases: methods(`logical_${word}`),
      inPlace: methods(`logical_${word}_`),
      args: { input: tensor(), other: tensor() },
      forward: (ops, { input, other }) => body(ops, truth(ops, input), truth(ops, other)),
    }),
    fn({
      name: `torch.${bitwise}`,
      aliases: [...methods(bitwise), ...operators(word, `r${word}`)],
      inPlace: [...methods(`${bitwise}_`), ...operators(`i${word}`)],
      args,
      forward(ops, { input, other }) {
        const second = asTensor(ops, other, 'bool');
        return body(ops, expectBool(ops, bitwise, input), expectBool(ops, bitwise, second));
      },
    }),
  ];
}

function expectBool<T>(ops: Ops<T>, op: string, x: T): T {
  const { dtype } = ops.type(x);
  if (dtype !== 'bool') throw misfit('dtype', `${op} expects bool; integers are not known yet`, dtype);
  return x;
}

function unary(op: Unary, others: readonly string[], symbols: readonly string[] = []): TorchFunction {
  const inTensor = others.filter((word) => !word.includes('.'));
  return fn({
    name: `torch.${op}`,
    aliases: [...methods(op, ...inTensor), ...others.map((word) => `torch.${word}`), ...symbols],
    inPlace: [...everywhere(`${op}_`), ...everywhere(...inTensor.map((word) => `${word}_`))],
    args: { input: tensor() },
    forward: (ops, { input }) => ops.unary(op, input),
  });
}

function made(name: string, body: <T>(ops: Ops<T>, x: T) => T): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    inPlace: everywhere(`${name}_`),
    args: { input: tensor() },
    forward: (ops, { input }) => body(ops, input),
  });
}
