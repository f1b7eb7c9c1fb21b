// Activations or gradients that die out over depth, before anything is learned.

import { depthProfile, depthVerdict } from '../depth.ts';
import type { VerdictKind } from '../verdict.ts';

const RATIO = 1e-3;

export default {
  name: 'vanishing-signal',
  code: 'NL903',
  title: 'Vanishing activations or gradients at initialization',
  observers: ['activation-histogram', 'grad-norm'],
  judge(evidence) {
    const { forward, backward } = depthProfile(evidence);
    if (forward && forward.ratio < RATIO)
      return [
        depthVerdict(this, evidence, {
          ...forward,
          what: 'The deviation of the activations shrinks',
          threshold: RATIO,
        }),
      ];
    if (backward && backward.ratio < RATIO)
      return [depthVerdict(this, evidence, { ...backward, what: 'The gradient shrinks', threshold: RATIO })];
    return [];
  },
} satisfies VerdictKind;
