// The numbers a run ends with, by the names used in `measure:`, in expectations and in `RunResult.summary`.

export interface Measure {
  readonly title: string;
  /** Which way is better; null where neither is. */
  readonly better: 'lower' | 'higher' | null;
}

export const MEASURES: Readonly<Record<string, Measure>> = {
  val_loss: { title: 'validation loss in eval mode', better: 'lower' },
  val_loss_train_mode: { title: 'validation loss in training mode', better: 'lower' },
  val_loss_average: { title: 'validation loss of the averaged parameters in eval mode (`ema`)', better: 'lower' },
  train_loss: { title: 'mean training loss of the last tenth of the steps', better: 'lower' },
  train_eval_gap: { title: '|validation loss in training mode − in eval mode|', better: 'lower' },
  val_accuracy: { title: 'validation accuracy in eval mode', better: 'higher' },
  val_accuracy_train_mode: { title: 'validation accuracy in training mode', better: 'higher' },
  bn_drift: { title: 'distance of running means from re-estimated ones, in deviations', better: 'lower' },
  batch_noise: { title: 'noise of the batch mean, in deviations', better: 'lower' },
  batch_mates: { title: "change of one row's training-mode output with its batch mates", better: 'lower' },
};

export const MEASURE_NAMES: readonly string[] = Object.keys(MEASURES);
