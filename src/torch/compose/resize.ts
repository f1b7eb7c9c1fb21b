// torch.nn.functional.interpolate. Two-dimensional nearest and bilinear are ops; every other mode is, along each
// dimension, a choice of rows or a product with a matrix of weights, known before the model runs.

import type { Ops } from '../ops.ts';
import { misfit, type Shape } from '../shapes/arithmetic.ts';
import { constant, pick, rankOf, shapeOf, transpose } from './views.ts';

export type ResizeMode = 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic' | 'area';

export interface ResizeArguments {
  readonly size: readonly number[] | null;
  readonly scale_factor: readonly number[] | null;
  readonly mode: ResizeMode;
  readonly align_corners: boolean | null;
  readonly recompute_scale_factor: boolean | null;
  readonly antialias?: boolean;
}

const SPATIAL_RANKS: Readonly<Partial<Record<ResizeMode, number>>> = {
  linear: 1,
  bilinear: 2,
  trilinear: 3,
  bicubic: 2,
};

export function interpolate<T>(ops: Ops<T>, x: T, args: ResizeArguments): T {
  const { mode } = args;
  const input = shapeOf(ops, x).slice(2);
  const wanted = SPATIAL_RANKS[mode];
  if (input.length < 1 || input.length > 3 || (wanted !== undefined && wanted !== input.length))
    throw misfit(
      'rank',
      `interpolate with mode='${mode}' expects a ${(wanted ?? 2) + 2}-dimensional input`,
      shapeOf(ops, x),
    );
  const weighted = mode !== 'nearest' && mode !== 'nearest-exact' && mode !== 'area';
  if (args.align_corners !== null && !weighted)
    throw misfit('argument', `align_corners expects a linear or cubic mode`, `mode='${mode}'`);
  const { sizes, scales } = outputSizes(input, args);
  if (mode === 'area') return ops.adaptive_avg_pool(x, sizes);
  const alignCorners = args.align_corners ?? false;
  if (args.antialias === true) {
    if (mode !== 'bilinear' && mode !== 'bicubic')
      throw misfit('argument', "antialias expects mode='bilinear' or 'bicubic'", `mode='${mode}'`);
    return sizes.reduce((resized, size, i) => {
      const given = scales[i] === null ? input[i] / size : 1 / scales[i];
      const ratio = alignCorners ? (size > 1 ? (input[i] - 1) / (size - 1) : 0) : given;
      return byWeights(ops, resized, i + 2, filteredWeights(input[i], size, ratio, mode));
    }, x);
  }
  const plain = sizes.every((size, i) => scales[i] === null || scales[i] * input[i] === size);
  if (plain && input.length === 2 && (mode === 'nearest' || mode === 'bilinear'))
    return ops.interpolate(x, sizes, mode, alignCorners);
  return sizes.reduce((resized, size, i) => {
    const ratio = scales[i] === null ? input[i] / size : 1 / scales[i];
    return resizeAlong(ops, resized, i + 2, size, ratio, mode, alignCorners);
  }, x);
}

function outputSizes(
  input: Shape,
  { size, scale_factor, recompute_scale_factor }: ResizeArguments,
): { readonly sizes: Shape; readonly scales: readonly (number | null)[] } {
  if ((size === null) === (scale_factor === null))
    throw misfit('argument', 'interpolate expects either size or scale_factor', size === null ? 'neither' : 'both');
  if (size !== null) {
    const sizes = size.length === 1 ? input.map(() => size[0]) : size;
    if (sizes.length !== input.length) throw misfit('argument', `interpolate expects ${input.length} sizes`, sizes);
    return { sizes, scales: sizes.map(() => null) };
  }
  const given = scale_factor ?? [];
  const factors = given.length === 1 ? input.map(() => given[0]) : given;
  if (factors.length !== input.length)
    throw misfit('argument', `interpolate expects ${input.length} scale factors`, factors);
  const sizes = input.map((one, i) => Math.floor(one * factors[i]));
  // Unless told to recompute it, PyTorch places samples by the factor given, not by the sizes' ratio.
  return { sizes, scales: recompute_scale_factor === true ? sizes.map(() => null) : factors };
}

function resizeAlong<T>(
  ops: Ops<T>,
  x: T,
  dim: number,
  size: number,
  ratio: number,
  mode: ResizeMode,
  alignCorners: boolean,
): T {
  const length = shapeOf(ops, x)[dim];
  if (mode === 'nearest' || mode === 'nearest-exact') {
    const shift = mode === 'nearest' ? 0 : 0.5;
    const rows = Array.from({ length: size }, (_, i) => Math.min(length - 1, Math.floor((i + shift) * ratio)));
    return pick(ops, x, dim, rows);
  }
  const weights = new Array<number>(length * size).fill(0);
  for (let i = 0; i < size; i++) {
    const position = sourcePosition(i, length, size, ratio, mode, alignCorners);
    for (const [row, weight] of mode === 'bicubic' ? cubicTaps(position) : linearTaps(position))
      weights[Math.min(length - 1, Math.max(0, row)) * size + i] += weight;
  }
  return byWeights(ops, x, dim, weights);
}

/** A product of one dimension with a matrix (length, size). */
function byWeights<T>(ops: Ops<T>, x: T, dim: number, weights: readonly number[]): T {
  const length = shapeOf(ops, x)[dim];
  const last = rankOf(ops, x) - 1;
  const matrix = constant(ops, [length, weights.length / length], weights);
  return transpose(ops, ops.matmul(transpose(ops, x, dim, last), matrix), dim, last);
}

/** Each new row is a weighted mean of all the rows it stands for; the cubic is Keys' with a = −0.5 here. */
function filteredWeights(length: number, size: number, ratio: number, mode: 'bilinear' | 'bicubic'): number[] {
  const wide = Math.max(1, ratio);
  const support = (mode === 'bicubic' ? 2 : 1) * wide;
  const weights = new Array<number>(length * size).fill(0);
  for (let i = 0; i < size; i++) {
    const center = ratio * (i + 0.5);
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(length, Math.trunc(center + support + 0.5));
    const rows = Array.from({ length: end - first }, (_, j) => filter((j + first - center + 0.5) / wide, mode));
    const total = rows.reduce((sum, weight) => sum + weight, 0);
    for (const [j, weight] of rows.entries()) weights[(first + j) * size + i] = total === 0 ? weight : weight / total;
  }
  return weights;
}

function filter(x: number, mode: 'bilinear' | 'bicubic'): number {
  const t = Math.abs(x);
  if (mode === 'bilinear') return Math.max(0, 1 - t);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

function sourcePosition(
  i: number,
  length: number,
  size: number,
  ratio: number,
  mode: ResizeMode,
  alignCorners: boolean,
): number {
  if (alignCorners) return size > 1 ? (i * (length - 1)) / (size - 1) : 0;
  const position = (i + 0.5) * ratio - 0.5;
  return mode === 'bicubic' ? position : Math.max(0, position);
}

function linearTaps(position: number): readonly (readonly [number, number])[] {
  const row = Math.floor(position);
  const t = position - row;
  return [
    [row, 1 - t],
    [row + 1, t],
  ];
}

/** Keys' cubic with a = −0.75, as PyTorch. */
function cubicTaps(position: number): readonly (readonly [number, number])[] {
  const A = -0.75;
  const row = Math.floor(position);
  const t = position - row;
  const near = (x: number) => ((A + 2) * x - (A + 3)) * x * x + 1;
  const far = (x: number) => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  return [
    [row - 1, far(t + 1)],
    [row, near(t)],
    [row + 1, near(1 - t)],
    [row + 2, far(2 - t)],
  ];
}
