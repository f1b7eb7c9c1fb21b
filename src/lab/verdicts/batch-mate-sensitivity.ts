// In eval mode a row's output is its own. Where its neighbors change it, statistics of the batch are in use.

import { say, type VerdictKind, verdict } from '../verdict.ts';

/** In deviations of the output; float32 sums in another order stay below a hundredth of it. */
const NOISE = 1e-4;

export default {
  name: 'batch-mate-sensitivity',
  code: 'NL907',
  title: 'A prediction that depends on its batch mates',
  observers: ['batch-mate-sensitivity'],
  judge(evidence) {
    const change = evidence.last('batch-mates/eval');
    if (change === undefined || change <= NOISE) return [];
    const message = `In eval mode, the output for one row varies by ${say(change)} deviations of the output when its batch mates change.`;
    const numbers = { change, threshold: NOISE };
    return [verdict(this, { severity: 'information', layer: '', place: evidence.graph.place, message, numbers })];
  },
} satisfies VerdictKind;
