// The primitive operations a layer's forward is written in. Three things implement this interface: shape
// arithmetic (torch/shape.ts), the engine (engine/program.ts), and whatever a test needs. `T` is a handle:
// a shape here, a value of the program there. Shapes are PyTorch's: (N, C, H, W), (B, T, C).
// Every op is functional; the in-place forms of PyTorch are the same op with the result rebound.

export type DType = 'float32' | 'int64' | 'bool';

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export interface ConvOptions {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

export interface ConvTransposeOptions extends ConvOptions {
  readonly output_padding: readonly number[];
}

export interface PoolOptions {
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceil_mode: boolean;
}

export interface MaxPoolOptions extends PoolOptions {
  readonly dilation: readonly number[];
}

export interface AvgPoolOptions extends PoolOptions {
  readonly count_include_pad: boolean;
}

/** Numbers drawn anew in every forward pass. */
export type RandomSpec =
  | { readonly kind: 'normal' | 'uniform'; readonly shape: readonly number[] }
  | { readonly kind: 'bernoulli'; readonly shape: readonly number[]; readonly p: number };

/** Values a model computes while it is built, described instead of stored. */
export type ConstantSpec =
  | { readonly kind: 'full'; readonly shape: readonly number[]; readonly value: number; readonly dtype: DType }
  | {
      readonly kind: 'arange';
      readonly start: number;
      readonly end: number;
      readonly step: number;
      readonly dtype: DType;
    }
  | {
      readonly kind: 'data';
      readonly shape: readonly number[];
      readonly data: readonly number[];
      readonly dtype: DType;
    };

export interface BatchNormOptions {
  /** Normalize with the batch's own statistics; else with the running ones. */
  readonly useBatchStatistics: boolean;
  /** null: cumulative average, as `momentum=None`. */
  readonly momentum: number | null;
  readonly eps: number;
}

export interface BatchNormState<T> {
  readonly weight: T | null;
  readonly bias: T | null;
  readonly running_mean: T | null;
  readonly running_var: T | null;
  readonly num_batches_tracked: T | null;
}

export type Unary =
  | 'relu'
  | 'relu6'
  | 'tanh'
  | 'sigmoid'
  | 'silu'
  | 'hardswish'
  | 'hardsigmoid'
  | 'mish'
  | 'softsign'
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'rsqrt'
  | 'abs'
  | 'sin'
  | 'cos'
  | 'erf'
  | 'reciprocal'
  | 'square'
  | 'floor'
  | 'sign';
export type Binary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'maximum'
  | 'minimum'
  | 'pow'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge';

/** How a recurrent layer goes from step to step, by PyTorch's names. */
export type RecurrentMode = 'RNN_TANH' | 'RNN_RELU' | 'LSTM' | 'GRU';

/** G is the number of gates: 1, 4 (i, f, g, o) or 3 (r, z, n); P is H, or the projection's size. */
export interface RecurrentInputs<T> {
  /** W_ih x + b_ih of every step: (T, N, G·H). */
  readonly x: T;
  /** (G·H, P) */
  readonly weight_hh: T;
  /** (G·H) */
  readonly bias_hh: T | null;
  /** (P, H); an LSTM's only. */
  readonly weight_hr: T | null;
  /** (N, P); zeros where null. */
  readonly h0: T | null;
  /** (N, H); zeros where null, and an LSTM's only. */
  readonly c0: T | null;
}

/**
 * Callers give dimensions counted from the front, shapes without −1, and slices within their dimension (the step may
 * be larger than 1); only shape arithmetic checks. Reductions name every dimension; none are named of a scalar only.
 */
export interface Ops<T> {
  type(x: T): TensorType;
  constant(spec: ConstantSpec): T;
  /** float32; without a gradient. */
  random(spec: RandomSpec): T;

  unary(op: Unary, x: T): T;
  /** Broadcasts as PyTorch does. A number stands for a scalar of the other side's dtype. */
  binary(op: Binary, a: T | number, b: T | number): T;
  leaky_relu(x: T, negative_slope: number): T;
  elu(x: T, alpha: number): T;
  softplus(x: T, beta: number, threshold: number): T;
  gelu(x: T, approximate: 'none' | 'tanh'): T;
  clamp(x: T, min: number | null, max: number | null): T;
  where(condition: T, a: T | number, b: T | number): T;
  cast(x: T, dtype: DType): T;

  sum(x: T, dims: readonly number[], keepdim: boolean): T;
  mean(x: T, dims: readonly number[], keepdim: boolean): T;
  /** `correction` 1 is PyTorch's default, 0 the biased variance. */
  variance(x: T, dims: readonly number[], keepdim: boolean, correction: number): T;
  amax(x: T, dims: readonly number[], keepdim: boolean): T;
  argmax(x: T, dim: number, keepdim: boolean): T;
  cumsum(x: T, dim: number): T;
  softmax(x: T, dim: number): T;
  log_softmax(x: T, dim: number): T;

  matmul(a: T, b: T): T;
  linear(x: T, weight: T, bias: T | null): T;
  /** 1-, 2- and 3-dimensional by the length of `stride`. */
  conv(x: T, weight: T, bias: T | null, options: ConvOptions): T;
  conv_transpose(x: T, weight: T, bias: T | null, options: ConvTransposeOptions): T;
  max_pool(x: T, options: MaxPoolOptions): T;
  avg_pool(x: T, options: AvgPoolOptions): T;
  /** null keeps that dimension, as PyTorch's `None`. */
  adaptive_avg_pool(x: T, output_size: readonly (number | null)[]): T;
  adaptive_max_pool(x: T, output_size: readonly (number | null)[]): T;
  embedding(indices: T, weight: T, padding_idx: number | null): T;

  /** Updates `running_mean`, `running_var` (unbiased) and `num_batches_tracked` when batch statistics are used and they exist. */
  batch_norm(x: T, state: BatchNormState<T>, options: BatchNormOptions): T;
  layer_norm(x: T, normalized_shape: readonly number[], weight: T | null, bias: T | null, eps: number): T;
  group_norm(x: T, num_groups: number, weight: T | null, bias: T | null, eps: number): T;
  instance_norm(x: T, state: BatchNormState<T>, options: BatchNormOptions): T;
  rms_norm(x: T, normalized_shape: readonly number[], weight: T | null, eps: number | null): T;
  /** The identity where `training` is false. `rank` of the mask: whole tensor, or one value per (N, C). */
  dropout(x: T, p: number, training: boolean, per: 'element' | 'channel'): T;
  scaled_dot_product_attention(
    q: T,
    k: T,
    v: T,
    mask: T | null,
    options: { readonly causal: boolean; readonly scale: number | null; readonly dropout_p: number },
  ): T;

  /**
   * One direction of one recurrent layer over all steps; `reverse` begins at the last. Gives the hidden states of every
   * step (T, N, P), and an LSTM's cell states (T, N, H).
   */
  recurrent(
    inputs: RecurrentInputs<T>,
    options: { readonly mode: RecurrentMode; readonly reverse: boolean },
  ): readonly [output: T, cells: T | null];

  reshape(x: T, shape: readonly number[]): T;
  permute(x: T, dims: readonly number[]): T;
  expand(x: T, shape: readonly number[]): T;
  slice(x: T, dim: number, start: number, end: number, step: number): T;
  cat(xs: readonly T[], dim: number): T;
  index_select(x: T, dim: number, index: T): T;
  gather(x: T, dim: number, index: T): T;
  /** What gather's gradient does: float32 zeros with `size` places along `dim`, `src` added where `index` says. */
  scatter_add(src: T, dim: number, index: T, size: number): T;
  /** (before, after) per dimension, first dimension first. */
  pad(x: T, padding: readonly (readonly [number, number])[], value: number): T;
  interpolate(x: T, size: readonly number[], mode: 'nearest' | 'bilinear', align_corners: boolean): T;
  detach(x: T): T;
  /** Writes a buffer anew, for what reads it from now on; no gradient flows through it. */
  assign(buffer: T, value: T): void;

  /** Logits (N, C, …) against int64 class indices (N, …). */
  cross_entropy(
    input: T,
    target: T,
    options: {
      readonly weight: T | null;
      readonly ignore_index: number;
      readonly reduction: 'mean' | 'sum';
      readonly label_smoothing: number;
    },
  ): T;
  nll_loss(
    input: T,
    target: T,
    options: { readonly weight: T | null; readonly ignore_index: number; readonly reduction: 'mean' | 'sum' },
  ): T;
  mse_loss(input: T, target: T, reduction: 'mean' | 'sum'): T;
  binary_cross_entropy_with_logits(input: T, target: T, reduction: 'mean' | 'sum'): T;
}
