// Padding as PyTorch takes it: (before, after) pairs, the last dimension first.

import type { Ops } from '../ops.ts';
import { misfit, type Shape, shapeText } from '../shapes/arithmetic.ts';
import { pick, rankOf, shapeOf } from './views.ts';

export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

export function pad<T>(ops: Ops<T>, x: T, padding: Shape, mode: PadMode, value: number): T {
  const rank = rankOf(ops, x);
  if (padding.length % 2 !== 0 || padding.length > 2 * rank)
    throw misfit('argument', `pad expects pairs for at most ${rank} dimensions`, shapeText(padding));
  const pairs = Array.from({ length: rank }, (_, dim) => {
    const i = 2 * (rank - 1 - dim);
    return [padding[i] ?? 0, padding[i + 1] ?? 0] as const;
  });
  if (pairs.every(([before, after]) => before === 0 && after === 0)) return x;
  if (mode === 'constant') return ops.pad(x, pairs, value);
  return pairs.reduce((padded, pair, dim) => padByIndex(ops, padded, dim, pair, mode), x);
}

function padByIndex<T>(
  ops: Ops<T>,
  x: T,
  dim: number,
  [before, after]: readonly [number, number],
  mode: Exclude<PadMode, 'constant'>,
): T {
  if (before === 0 && after === 0) return x;
  const shape = shapeOf(ops, x);
  const size = shape[dim];
  const most = mode === 'reflect' ? size - 1 : mode === 'circular' ? size : Number.POSITIVE_INFINITY;
  if (Math.max(before, after) > most)
    throw misfit(
      'argument',
      `${mode} padding of ${shapeText(shape)} expects at most ${most} in dimension ${dim}`,
      `${before}, ${after}`,
    );
  const first = Math.max(0, -before);
  const indices = Array.from({ length: size + before + after }, (_, i) => source(i - before, size, mode));
  return size + before + after === size && first === 0 ? x : pick(ops, x, dim, indices);
}

function source(i: number, size: number, mode: Exclude<PadMode, 'constant'>): number {
  if (mode === 'replicate') return Math.min(size - 1, Math.max(0, i));
  if (mode === 'circular') return (i + size) % size;
  const folded = i < 0 ? -i : i;
  return folded >= size ? 2 * (size - 1) - folded : folded;
}
