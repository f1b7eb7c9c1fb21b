// Rows as they come from a file, before they are fitted to a model. One row is an image, a list of features
// or an array of any shape; its target is a class or numbers.

import type { Tensor } from '../../engine/session.ts';

export type Target =
  | { readonly kind: 'class'; readonly labels: Int32Array; readonly classes: number }
  /** `width` numbers a row. */
  | { readonly kind: 'value'; readonly values: Float32Array; readonly width: number };

export interface Dataset {
  /** For people and for provenance: `digits`, `measurements.csv`. */
  readonly name: string;
  readonly count: number;
  /** The shape of one row: `[8, 8]` for an image, `[5]` for five features. */
  readonly shape: readonly number[];
  /** `count` rows of `shape`, row by row. */
  readonly features: Float32Array;
  readonly target: Target;
  /** Where the features are tokens: how many kinds there are. */
  readonly vocabulary?: number;
  /** What is known of it, in a sentence: the noise that no model can go below, for example. */
  readonly note: string;
}

/** A data set fitted to one model: what the engine takes, row by row, and why so. */
export interface Task {
  readonly count: number;
  readonly inputs: readonly Column[];
  readonly target: Column;
  readonly loss: 'cross_entropy' | 'mse_loss' | 'binary_cross_entropy_with_logits';
  /** Classes of the target; 0 where it is numbers. */
  readonly classes: number;
  /** The output has its classes in dimension 1 and places behind them: (B, C, H, W). */
  readonly channelsFirst: boolean;
  /** Every choice made, one sentence each, for people. */
  readonly choices: readonly string[];
}

/** `count` rows of one input or of the target, ready to be gathered into a batch. */
export interface Column {
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
  readonly data: Float32Array | Int32Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
