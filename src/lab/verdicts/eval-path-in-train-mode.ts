// What a validation pass in training mode costs: another number, and running statistics that moved.

import { percent, placeOf, say, type VerdictKind, verdict } from '../verdict.ts';

/** Below, the modes agree to within what a reader would round away. */
const GAP = 0.02;
/** In deviations; a tenth of the shift that `running-stat-drift` calls unrepresentative is 0.02. */
const SHIFT = 0.02;

export default {
  name: 'eval-path-in-train-mode',
  code: 'NL101',
  title: 'What a validation pass in training mode costs',
  observers: ['loss', 'tracked-validation'],
  judge(evidence) {
    const inTrain = evidence.last('loss/eval-in-train-mode');
    const inEval = evidence.last('loss/eval');
    if (inTrain === undefined || inEval === undefined) return [];
    const shifts = evidence.layers('tracking-mean-shift').map((layer) => ({
      layer,
      shift: evidence.last('tracking-mean-shift', layer) ?? 0,
    }));
    const worst = shifts.reduce((a, b) => (b.shift > a.shift ? b : a), { layer: '', shift: 0 });
    const gap = Math.abs(inTrain - inEval) / inEval;
    if (!(gap >= GAP) && worst.shift < SHIFT) return [];
    const moved =
      worst.shift < SHIFT
        ? ''
        : `, and the pass moves the running mean of \`${worst.layer}\` by ${say(worst.shift)} deviations`;
    const message = `Validation as written reports a loss of ${say(inTrain)}; in eval mode the same weights give ${say(inEval)} (${percent(gap)} apart)${moved}.`;
    const numbers = {
      train_mode_loss: inTrain,
      eval_mode_loss: inEval,
      relative_gap: gap,
      gap_threshold: GAP,
      running_mean_shift: worst.shift,
      shift_threshold: SHIFT,
    };
    return evidence
      .findings('NL101')
      .map((finding) =>
        verdict(this, { severity: 'warning', layer: worst.layer, place: placeOf(finding), message, numbers }),
      );
  },
} satisfies VerdictKind;
