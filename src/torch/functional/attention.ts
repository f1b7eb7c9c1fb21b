// Attention, as functions.

import { type AttentionState, multiHeadAttention } from '../compose/attention.ts';
import { full } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import { bool, float, int, keywordOnly, onlyDefault, optionalFloat, optionalTensor, tensor } from '../params.ts';

const F = 'torch.nn.functional.';

export const attentionFunctions: readonly TorchFunction[] = [
  fn({
    name: `${F}scaled_dot_product_attention`,
    args: {
      query: tensor(),
      key: tensor(),
      value: tensor(),
      attn_mask: optionalTensor(),
      dropout_p: float(0),
      is_causal: bool(false),
      scale: keywordOnly(optionalFloat()),
      enable_gqa: keywordOnly(onlyDefault(false)),
    },
    forward(ops, { query, key, value, attn_mask, dropout_p, is_causal, scale }) {
      const boolean = attn_mask !== null && ops.type(attn_mask).dtype === 'bool';
      // True means "this one" here, the opposite of MultiheadAttention's masks.
      const mask = boolean
        ? ops.where(attn_mask, full(ops, [], 0), full(ops, [], Number.NEGATIVE_INFINITY))
        : attn_mask;
      return ops.scaled_dot_product_attention(query, key, value, mask, { causal: is_causal, scale, dropout_p });
    },
  }),

  fn({
    name: `${F}multi_head_attention_forward`,
    args: {
      query: tensor(),
      key: tensor(),
      value: tensor(),
      embed_dim_to_check: int(),
      num_heads: int(),
      in_proj_weight: { ...optionalTensor(), required: true },
      in_proj_bias: { ...optionalTensor(), required: true },
      bias_k: { ...optionalTensor(), required: true },
      bias_v: { ...optionalTensor(), required: true },
      add_zero_attn: bool(),
      dropout_p: float(),
      out_proj_weight: tensor(),
      out_proj_bias: { ...optionalTensor(), required: true },
      training: bool(true),
      key_padding_mask: optionalTensor(),
      need_weights: bool(true),
      attn_mask: optionalTensor(),
      use_separate_proj_weight: bool(false),
      q_proj_weight: optionalTensor(),
      k_proj_weight: optionalTensor(),
      v_proj_weight: optionalTensor(),
      static_k: onlyDefault(null),
      static_v: onlyDefault(null),
      average_attn_weights: bool(true),
      // Since PyTorch 2.0.
      is_causal: bool(false),
    },
    forward(ops, { query, key, value, use_separate_proj_weight, ...rest }) {
      const in_proj_weight = use_separate_proj_weight ? null : rest.in_proj_weight;
      const state: AttentionState<typeof query> = { ...rest, in_proj_weight };
      return multiHeadAttention(ops, { query, key, value }, state, { ...rest, batch_first: false });
    },
  }),
];
