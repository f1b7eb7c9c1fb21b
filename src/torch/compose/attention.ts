// torch.nn.functional.multi_head_attention_forward: (L, N, E) or (N, L, E) or unbatched (L, E).

import type { Ops } from '../ops.ts';
import { misfit } from '../shapes/arithmetic.ts';
import { cat, chunk, expand, full, range, rankOf, repeat, shapeOf, transpose } from './views.ts';

export interface AttentionState<T> {
  readonly in_proj_weight: T | null;
  readonly q_proj_weight: T | null;
  readonly k_proj_weight: T | null;
  readonly v_proj_weight: T | null;
  readonly in_proj_bias: T | null;
  readonly bias_k: T | null;
  readonly bias_v: T | null;
  readonly out_proj_weight: T;
  readonly out_proj_bias: T | null;
}

export interface AttentionArguments<T> {
  readonly num_heads: number;
  readonly dropout_p: number;
  readonly training: boolean;
  readonly add_zero_attn: boolean;
  readonly batch_first: boolean;
  readonly key_padding_mask: T | null;
  readonly attn_mask: T | null;
  readonly is_causal: boolean;
  readonly need_weights: boolean;
  readonly average_attn_weights: boolean;
}

export function multiHeadAttention<T>(
  ops: Ops<T>,
  inputs: { readonly query: T; readonly key: T; readonly value: T },
  state: AttentionState<T>,
  args: AttentionArguments<T>,
): readonly [T, T | null] {
  const isBatched = rankOf(ops, inputs.query) === 3;
  if (!isBatched && rankOf(ops, inputs.query) !== 2)
    throw misfit('rank', 'MultiheadAttention expects a query of 2 or 3 dimensions', shapeOf(ops, inputs.query));
  const [query, key, value] = [inputs.query, inputs.key, inputs.value].map((x) =>
    sequenceFirst(ops, x, isBatched, args),
  );
  const [L, N, E] = shapeOf(ops, query);
  const heads = args.num_heads;
  const width = E / heads;
  const [q, projectedK, projectedV] = project(ops, [query, key, value], state);
  let k = projectedK;
  let v = projectedV;
  let extra = 0;
  if (state.bias_k !== null && state.bias_v !== null) {
    k = cat(ops, [k, repeat(ops, state.bias_k, [1, N, 1])], 0);
    v = cat(ops, [v, repeat(ops, state.bias_v, [1, N, 1])], 0);
    extra++;
  }
  if (args.add_zero_attn) {
    const zeros = full(ops, [1, N, E], 0);
    k = cat(ops, [k, zeros], 0);
    v = cat(ops, [v, zeros], 0);
    extra++;
  }
  // (S, N, E) → (N, heads, S, width)
  const split = (x: T) => ops.permute(ops.reshape(x, [shapeOf(ops, x)[0], N, heads, width]), [1, 2, 0, 3]);
  const S = shapeOf(ops, k)[0];
  const mask = joinMasks(ops, args, { N, L, S: S - extra, heads, extra });
  const [context, weights] = attend(ops, split(q), split(k), split(v), mask, args);
  const merged = ops.reshape(ops.permute(context, [2, 0, 1, 3]), [L, N, E]);
  const output = ops.linear(merged, state.out_proj_weight, state.out_proj_bias);
  return [layout(ops, output, isBatched, args), weights === null ? null : unbatch(ops, weights, isBatched)];
}

function sequenceFirst<T>(ops: Ops<T>, x: T, isBatched: boolean, { batch_first }: AttentionArguments<T>): T {
  if (!isBatched) {
    const [L, E] = shapeOf(ops, x);
    return ops.reshape(x, [L, 1, E]);
  }
  return batch_first ? transpose(ops, x, 0, 1) : x;
}

function layout<T>(ops: Ops<T>, x: T, isBatched: boolean, { batch_first }: AttentionArguments<T>): T {
  const [L, , E] = shapeOf(ops, x);
  if (!isBatched) return ops.reshape(x, [L, E]);
  return batch_first ? transpose(ops, x, 0, 1) : x;
}

function unbatch<T>(ops: Ops<T>, x: T, isBatched: boolean): T {
  return isBatched ? x : ops.reshape(x, shapeOf(ops, x).slice(1));
}

function project<T>(ops: Ops<T>, inputs: readonly T[], state: AttentionState<T>): readonly T[] {
  const biases = state.in_proj_bias === null ? [null, null, null] : chunk(ops, state.in_proj_bias, 3, 0);
  if (state.in_proj_weight !== null && inputs.every((x) => x === inputs[0]))
    return chunk(ops, ops.linear(inputs[0], state.in_proj_weight, state.in_proj_bias), 3, -1);
  const weights =
    state.in_proj_weight === null
      ? [state.q_proj_weight, state.k_proj_weight, state.v_proj_weight]
      : chunk(ops, state.in_proj_weight, 3, 0);
  return inputs.map((x, i) => {
    const weight = weights[i];
    if (weight === null) throw new RangeError('MultiheadAttention has neither a joint nor separate projections.');
    return ops.linear(x, weight, biases[i]);
  });
}

interface Sizes {
  readonly N: number;
  readonly L: number;
  /** Without the positions bias_k and add_zero_attn append. */
  readonly S: number;
  readonly heads: number;
  readonly extra: number;
}

/** One additive mask of shape (1 or N, 1 or heads, 1 or L, S + extra), or none. */
function joinMasks<T>(ops: Ops<T>, args: AttentionArguments<T>, sizes: Sizes): T | null {
  const { N, L, S, heads, extra } = sizes;
  const masks: T[] = [];
  if (args.attn_mask !== null) {
    const shape = shapeOf(ops, args.attn_mask);
    const perHead = shape.length === 3;
    const wanted = perHead ? [N * heads, L, S] : [L, S];
    if (shape.join() !== wanted.join())
      throw misfit('size', `MultiheadAttention expects an attn_mask of shape [${wanted.join(', ')}]`, shape);
    masks.push(ops.reshape(additive(ops, args.attn_mask), perHead ? [N, heads, L, S] : [1, 1, L, S]));
  } else if (args.is_causal) {
    const later = ops.binary('gt', range(ops, S), ops.reshape(range(ops, L), [L, 1]));
    masks.push(ops.reshape(additive(ops, later), [1, 1, L, S]));
  }
  if (args.key_padding_mask !== null) {
    const shape = shapeOf(ops, args.key_padding_mask);
    if (shape.reduce((a, b) => a * b, 1) !== N * S)
      throw misfit('size', `MultiheadAttention expects a key_padding_mask of shape [${N}, ${S}]`, shape);
    masks.push(ops.reshape(additive(ops, args.key_padding_mask), [N, 1, 1, S]));
  }
  if (masks.length === 0) return null;
  const mask = masks.reduce((sum, one) => ops.binary('add', sum, one));
  const none = [0, 0] as const;
  return extra === 0 ? mask : ops.pad(mask, [none, none, none, [0, extra]], 0);
}

/** True means "not this one" in MultiheadAttention's masks. */
function additive<T>(ops: Ops<T>, mask: T): T {
  if (ops.type(mask).dtype !== 'bool') return mask;
  return ops.where(mask, full(ops, [], Number.NEGATIVE_INFINITY), full(ops, [], 0));
}

function attend<T>(ops: Ops<T>, q: T, k: T, v: T, mask: T | null, args: AttentionArguments<T>): readonly [T, T | null] {
  const dropout_p = args.training ? args.dropout_p : 0;
  const [N, heads, L, width] = shapeOf(ops, q);
  const S = shapeOf(ops, k)[2];
  if (!args.need_weights) {
    const whole = mask === null ? null : expand(ops, mask, [N, heads, L, S]);
    return [ops.scaled_dot_product_attention(q, k, v, whole, { causal: false, scale: null, dropout_p }), null];
  }
  const scores = ops.matmul(ops.binary('mul', q, 1 / Math.sqrt(width)), transpose(ops, k, -2, -1));
  const weights = ops.softmax(mask === null ? scores : ops.binary('add', scores, mask), 3);
  const dropped = dropout_p > 0 ? ops.dropout(weights, dropout_p, true, 'element') : weights;
  return [ops.matmul(dropped, v), args.average_attn_weights ? ops.mean(dropped, [1], false) : dropped];
}
