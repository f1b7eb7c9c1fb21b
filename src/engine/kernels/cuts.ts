// How calls may be cut, by kernel; see cut.ts.

import type { KernelName } from './all.ts';
import { type Cut, moved, type ParamsOf, rows } from './cut.ts';
import { ELEMENT, elementwise, FUNCTION } from './cut-elementwise.ts';
import { chance, losses } from './cut-losses.ts';
import { products } from './cut-products.ts';

// Over one dimension of (outer, n, inner).

const across = ({ n, inner }: { readonly n: number; readonly inner: number }) => n * inner;

const outerSum = rows<'sum'>({
  size: 'outer',
  strides: (args) => ({ x: across(args), y: args.inner }),
  work: across,
});
/** Of one result, or row of results: every part sums some of n. */
const innerSum = rows<'sum'>({
  size: 'n',
  strides: ({ inner }) => ({ x: inner }),
  work: ({ inner }) => inner,
  sums: ({ inner }) => ({ y: inner }),
});
const sumOf = ({ outer }: { readonly outer: number }) => (outer > 1 ? outerSum : innerSum);

const sum: Cut<ParamsOf<'sum'>> = {
  work: (args) => sumOf(args).work(args),
  units: (args) => sumOf(args).units(args),
  part: (args, first, count) => sumOf(args).part(args, first, count),
  sums: (args) => sumOf(args).sums?.(args) ?? {},
};

const reductions = {
  sum,
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

// Normalization, pooling, indexing.

const NORM = 1.5;
const perSample = ({ c, s }: { readonly c: number; readonly s: number }) => c * s;

interface Channels {
  readonly n: number;
  readonly c: number;
  readonly s: number;
  readonly first: number;
  readonly taken: number;
}

/** By channels. Of features (N, C), whole lines: neighbors in a row are of different channels. */
const byChannels = {
  work: ({ n, s, taken }: Channels) => 2 * NORM * n * s * taken,
  units: ({ taken }: Channels) => taken,
  grain: ({ s }: Channels) => (s === 1 ? 16 : 1),
};

const batch_norm: Cut<ParamsOf<'batch_norm'>> = {
  ...byChannels,
  // A cumulative average reads the count that one part moves.
  units: ({ taken, momentum }) => (momentum < 0 ? 1 : taken),
  part: (args, first, count) => ({
    ...args,
    first: args.first + first,
    taken: count,
    num_batches_tracked: first === 0 ? args.num_batches_tracked : 0,
  }),
};

const someChannels = <A extends Channels>(args: A, first: number, count: number): A => ({
  ...args,
  first: args.first + first,
  taken: count,
});
const batch_norm_eval: Cut<ParamsOf<'batch_norm_eval'>> = {
  ...byChannels,
  work: (args) => byChannels.work(args) / 2,
  part: someChannels,
};
const batch_norm_grad: Cut<ParamsOf<'batch_norm_grad'>> = { ...byChannels, part: someChannels };

const norms = {
  batch_norm,
  batch_norm_eval,
  batch_norm_grad,
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

const manyAdds = rows<'index_add'>({
  size: 'outer',
  strides: (args) => ({ gx: source(args), gy: taken(args) }),
  work: (args) => ELEMENT * (source(args) + taken(args)),
});

/** Of one table, by rows of the table: every part looks at all indices, and adds what is its own. */
const index_add: Cut<ParamsOf<'index_add'>> = {
  ...manyAdds,
  units: (args) => (args.outer > 1 ? args.outer : args.rows),
  part: (args, first, count) =>
    args.outer > 1
      ? manyAdds.part(args, first, count)
      : { ...args, first: args.first + first, rows: count, ...moved(args, { gx: args.inner }, first) },
};

const picks = {
  index_select: rows<'index_select'>({
    size: 'outer',
    strides: (args) => ({ x: source(args), y: taken(args) }),
    work: (args) => ELEMENT * taken(args),
  }),
  index_add,
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
  ...elementwise,
  ...reductions,
  ...products,
  ...norms,
  ...pools,
  ...picks,
  ...losses,
  ...chance,
};
