// Sampling an image at places a network computes: torch.nn.functional.affine_grid and grid_sample, in two dimensions.

import type { Ops } from '../ops.ts';
import { elements, expectRank, misfit, type Shape } from '../shapes/arithmetic.ts';
import { constant, shapeOf } from './views.ts';

export type GridMode = 'bilinear' | 'nearest';
export type GridPadding = 'zeros' | 'border' | 'reflection';

/** theta (N, 2, 3), size (N, C, H, W) → places (N, H, W, 2) as (x, y) in −1 … 1. */
export function affineGrid<T>(ops: Ops<T>, theta: T, size: Shape, alignCorners: boolean): T {
  if (size.length !== 4) throw misfit('rank', 'affine_grid expects a size of 4 dimensions', size);
  const [N, , H, W] = size;
  const matrix = shapeOf(ops, theta);
  if (matrix.join() !== [N, 2, 3].join()) throw misfit('size', `affine_grid expects theta of [${N}, 2, 3]`, matrix);
  const places = (n: number) =>
    Array.from({ length: n }, (_, i) => (alignCorners ? (n > 1 ? (2 * i) / (n - 1) - 1 : 0) : (2 * i + 1) / n - 1));
  const [xs, ys] = [places(W), places(H)];
  const base = ys.flatMap((y) => xs.flatMap((x) => [x, y, 1]));
  const grid = ops.matmul(constant(ops, [1, H * W, 3], base), ops.permute(theta, [0, 2, 1]));
  return ops.reshape(grid, [N, H, W, 2]);
}

export function gridSample<T>(
  ops: Ops<T>,
  input: T,
  grid: T,
  args: { readonly mode: GridMode; readonly padding_mode: GridPadding; readonly align_corners: boolean },
): T {
  const shape = shapeOf(ops, input);
  expectRank('grid_sample', shape, 4);
  const where = shapeOf(ops, grid);
  if (where.length !== 4 || where[0] !== shape[0] || where[3] !== 2)
    throw misfit('size', `grid_sample expects a grid of [${shape[0]}, H, W, 2]`, where);
  const [N, C, H, W] = shape;
  const out = elements(where.slice(1, 3));
  const axis = (i: number, n: number) => {
    const place = ops.reshape(ops.slice(grid, 3, i, i + 1, 1), [N, 1, out]);
    const scaled = args.align_corners
      ? ops.binary('mul', ops.binary('add', place, 1), (n - 1) / 2)
      : ops.binary('sub', ops.binary('mul', ops.binary('add', place, 1), n / 2), 0.5);
    return inside(ops, scaled, n, args);
  };
  const [x, y] = [axis(0, W), axis(1, H)];
  const pixels = ops.reshape(input, [N, C, H * W]);
  const read = (column: T, row: T): T => {
    const index = ops.binary('add', ops.binary('mul', clamped(ops, row, H), W), clamped(ops, column, W));
    const found = ops.gather(pixels, 2, ops.expand(ops.cast(index, 'int64'), [N, C, out]));
    if (args.padding_mode !== 'zeros') return found;
    return ops.binary('mul', found, ops.binary('mul', valid(ops, row, H), valid(ops, column, W)));
  };
  if (args.mode === 'nearest') return ops.reshape(read(rounded(ops, x), rounded(ops, y)), [N, C, ...where.slice(1, 3)]);
  const [left, top] = [ops.unary('floor', x), ops.unary('floor', y)].map((value) => ops.detach(value));
  const [right, bottom] = [ops.binary('add', left, 1), ops.binary('add', top, 1)];
  const [dx, dy] = [ops.binary('sub', x, left), ops.binary('sub', y, top)];
  const blend = (a: T, b: T, share: T) =>
    ops.binary('add', ops.binary('mul', a, ops.binary('sub', 1, share)), ops.binary('mul', b, share));
  const upper = blend(read(left, top), read(right, top), dx);
  const lower = blend(read(left, bottom), read(right, bottom), dx);
  return ops.reshape(blend(upper, lower, dy), [N, C, ...where.slice(1, 3)]);
}

/** Places brought into the image, where the padding says so. */
function inside<T>(
  ops: Ops<T>,
  place: T,
  n: number,
  { padding_mode, align_corners }: { readonly padding_mode: GridPadding; readonly align_corners: boolean },
): T {
  if (padding_mode === 'zeros') return place;
  if (padding_mode === 'border') return ops.clamp(place, 0, n - 1);
  const [low, span] = align_corners ? [0, n - 1] : [-0.5, n];
  if (span === 0) return ops.binary('mul', place, 0);
  // A triangle wave: there and back again.
  const away = ops.unary('abs', ops.binary('sub', place, low));
  const turns = ops.detach(ops.unary('floor', ops.binary('mul', away, 1 / span)));
  const rest = ops.binary('sub', away, ops.binary('mul', turns, span));
  const half = ops.unary('floor', ops.binary('mul', turns, 0.5));
  const odd = ops.binary('ne', ops.binary('sub', turns, ops.binary('mul', half, 2)), 0);
  const folded = ops.where(odd, ops.binary('sub', span, rest), rest);
  return ops.clamp(ops.binary('add', folded, low), 0, n - 1);
}

function clamped<T>(ops: Ops<T>, place: T, n: number): T {
  return ops.clamp(ops.detach(place), 0, n - 1);
}

function valid<T>(ops: Ops<T>, place: T, n: number): T {
  const flags = ops.binary('mul', ops.binary('ge', place, 0), ops.binary('le', place, n - 1));
  return ops.cast(flags, 'float32');
}

/** To the nearest whole number, halves to the even one. */
export function rounded<T>(ops: Ops<T>, x: T): T {
  const up = ops.unary('floor', ops.binary('add', x, 0.5));
  const half = ops.binary('eq', ops.binary('sub', up, x), 0.5);
  const odd = ops.binary('ne', ops.binary('mul', ops.unary('floor', ops.binary('mul', up, 0.5)), 2), up);
  return ops.where(ops.binary('mul', half, odd), ops.binary('sub', up, 1), up);
}
