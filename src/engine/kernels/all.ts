// Every kernel by name. An instruction's first word is the kernel's position here.

import { unary, unary_grad } from './activation.ts';
import { conv, conv_grad_input, conv_grad_weight, conv_pack } from './conv.ts';
import { dropout, random } from './dropout.ts';
import {
  binary,
  binary_int,
  cast_to_bool,
  cast_to_float,
  cast_to_int,
  compare,
  copy,
  fill,
  fill_int,
  where,
} from './elementwise.ts';
import { gather, gather_add, index_add, index_select } from './gather.ts';
import { gemm, gemm_pack } from './gemm.ts';
import { interpolate, interpolate_grad } from './interpolate.ts';
import type { Kernel } from './kernel.ts';
import {
  bce_with_logits,
  bce_with_logits_grad,
  cross_entropy_grad,
  mse_loss,
  mse_loss_grad,
  nll_loss,
  nll_loss_grad,
} from './loss.ts';
import { measure, measure_units } from './measure.ts';
import {
  batch_norm,
  batch_norm_eval,
  batch_norm_grad,
  group_norm,
  group_norm_grad,
  instance_stats,
  layer_norm,
  layer_norm_grad,
  rms_norm,
} from './norm.ts';
import { adagrad, adam, rmsprop, sgd } from './optim.ts';
import {
  adaptive_avg_pool,
  adaptive_avg_pool_grad,
  adaptive_max_pool,
  avg_pool,
  avg_pool_grad,
  max_pool,
  max_pool_grad,
} from './pool.ts';
import { amax, argmax, cumsum, sum } from './reduce.ts';
import { gru_cell, gru_cell_grad, lstm_cell, lstm_cell_grad, rnn_cell, rnn_cell_grad } from './rnn.ts';
import { log_softmax, log_softmax_grad, softmax, softmax_grad } from './softmax.ts';
import { axpby, clip_grad_norm, clip_grad_value } from './update.ts';

export const kernels = {
  binary,
  compare,
  binary_int,
  where,
  cast_to_int,
  cast_to_float,
  cast_to_bool,
  fill,
  fill_int,
  copy,
  unary,
  unary_grad,
  sum,
  amax,
  argmax,
  cumsum,
  measure,
  measure_units,
  softmax,
  softmax_grad,
  log_softmax,
  log_softmax_grad,
  gemm_pack,
  gemm,
  conv_pack,
  conv,
  conv_grad_input,
  conv_grad_weight,
  batch_norm,
  batch_norm_eval,
  batch_norm_grad,
  group_norm,
  group_norm_grad,
  instance_stats,
  layer_norm,
  layer_norm_grad,
  rms_norm,
  max_pool,
  adaptive_max_pool,
  max_pool_grad,
  avg_pool,
  avg_pool_grad,
  adaptive_avg_pool,
  adaptive_avg_pool_grad,
  index_select,
  index_add,
  gather,
  gather_add,
  interpolate,
  interpolate_grad,
  dropout,
  random,
  nll_loss,
  nll_loss_grad,
  cross_entropy_grad,
  mse_loss,
  mse_loss_grad,
  bce_with_logits,
  bce_with_logits_grad,
  rnn_cell,
  rnn_cell_grad,
  lstm_cell,
  lstm_cell_grad,
  gru_cell,
  gru_cell_grad,
  sgd,
  rmsprop,
  adagrad,
  axpby,
  clip_grad_norm,
  clip_grad_value,
  adam,
} as const;

export type KernelName = keyof typeof kernels;
export const KERNEL_NAMES = Object.keys(kernels) as readonly KernelName[];
export const KERNEL_LIST: readonly Kernel[] = Object.values(kernels);
