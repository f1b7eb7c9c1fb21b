// What a run reports while it trains, reduced where it was born: a number, a histogram, a vector. Plain data.

interface Observed {
  /** What was measured: `loss/train`, `loss/eval`, `activation`, `gradient-norm`, … An observer's own names. */
  readonly name: string;
  /** The layer's path in the model; empty where the whole model is meant. */
  readonly layer: string;
  /** Optimizer steps made before the measurement; 0 is before the first. */
  readonly step: number;
}

export interface Scalar extends Observed {
  readonly kind: 'scalar';
  readonly value: number;
}

/** Counts in the bins of base/bins.ts. `zeros`, `nan`, `inf` are in no bin; all together they sum to `count`. */
export interface Histogram extends Observed {
  readonly kind: 'histogram';
  readonly bins: readonly number[];
  readonly count: number;
  readonly zeros: number;
  readonly nan: number;
  readonly inf: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** One number a channel or unit. */
export interface Vector extends Observed {
  readonly kind: 'vector';
  readonly values: readonly number[];
}

export type Observation = Scalar | Histogram | Vector;
