import { cos, erf, exp, log, sin, tanh } from '../../base/elementary.ts';
import type { Unary } from '../../torch/ops.ts';
import { address, float, int, kernel } from './kernel.ts';

export type Activation = Unary | 'leaky_relu' | 'elu' | 'softplus' | 'gelu' | 'gelu_tanh' | 'clamp';

interface Definition {
  /** What the derivative is written in: the function's input or its output. */
  readonly saves: 'x' | 'y';
  f(x: number, alpha: number, beta: number): number;
  /** The derivative, from the input or the output. */
  df(saved: number, alpha: number, beta: number): number;
}

const sigmoid = (x: number) => 1 / (1 + exp(-x));
const softplus = (x: number) => Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
const tanhSoftplus = (x: number) => tanh(softplus(x));
const SQRT_2_OVER_PI = 0.7978845608028654;
const INVERSE_SQRT_2_PI = 0.3989422804014327;
const inner = (x: number) => SQRT_2_OVER_PI * (x + 0.044715 * x * x * x);

/** A kernel's `op` is the position here. `alpha` and `beta` are each function's own parameters. */
export const ACTIVATIONS: Readonly<Record<Activation, Definition>> = {
  relu: { saves: 'y', f: (x) => Math.max(x, 0), df: (y) => (y > 0 ? 1 : 0) },
  relu6: { saves: 'y', f: (x) => Math.min(Math.max(x, 0), 6), df: (y) => (y > 0 && y < 6 ? 1 : 0) },
  tanh: { saves: 'y', f: tanh, df: (y) => 1 - y * y },
  sigmoid: { saves: 'y', f: sigmoid, df: (y) => y * (1 - y) },
  silu: {
    saves: 'x',
    f: (x) => x * sigmoid(x),
    df: (x) => {
      const s = sigmoid(x);
      return s * (1 + x * (1 - s));
    },
  },
  hardswish: {
    saves: 'x',
    f: (x) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    df: (x) => (x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5),
  },
  hardsigmoid: {
    saves: 'y',
    f: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5),
    df: (y) => (y > 0 && y < 1 ? 1 / 6 : 0),
  },
  mish: {
    saves: 'x',
    f: (x) => x * tanhSoftplus(x),
    df: (x) => {
      const t = tanhSoftplus(x);
      return t + x * (1 - t * t) * sigmoid(x);
    },
  },
  softsign: {
    saves: 'x',
    f: (x) => x / (1 + Math.abs(x)),
    df: (x) => 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x))),
  },
  neg: { saves: 'y', f: (x) => -x, df: () => -1 },
  exp: { saves: 'y', f: exp, df: (y) => y },
  log: { saves: 'x', f: log, df: (x) => 1 / x },
  sqrt: { saves: 'y', f: Math.sqrt, df: (y) => 0.5 / y },
  rsqrt: { saves: 'y', f: (x) => 1 / Math.sqrt(x), df: (y) => -0.5 * y * y * y },
  abs: { saves: 'x', f: Math.abs, df: Math.sign },
  sin: { saves: 'x', f: sin, df: cos },
  cos: { saves: 'x', f: cos, df: (x) => -sin(x) },
  erf: { saves: 'x', f: erf, df: (x) => 1.1283791670955126 * exp(-x * x) },
  reciprocal: { saves: 'y', f: (x) => 1 / x, df: (y) => -y * y },
  square: { saves: 'x', f: (x) => x * x, df: (x) => 2 * x },
  floor: { saves: 'y', f: Math.floor, df: () => 0 },
  sign: { saves: 'y', f: Math.sign, df: () => 0 },
  // alpha: negative_slope
  leaky_relu: { saves: 'x', f: (x, alpha) => (x > 0 ? x : alpha * x), df: (x, alpha) => (x > 0 ? 1 : alpha) },
  elu: {
    saves: 'x',
    f: (x, alpha) => (x > 0 ? x : alpha * (exp(x) - 1)),
    df: (x, alpha) => (x > 0 ? 1 : alpha * exp(x)),
  },
  // alpha: beta, beta: threshold
  softplus: {
    saves: 'x',
    f: (x, alpha, beta) => (x * alpha > beta ? x : softplus(x * alpha) / alpha),
    df: (x, alpha, beta) => (x * alpha > beta ? 1 : sigmoid(x * alpha)),
  },
  gelu: {
    saves: 'x',
    f: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    df: (x) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * INVERSE_SQRT_2_PI * exp(-0.5 * x * x),
  },
  gelu_tanh: {
    saves: 'x',
    f: (x) => 0.5 * x * (1 + tanh(inner(x))),
    df: (x) => {
      const t = tanh(inner(x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
    },
  },
  // alpha: min, beta: max
  clamp: {
    saves: 'x',
    f: (x, alpha, beta) => Math.min(Math.max(x, alpha), beta),
    df: (x, alpha, beta) => (x >= alpha && x <= beta ? 1 : 0),
  },
};

const definitions = Object.values(ACTIVATIONS);
const names = Object.keys(ACTIVATIONS);

export function activationCode(name: Activation): number {
  return names.indexOf(name);
}

/** y = f(x) */
export const unary = kernel(
  { op: int, n: int, x: address, y: address, alpha: float, beta: float },
  ({ f }, { op, n, x, y, alpha, beta }) => {
    const definition = definitions[op];
    for (let j = 0; j < n; j++) f[y + j] = definition.f(f[x + j], alpha, beta);
  },
);

/** gx = gy · f'(saved) */
export const unary_grad = kernel(
  { op: int, n: int, saved: address, gy: address, gx: address, alpha: float, beta: float },
  ({ f }, { op, n, saved, gy, gx, alpha, beta }) => {
    const definition = definitions[op];
    for (let j = 0; j < n; j++) f[gx + j] = f[gy + j] * definition.df(f[saved + j], alpha, beta);
  },
);
