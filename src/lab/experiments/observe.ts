// One cell, one model, everything measured: the Observatory's run as a notebook cell. With lists, the first
// value of each is taken.

import { combinations } from '../combinations.ts';
import type { Experiment } from '../experiment.ts';
import { OBSERVERS } from '../plan-observe.ts';

export default {
  name: 'observe',
  question: 'What happens inside this model while it trains?',
  plan(spec, sources) {
    const one = {
      ...spec,
      norm: spec.norm.slice(0, 1),
      batch: spec.batch.slice(0, 1),
      lr: spec.lr.slice(0, 1),
      seeds: spec.seeds.slice(0, 1),
    };
    return combinations(one, sources, OBSERVERS);
  },
} satisfies Experiment;
