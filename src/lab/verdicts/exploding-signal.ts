// Activations or gradients that grow over depth, or a loss that left the numbers.

import { depthProfile, depthVerdict } from '../depth.ts';
import { type VerdictKind, verdict } from '../verdict.ts';

const RATIO = 1e3;

export default {
  name: 'exploding-signal',
  code: 'NL904',
  title: 'Exploding activations or gradients',
  observers: ['activation-histogram', 'grad-norm'],
  judge(evidence) {
    const { result } = evidence;
    if (result.status === 'diverged') {
      const numbers = { step: result.steps - 1 };
      const layer = evidence.layers('activation-std').find((name) => result.reason.includes(`\`${name}\``)) ?? '';
      return [
        verdict(this, { severity: 'error', layer, place: evidence.place(layer), message: result.reason, numbers }),
      ];
    }
    const { forward, backward } = depthProfile(evidence);
    if (forward && forward.ratio > RATIO)
      return [
        depthVerdict(this, evidence, { ...forward, what: 'The deviation of the activations grows', threshold: RATIO }),
      ];
    if (backward && backward.ratio > RATIO)
      return [depthVerdict(this, evidence, { ...backward, what: 'The gradient grows', threshold: RATIO })];
    return [];
  },
} satisfies VerdictKind;
