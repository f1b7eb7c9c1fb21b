// Every combination of norm, batch size and learning rate, each with every seed. Combinations share their
// seeds, so that the same rows in the same order and the same first weights are compared.

import { combinations } from '../combinations.ts';
import type { Experiment } from '../experiment.ts';

/** Measures that need more than the losses. */
const OBSERVERS: Readonly<Record<string, string>> = {
  bn_drift: 'running-stats',
  batch_noise: 'running-stats',
  batch_mates: 'batch-mate-sensitivity',
};

export default {
  name: 'sweep',
  question: 'How do norm, batch size and learning rate change what is learned?',
  plan(spec, sources) {
    const asked = [...spec.measure, ...spec.expect.flatMap((line) => line.match(/[a-z_]+/g) ?? [])];
    const extra = asked.flatMap((name) => (Object.hasOwn(OBSERVERS, name) ? [OBSERVERS[name] as string] : []));
    return combinations(spec, sources, [...new Set(['loss', 'train-eval-gap', ...extra])]);
  },
} satisfies Experiment;
