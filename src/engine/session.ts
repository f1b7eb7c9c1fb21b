// A program with its state: parameters, buffers, optimizer. One crossing a step, no allocation in a step.

import type { Graph } from '../graph/graph.ts';
import type { DType } from '../torch/ops.ts';
import type { Value } from '../torch/signature.ts';

/** A batch as it enters: float32 in a Float32Array, int64 and bool in an Int32Array. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Int32Array;
}

export interface SessionOptions {
  readonly graph: Graph;
  readonly seed: number;
  /** The batch size of `step`. Other sizes get a program of their own on first use. */
  readonly batch: number;
  readonly loss: 'cross_entropy' | 'mse_loss' | 'binary_cross_entropy_with_logits';
  readonly optimizer: { readonly target: string; readonly args: Readonly<Record<string, Value>> };
  /** Nodes whose output (and its gradient) is measured and kept readable after a step. */
  readonly probes: readonly string[];
  /** The kernels' module; null runs the reference kernels. */
  readonly kernels: Uint8Array | null;
}

/** Of one tensor, in one pass; `bins` as in base/bins.ts. */
export interface Measured {
  readonly count: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Euclidean norm. */
  readonly norm: number;
  readonly zeros: number;
  readonly nan: number;
  readonly inf: number;
  readonly bins: Uint32Array;
}

export interface Session {
  readonly backend: 'simd' | 'reference';
  /** Bytes of the engine's memory. */
  readonly bytes: number;
  /** Forward, backward, optimizer step in training mode; the loss of this batch before the update. */
  step(inputs: readonly Tensor[], target: Tensor): number;
  /** Forward and loss without update. `mode: 'train'` uses batch statistics; running ones move only when `track`. */
  evaluate(
    inputs: readonly Tensor[],
    target: Tensor,
    options: { readonly mode: 'train' | 'eval'; readonly track?: boolean },
  ): { readonly loss: number; readonly output: Float32Array };
  /** A parameter or buffer by state_dict's name; a copy. */
  read(name: string): Float32Array;
  write(name: string, data: Float32Array): void;
  /** A parameter's gradient after the last step; a copy. */
  gradient(name: string): Float32Array;
  /** A probed node's output, or its gradient, of the last step; a copy. */
  activation(
    node: string,
    of: 'output' | 'gradient',
  ): { readonly shape: readonly number[]; readonly data: Float32Array };
  measure(node: string, of: 'output' | 'gradient'): Measured;
  /** Of a parameter, its gradient, or the optimizer's last update of it. */
  measureParameter(name: string, of: 'value' | 'gradient' | 'update'): Measured;
  dispose(): void;
}
