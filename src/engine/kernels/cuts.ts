// How a kernel's call may be cut into calls that write disjoint memory. Where to cut depends on sizes alone, and
// the cut is made with one thread too, so that a result never depends on how many threads there are. A kernel
// that is not here runs whole.

import type { KernelName, kernels } from './all.ts';
import { BINARY } from './elementwise.ts';
import type { KernelArgs, KernelParams } from './kernel.ts';

export interface Cut<P extends KernelParams = KernelParams> {
  /** About how many nanoseconds one core takes for it. */
  work(args: KernelArgs<P>): number;
  /** What can be shared out; 1 where nothing can. */
  units(args: KernelArgs<P>): number;
  /** Units that stay together. */
  grain?(args: KernelArgs<P>): number;
  /** The call for `count` units from `first` on. */
  part(args: KernelArgs<P>, first: number, count: number): KernelArgs;
  /** Results that every part adds to, with their elements: parts get their own, which are summed afterwards. */
  sums?(args: KernelArgs<P>): Readonly<Record<string, number>>;
}

type ParamsOf<N extends KernelName> = (typeof kernels)[N]['params'];

/** A call over `size` units; `strides` are the elements between two of them, by address. */
interface Rows<N extends KernelName> {
  readonly size: keyof ParamsOf<N> & string;
  strides(args: KernelArgs<ParamsOf<N>>): { readonly [K in keyof ParamsOf<N>]?: number };
  /** About how many nanoseconds one unit takes. */
  work(args: KernelArgs<ParamsOf<N>>): number;
  grain?(args: KernelArgs<ParamsOf<N>>): number;
  sums?(args: KernelArgs<ParamsOf<N>>): Readonly<Record<string, number>>;
}

function rows<N extends KernelName>({ size, strides, work, grain, sums }: Rows<N>): Cut<ParamsOf<N>> {
  return {
    work: (args) => args[size] * work(args),
    units: (args) => args[size],
    part: (args, first, count) => ({ ...args, [size]: count, ...moved(args, strides(args), first) }),
    ...(grain === undefined ? {} : { grain }),
    ...(sums === undefined ? {} : { sums }),
  };
}

/** The addresses `first` units on; what is absent stays so. */
function moved(args: KernelArgs, strides: Readonly<Record<string, number | undefined>>, first: number): KernelArgs {
  const at: Record<string, number> = {};
  for (const [name, stride = 0] of Object.entries(strides))
    at[name] = args[name] === 0 ? 0 : args[name] + 4 * stride * first;
  return at;
}

// Elementwise.

const ELEMENT = 0.4;
const FUNCTION = 3;
const POW = BINARY.indexOf('pow');
/** Elements of 64 bytes: no two parts write to one cache line. */
const LINE = 16;

type Strided = 'binary' | 'compare' | 'binary_int';

/** The first of the four dimensions that is not 1. */
const strided: Cut<ParamsOf<Strided>> = {
  work: ({ op, d0, d1, d2, d3 }) => d0 * d1 * d2 * d3 * (op === POW ? 20 : ELEMENT),
  units: (args) => args[outermost(args)],
  grain: (args) => (outermost(args) === 'd3' ? LINE : 1),
  part(args, first, count) {
    const { d1, d2, d3 } = args;
    const outer = outermost(args);
    const [a, b, y] = (
      {
        d0: [args.a0, args.b0, d1 * d2 * d3],
        d1: [args.a1, args.b1, d2 * d3],
        d2: [args.a2, args.b2, d3],
        d3: [args.a3, args.b3, 1],
      } as const
    )[outer];
    return { ...args, [outer]: count, ...moved(args, { a, b, y }, first) };
  },
};

function outermost({ d0, d1, d2 }: KernelArgs<ParamsOf<Strided>>): 'd0' | 'd1' | 'd2' | 'd3' {
  return d0 > 1 ? 'd0' : d1 > 1 ? 'd1' : d2 > 1 ? 'd2' : 'd3';
}

const DIMENSIONS = [0, 1, 2, 3, 4, 5] as const;
/** A dimension of so many is worth cutting before a larger one inside of it. */
const WIDE = 16;

const copy: Cut<ParamsOf<'copy'>> = {
  work: (args) => copied(args) * (args.x5 === 1 && args.y5 === 1 ? ELEMENT : 2),
  units: (args) => args[`d${widest(args)}`],
  grain: (args) => (widest(args) === 5 ? LINE : 1),
  part(args, first, count) {
    const d = widest(args);
    return { ...args, [`d${d}`]: count, ...moved(args, { x: args[`x${d}`], y: args[`y${d}`] }, first) };
  },
};

function copied({ d0, d1, d2, d3, d4, d5 }: KernelArgs<ParamsOf<'copy'>>): number {
  return d0 * d1 * d2 * d3 * d4 * d5;
}

function widest(args: KernelArgs<ParamsOf<'copy'>>): (typeof DIMENSIONS)[number] {
  let best: (typeof DIMENSIONS)[number] = 0;
  for (const d of DIMENSIONS) {
    if (args[`d${d}`] >= WIDE) return d;
    if (args[`d${d}`] > args[`d${best}`]) best = d;
  }
  return best;
}

const line = () => LINE;

const elementwise = {
  where: rows<'where'>({
    size: 'n',
    strides: () => ({ condition: 1, a: 1, b: 1, y: 1 }),
    work: () => ELEMENT,
    grain: line,
  }),
  cast_to_int: rows<'cast_to_int'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => 1, grain: line }),
  cast_to_float: rows<'cast_to_float'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => 1, grain: line }),
  cast_to_bool: rows<'cast_to_bool'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => 1, grain: line }),
  fill: rows<'fill'>({ size: 'n', strides: () => ({ y: 1 }), work: () => ELEMENT / 2, grain: line }),
  fill_int: rows<'fill_int'>({ size: 'n', strides: () => ({ y: 1 }), work: () => ELEMENT, grain: line }),
  unary: rows<'unary'>({
    size: 'n',
    strides: () => ({ x: 1, y: 1 }),
    work: ({ op }) => (op === 0 ? ELEMENT : FUNCTION),
    grain: line,
  }),
  unary_grad: rows<'unary_grad'>({
    size: 'n',
    strides: () => ({ saved: 1, gy: 1, gx: 1 }),
    work: ({ op }) => (op === 0 ? ELEMENT : FUNCTION),
    grain: line,
  }),
  sgd: rows<'sgd'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, momentum_buffer: 1, update: 1 }),
    work: () => 1,
    grain: line,
  }),
  adam: rows<'adam'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, exp_avg: 1, exp_avg_sq: 1, max_exp_avg_sq: 1, update: 1 }),
    work: () => 3,
    grain: line,
  }),
  rmsprop: rows<'rmsprop'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, square_avg: 1, momentum_buffer: 1, grad_avg: 1, update: 1 }),
    work: () => 3,
    grain: line,
  }),
  adagrad: rows<'adagrad'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, sum: 1, update: 1 }),
    work: () => 3,
    grain: line,
  }),
  axpby: rows<'axpby'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => ELEMENT, grain: line }),
  clip_grad_value: rows<'clip_grad_value'>({ size: 'n', strides: () => ({ g: 1 }), work: () => ELEMENT, grain: line }),
};

// Over one dimension of (outer, n, inner).

const across = ({ n, inner }: { readonly n: number; readonly inner: number }) => n * inner;

const reductions = {
  sum: rows<'sum'>({ size: 'outer', strides: (args) => ({ x: across(args), y: args.inner }), work: across }),
  amax: rows<'amax'>({
    size: 'outer',
    strides: (args) => ({ x: across(args), y: args.inner }),
    work: (args) => 1.5 * across(args),
  }),
  argmax: rows<'argmax'>({
    size: 'outer',
    strides: (args) => ({ x: across(args), y: args.inner }),
    work: (args) => 1.5 * across(args),
  }),
  cumsum: rows<'cumsum'>({
    size: 'outer',
    strides: (args) => ({ x: across(args), y: across(args) }),
    work: (args) => 3 * across(args),
  }),
  softmax: rows<'softmax'>({
    size: 'outer',
    strides: (args) => ({ x: across(args), y: across(args) }),
    work: (args) => FUNCTION * across(args),
    // A row's place among `causal` says how far it sees.
    grain: ({ causal }) => Math.max(1, causal),
  }),
  softmax_grad: rows<'softmax_grad'>({
    size: 'outer',
    strides: (args) => ({ y: across(args), gy: across(args), gx: across(args) }),
    work: across,
  }),
  log_softmax: rows<'log_softmax'>({
    size: 'outer',
    strides: (args) => ({ x: across(args), y: across(args) }),
    work: (args) => FUNCTION * across(args),
  }),
  log_softmax_grad: rows<'log_softmax_grad'>({
    size: 'outer',
    strides: (args) => ({ y: across(args), gy: across(args), gx: across(args) }),
    work: (args) => FUNCTION * across(args),
  }),
};

// Products.

type ConvArgs = KernelArgs<Omit<ParamsOf<'conv'>, 'x' | 'w' | 'packed' | 'bias' | 'y' | 'scratch'>>;
const inputsOf = ({ ci, id, ih, iw }: ConvArgs) => ci * id * ih * iw;
const placesOf = ({ od, oh, ow }: ConvArgs) => od * oh * ow;
const weightsOf = ({ co, ci, groups, kd, kh, kw }: ConvArgs) => (co * ci * kd * kh * kw) / groups;
const convWork = (args: ConvArgs) => (placesOf(args) * weightsOf(args)) / 8;
/** Products a weight's gradient must have in a part, for the sum over the parts to cost little. */
const PLACES = 1024;

const products = {
  gemm: rows<'gemm'>({
    size: 'batch',
    strides: ({ a_stride, b_stride, m, n }) => ({ a: a_stride, b: b_stride, c: m * n }),
    work: ({ m, n, k }) => (m * n * k) / 8,
  }),
  conv: rows<'conv'>({
    size: 'n',
    strides: (args) => ({ x: inputsOf(args), y: args.co * placesOf(args) }),
    work: convWork,
    grain: ({ samples }) => samples,
  }),
  conv_grad_input: rows<'conv_grad_input'>({
    size: 'n',
    strides: (args) => ({ gx: inputsOf(args), gy: args.co * placesOf(args) }),
    work: convWork,
    grain: ({ samples }) => samples,
  }),
  conv_grad_weight: rows<'conv_grad_weight'>({
    size: 'n',
    strides: (args) => ({ x: inputsOf(args), gy: args.co * placesOf(args) }),
    work: convWork,
    grain: (args) => Math.ceil(Math.max(args.samples, PLACES / placesOf(args)) / args.samples) * args.samples,
    sums: (args) => ({ gw: weightsOf(args) }),
  }),
};

// Normalization, pooling, indexing.

const NORM = 1.5;
const perSample = ({ c, s }: { readonly c: number; readonly s: number }) => c * s;

const norms = {
  group_norm: rows<'group_norm'>({
    size: 'n',
    strides: (args) => ({ x: perSample(args), y: perSample(args), mean: args.groups, variance: args.groups }),
    work: (args) => NORM * perSample(args),
  }),
  group_norm_grad: rows<'group_norm_grad'>({
    size: 'n',
    strides: (args) => ({
      x: perSample(args),
      gy: perSample(args),
      gx: perSample(args),
      mean: args.groups,
      variance: args.groups,
    }),
    work: (args) => NORM * perSample(args),
    sums: ({ c }) => ({ gw: c, gb: c }),
  }),
  layer_norm: rows<'layer_norm'>({
    size: 'rows',
    strides: ({ d }) => ({ x: d, y: d, mean: 1, invstd: 1 }),
    work: ({ d }) => NORM * d,
  }),
  layer_norm_grad: rows<'layer_norm_grad'>({
    size: 'rows',
    strides: ({ d }) => ({ x: d, gy: d, gx: d, mean: 1, invstd: 1 }),
    work: ({ d }) => NORM * d,
    sums: ({ d }) => ({ gw: d, gb: d }),
  }),
  rms_norm: rows<'rms_norm'>({
    size: 'rows',
    strides: ({ d }) => ({ x: d, y: d, invstd: 1 }),
    work: ({ d }) => NORM * d,
  }),
};

interface Sizes {
  readonly id: number;
  readonly ih: number;
  readonly iw: number;
  readonly od: number;
  readonly oh: number;
  readonly ow: number;
}
const before = ({ id, ih, iw }: Sizes) => id * ih * iw;
const after = ({ od, oh, ow }: Sizes) => od * oh * ow;
const pooled = (args: Sizes & { readonly kd: number; readonly kh: number; readonly kw: number }) =>
  2 * after(args) * args.kd * args.kh * args.kw;

const pools = {
  max_pool: rows<'max_pool'>({
    size: 'nc',
    strides: (args) => ({ x: before(args), y: after(args), index: after(args) }),
    work: pooled,
  }),
  adaptive_max_pool: rows<'adaptive_max_pool'>({
    size: 'nc',
    strides: (args) => ({ x: before(args), y: after(args), index: after(args) }),
    work: (args) => 2 * before(args),
  }),
  max_pool_grad: rows<'max_pool_grad'>({
    size: 'nc',
    strides: ({ inputs, outputs }) => ({ index: outputs, gy: outputs, gx: inputs }),
    work: ({ inputs, outputs }) => inputs / 4 + 2 * outputs,
  }),
  avg_pool: rows<'avg_pool'>({
    size: 'nc',
    strides: (args) => ({ x: before(args), y: after(args) }),
    work: pooled,
  }),
  avg_pool_grad: rows<'avg_pool_grad'>({
    size: 'nc',
    strides: (args) => ({ gx: before(args), gy: after(args) }),
    work: pooled,
  }),
  adaptive_avg_pool: rows<'adaptive_avg_pool'>({
    size: 'nc',
    strides: (args) => ({ x: before(args), y: after(args) }),
    work: before,
  }),
  adaptive_avg_pool_grad: rows<'adaptive_avg_pool_grad'>({
    size: 'nc',
    strides: (args) => ({ gx: before(args), gy: after(args) }),
    work: before,
  }),
  interpolate: rows<'interpolate'>({
    size: 'nc',
    strides: ({ ih, iw, oh, ow }) => ({ x: ih * iw, y: oh * ow }),
    work: ({ oh, ow }) => 6 * oh * ow,
  }),
  interpolate_grad: rows<'interpolate_grad'>({
    size: 'nc',
    strides: ({ ih, iw, oh, ow }) => ({ gx: ih * iw, gy: oh * ow }),
    work: ({ oh, ow }) => 6 * oh * ow,
  }),
};

interface Picked {
  readonly size: number;
  readonly inner: number;
  readonly count: number;
}
const source = ({ size, inner }: Picked) => size * inner;
const taken = ({ count, inner }: Picked) => count * inner;

const picks = {
  index_select: rows<'index_select'>({
    size: 'outer',
    strides: (args) => ({ x: source(args), y: taken(args) }),
    work: (args) => ELEMENT * taken(args),
  }),
  index_add: rows<'index_add'>({
    size: 'outer',
    strides: (args) => ({ gx: source(args), gy: taken(args) }),
    work: (args) => ELEMENT * (source(args) + taken(args)),
  }),
  gather: rows<'gather'>({
    size: 'outer',
    strides: (args) => ({ x: source(args), index: taken(args), y: taken(args) }),
    work: (args) => 2 * taken(args),
  }),
  gather_add: rows<'gather_add'>({
    size: 'outer',
    strides: (args) => ({ gx: source(args), index: taken(args), gy: taken(args) }),
    work: (args) => ELEMENT * source(args) + 2 * taken(args),
  }),
};

export const cuts: { readonly [N in KernelName]?: Cut } = {
  binary: strided,
  compare: strided,
  binary_int: strided,
  copy,
  ...elementwise,
  ...reductions,
  ...products,
  ...norms,
  ...pools,
  ...picks,
};
