// The same rows and weights in two modes: a gap that is not dropout's is the batch statistics'.

import { percent, say, type VerdictKind, verdict } from '../verdict.ts';

const RELATIVE = 0.1;
const ACCURACY = 0.02;
/** Of the loss before training: a gap below it is nothing beside what was learned. */
const LEAST_OF_START = 0.01;

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
    const withoutDropout = evidence.last('loss/eval-without-dropout');
    const gap = Math.abs((withoutDropout ?? inTrain) - inEval);
    const accuracy = accuracyGap(evidence.last('accuracy/eval'), evidence.last('accuracy/eval-in-train-mode'));
    const large = gap > RELATIVE * inEval && gap > LEAST_OF_START * start;
    if (!large && !(withoutDropout === undefined && accuracy > ACCURACY)) return [];
    const dropout = withoutDropout === undefined ? '' : ` (${say(withoutDropout)} with dropout off)`;
    const points = accuracy > ACCURACY ? `, and ${(100 * accuracy).toFixed(1)} points of accuracy` : '';
    const message = `The same validation rows: training-mode loss ${say(inTrain)}${dropout}, eval-mode loss ${say(inEval)}; normalization alone makes ${percent(gap / inEval)}${points}.`;
    const numbers = {
      train_mode_loss: inTrain,
      eval_mode_loss: inEval,
      relative_gap: gap / inEval,
      threshold: RELATIVE,
      accuracy_gap: accuracy,
    };
    return [verdict(this, { severity: 'information', layer: '', place: evidence.graph.place, message, numbers })];
  },
} satisfies VerdictKind;

function accuracyGap(inEval: number | undefined, inTrain: number | undefined): number {
  return inEval === undefined || inTrain === undefined ? 0 : Math.abs(inEval - inTrain);
}
