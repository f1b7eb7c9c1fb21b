// Channels to pixels and back: reshape, permute, reshape over the last three dimensions.

import type { Ops } from '../ops.ts';
import { misfit, type Shape } from '../shapes/arithmetic.ts';
import { rankOf, shapeOf } from './views.ts';

/** (…, C r², H, W) → (…, C, H r, W r). */
export function pixelShuffle<T>(ops: Ops<T>, x: T, r: number): T {
  const { lead, C, H, W } = image(ops, 'pixel_shuffle', x);
  const out = C / (r * r);
  if (!Number.isInteger(out))
    throw misfit('channels', `pixel_shuffle expects channels divisible by ${r * r}`, shapeOf(ops, x));
  return regroup(ops, x, [out, r, r, H, W], [0, 3, 1, 4, 2], lead, [out, H * r, W * r]);
}

/** (…, C, H r, W r) → (…, C r², H, W). */
export function pixelUnshuffle<T>(ops: Ops<T>, x: T, r: number): T {
  const { lead, C, H, W } = image(ops, 'pixel_unshuffle', x);
  if (H % r !== 0 || W % r !== 0)
    throw misfit('size', `pixel_unshuffle expects a height and width divisible by ${r}`, shapeOf(ops, x));
  return regroup(ops, x, [C, H / r, r, W / r, r], [0, 2, 4, 1, 3], lead, [C * r * r, H / r, W / r]);
}

export function channelShuffle<T>(ops: Ops<T>, x: T, groups: number): T {
  const shape = shapeOf(ops, x);
  const [N, C, ...rest] = shape;
  if (C === undefined || groups < 1 || C % groups !== 0)
    throw misfit('channels', `channel_shuffle expects channels divisible by ${groups} groups`, shape);
  const split = ops.reshape(x, [N, groups, C / groups, ...rest]);
  const order = Array.from({ length: shape.length + 1 }, (_, i) => i)
    .with(1, 2)
    .with(2, 1);
  return ops.reshape(ops.permute(split, order), shape);
}

function image<T>(ops: Ops<T>, op: string, x: T): { lead: Shape; C: number; H: number; W: number } {
  const shape = shapeOf(ops, x);
  if (rankOf(ops, x) < 3) throw misfit('rank', `${op} expects an input of at least 3 dimensions`, shape);
  const [C, H, W] = shape.slice(-3);
  return { lead: shape.slice(0, -3), C, H, W };
}

function regroup<T>(ops: Ops<T>, x: T, parts: Shape, order: readonly number[], lead: Shape, result: Shape): T {
  const split = ops.reshape(x, [...lead, ...parts]);
  const dims = [...lead.map((_, i) => i), ...order.map((dim) => dim + lead.length)];
  return ops.reshape(ops.permute(split, dims), [...lead, ...result]);
}
