// Sums, means or maxima of embeddings over bags of indices: rows of (B, N), or stretches of (N) that begin at offsets.

import type { Ops } from '../ops.ts';
import { misfit } from '../shapes/arithmetic.ts';
import { full, narrow, range, shapeOf, unsqueeze } from './views.ts';

export interface Bags<T> {
  readonly input: T;
  readonly weight: T;
  readonly offsets: T | null;
  readonly per_sample_weights: T | null;
  readonly mode: 'sum' | 'mean' | 'max';
  readonly include_last_offset: boolean;
  readonly padding_idx: number | null;
}

export function embeddingBag<T>(ops: Ops<T>, args: Bags<T>): T {
  const { input, weight, per_sample_weights, mode } = args;
  if (per_sample_weights !== null && mode !== 'sum')
    throw misfit('argument', "embedding_bag expects mode='sum' with per_sample_weights", `mode='${mode}'`);
  const shape = shapeOf(ops, input);
  if (shape.length !== 1 && shape.length !== 2)
    throw misfit('rank', 'embedding_bag expects a 1- or 2-dimensional input', shape);
  if ((shape.length === 2) === (args.offsets !== null))
    throw misfit('argument', 'embedding_bag expects offsets with a 1-dimensional input, and only with it', shape);
  const padding =
    args.padding_idx === null || args.padding_idx >= 0 ? args.padding_idx : args.padding_idx + shapeOf(ops, weight)[0];
  const rows = ops.embedding(input, weight, padding);
  const counted = padding === null ? null : ops.binary('ne', input, padding);
  const shares = per_sample_weights === null ? rows : ops.binary('mul', rows, unsqueeze(ops, per_sample_weights, -1));
  // (B, N, D) beside (B, N): what belongs to each bag.
  const inside =
    args.offsets === null ? full(ops, shape, 1, 'bool') : bags(ops, args.offsets, shape[0], args.include_last_offset);
  const member = counted === null ? inside : ops.where(inside, counted, full(ops, [], 0, 'bool'));
  const mask = ops.cast(member, 'float32');
  const count = ops.clamp(ops.sum(mask, [1], true), 1, null); // (B, 1)
  if (mode === 'max') {
    const parts = args.offsets === null ? rows : unsqueeze(ops, rows, 0);
    const largest = ops.amax(ops.where(unsqueeze(ops, member, -1), parts, Number.NEGATIVE_INFINITY), [1], false);
    return ops.where(ops.binary('gt', ops.sum(mask, [1], true), 0), largest, 0);
  }
  const sum =
    args.offsets === null
      ? ops.sum(ops.binary('mul', shares, unsqueeze(ops, mask, -1)), [1], false)
      : ops.matmul(mask, shares);
  return mode === 'mean' ? ops.binary('div', sum, count) : sum;
}

/** (B, N): whether position i lies from the bag's offset on and before the next one's. */
function bags<T>(ops: Ops<T>, offsets: T, length: number, include_last_offset: boolean): T {
  const B = shapeOf(ops, offsets)[0] - (include_last_offset ? 1 : 0);
  const starts = include_last_offset ? narrow(ops, offsets, 0, 0, B) : offsets;
  const rest = narrow(ops, offsets, 0, 1, include_last_offset ? B : B - 1);
  const ends = include_last_offset ? rest : ops.cat([rest, full(ops, [1], length, 'int64')], 0);
  const position = range(ops, length);
  const begun = ops.binary('ge', position, unsqueeze(ops, starts, -1));
  const before = ops.binary('lt', position, unsqueeze(ops, ends, -1));
  return ops.where(begun, before, full(ops, [], 0, 'bool'));
}
