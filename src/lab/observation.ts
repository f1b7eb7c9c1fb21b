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
 * vectors have one number a channel. "Deviations" are standard deviations of what is measured.
 */
export interface ObservationNames {
  readonly scalar:
    | 'loss/train' // Mean loss of the training batches since the last point.
    | 'loss/eval' // Validation loss in eval mode.
    | 'loss/eval-in-train-mode' // The same rows in training mode, in batches of the run's size, without tracking.
    | 'loss/eval-without-dropout' // In training mode but for dropout; at the end, where the model has dropout.
    | 'loss/eval-after-tracking' // In eval mode, after a pass in training mode that moved the running statistics.
    | 'train-eval-gap' // loss/eval-in-train-mode minus loss/eval.
    | 'accuracy/eval' // With classes only; 0 to 1.
    | 'accuracy/eval-in-train-mode'
    | 'activation-std' // Per layer.
    | 'activation-mean'
    | 'gradient-norm' // Of a layer's parameters; '' is all of them together.
    | 'gradient-rms' // Of a weight: its gradient's norm divided by the root of its size.
    | 'update-ratio' // log10 of ‖update‖ / ‖weight‖, per layer; -3 is usual.
    | 'running-mean-drift' // |batch mean − running mean| in running deviations, root mean square of the channels.
    | 'running-var-drift' // Batch variance / running variance, geometric mean of the channels.
    | 'reestimated-mean-shift' // The same against the mean of many batches with the final weights; at the end.
    | 'reestimated-var-ratio' // Running variance / re-estimated variance.
    | 'batch-noise' // Spread of the batch mean from batch to batch, in deviations of the values.
    | 'tracking-mean-shift' // How far a tracked validation pass moves the running mean, in running deviations.
    | 'dead-share' // Share of a ReLU's units that are 0 for every row of the window.
    | 'unit-similarity' // Mean |correlation| of the pairs of a layer's units; 1 where all are copies.
    | 'distinct-units' // Units that are no copy of an earlier one, up to scale and offset.
    | 'distinct-gradients' // The same for the rows of the weight's gradient.
    | 'unit-directions' // Effective number of directions the units span; 1 where all are copies.
    | 'units' // How many there are.
    | 'batch-mates/train' // Spread of a row's output over batch mates, in deviations of the output.
    | 'batch-mates/eval';
  readonly histogram: 'activation' | 'gradient'; // A layer's output, and the loss's gradient with respect to it.
  readonly vector: 'running-mean' | 'running-var' | 'batch-mean' | 'batch-var' | 'unit-activity'; // Share of rows a unit is not 0 for.
}
