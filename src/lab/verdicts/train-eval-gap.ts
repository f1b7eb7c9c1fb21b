// The same rows and weights in two modes: a gap that is not dropout's is the batch statistics'.

import { type Evidence, percent, say, type VerdictKind, verdict } from '../verdict.ts';

/** Before, BatchNorm's running statistics still hold a share of their initial 0 and 1. */
const FEWEST_STEPS = 50;

/** Shares of the smaller loss, of the loss before training, and of all rows. */
interface Limits {
  readonly relative: number;
  readonly ofStart: number;
  readonly accuracy: number;
}

/** Eval mode worse: the net that is deployed is not the one that was trained. */
const EVAL_WORSE: Limits = { relative: 0.1, ofStart: 0.01, accuracy: 0.03 };
/** Training mode worse: the noise of the batch statistics, some of which is the method. */
const TRAIN_WORSE: Limits = { relative: 0.1, ofStart: 0.1, accuracy: 0.05 };

export default {
  name: 'train-eval-gap',
  code: 'NL906',
  title: 'Training-mode and eval-mode loss differ on the same rows',
  observers: ['loss', 'train-eval-gap'],
  judge(evidence) {
    const inEval = evidence.last('loss/eval');
    const inTrain = evidence.last('loss/eval-in-train-mode');
    const start = evidence.first('loss/eval');
    if (inEval === undefined || inTrain === undefined || start === undefined) return [];
    if (evidence.result.steps < FEWEST_STEPS) return [];
    const withoutDropout = evidence.last('loss/eval-without-dropout');
    const batchStatistics = withoutDropout ?? inTrain;
    const limits = inEval > batchStatistics ? EVAL_WORSE : TRAIN_WORSE;
    const gap = Math.abs(batchStatistics - inEval);
    const relative = gap / Math.min(batchStatistics, inEval);
    const accuracy = accuracyGap(evidence);
    const large = relative > limits.relative && gap > limits.ofStart * start;
    // With dropout on, the accuracies do not say whose the gap is.
    if (!large && !(withoutDropout === undefined && accuracy > limits.accuracy)) return [];
    const dropout = withoutDropout === undefined ? '' : ` (${say(withoutDropout)} with dropout off)`;
    const points = accuracy > limits.accuracy ? `, and ${(100 * accuracy).toFixed(1)} points of accuracy` : '';
    const message = `The same validation rows: training-mode loss ${say(inTrain)}${dropout}, eval-mode loss ${say(inEval)}; the batch statistics make ${percent(relative)}${points}.`;
    const numbers = {
      train_mode_loss: inTrain,
      eval_mode_loss: inEval,
      relative_gap: relative,
      threshold: limits.relative,
      gap_of_start: gap / start,
      gap_of_start_threshold: limits.ofStart,
      accuracy_gap: accuracy,
      accuracy_threshold: limits.accuracy,
    };
    return [verdict(this, { severity: 'information', layer: '', place: evidence.graph.place, message, numbers })];
  },
} satisfies VerdictKind;

function accuracyGap(evidence: Evidence): number {
  const inEval = evidence.last('accuracy/eval');
  const inTrain = evidence.last('accuracy/eval-in-train-mode');
  return inEval === undefined || inTrain === undefined ? 0 : Math.abs(inEval - inTrain);
}
