// Running statistics that are not those of the data under the final weights: eval mode normalizes with them.

import { say, type VerdictKind, verdict } from '../verdict.ts';

const MEAN_SHIFT = 0.2;
const VAR_RATIO = [0.7, 1.4] as const;
/** With momentum 0.1, the share of the initial 0 and 1 that is left after so many steps is below 0.6 %. */
const FEWEST_STEPS = 50;

export default {
  name: 'running-stat-drift',
  code: 'NL905',
  title: 'Running statistics that do not represent the data',
  observers: ['running-stats'],
  judge(evidence) {
    if (evidence.result.steps < FEWEST_STEPS) return [];
    return evidence.layers('reestimated-mean-shift').flatMap((layer) => {
      const shift = evidence.last('reestimated-mean-shift', layer) ?? 0;
      const ratio = evidence.last('reestimated-var-ratio', layer) ?? 1;
      if (shift <= MEAN_SHIFT && ratio >= VAR_RATIO[0] && ratio <= VAR_RATIO[1]) return [];
      const message = `The running mean of \`${layer}\` is ${say(shift)} deviations from the data's, its running variance ${say(ratio)} times the data's, after ${evidence.result.steps} updates.`;
      const numbers = {
        mean_shift: shift,
        mean_threshold: MEAN_SHIFT,
        variance_ratio: ratio,
        ratio_least: VAR_RATIO[0],
        ratio_most: VAR_RATIO[1],
      };
      return [verdict(this, { severity: 'information', layer, place: evidence.place(layer), message, numbers })];
    });
  },
} satisfies VerdictKind;
