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

/**
 * The names of the observers that ship, and what each measures. Layer '' is the whole model; a BatchNorm's
 * vectors have one number a channel.
 */
export interface ObservationNames {
  readonly scalar:
    | 'loss/train' // Mean loss of the training batches since the last point.
    | 'loss/eval' // Validation loss in eval mode.
    | 'loss/eval-in-train-mode' // The same rows in training mode, in batches of the run's size, without tracking.
    | 'train-eval-gap' // The second minus the first.
    | 'accuracy/eval' // With classes only; 0 to 1.
    | 'accuracy/eval-in-train-mode'
    | 'activation-std' // Per layer.
    | 'gradient-norm' // Of a layer's parameters; '' is all of them together.
    | 'update-ratio' // log10 of ‖update‖ / ‖weight‖, per layer; -3 is usual.
    | 'running-mean-drift' // BatchNorm: |batch mean − running mean| in running deviations, root mean square of the channels.
    | 'running-var-drift' // BatchNorm: batch variance / running variance, geometric mean of the channels.
    | 'dead-share' // Share of a ReLU's units that are 0 for every row of the window.
    | 'unit-similarity' // Mean |correlation| of the pairs of a layer's units; 1 where all are copies.
    | 'distinct-units'
    | 'distinct-gradients'
    | 'batch-mates/train' // One row's output with other batch mates: deviation, in deviations of the output.
    | 'batch-mates/eval';
  readonly histogram: 'activation' | 'gradient'; // A layer's output, and the loss's gradient with respect to it.
  readonly vector: 'running-mean' | 'running-var' | 'batch-mean' | 'batch-var' | 'unit-activity'; // Share of rows a unit is not 0 for.
}
