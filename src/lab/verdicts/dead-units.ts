// Units of a ReLU that are 0 for every row: no gradient reaches them any more.

import { percent, type VerdictKind, verdict } from '../verdict.ts';

const SHARE = 0.1;
const GRAVE_SHARE = 0.4;

export default {
  name: 'dead-units',
  code: 'NL901',
  title: 'Dead ReLU units',
  observers: ['dead-units'],
  judge(evidence) {
    return evidence.layers('dead-share').flatMap((layer) => {
      const atStart = evidence.first('dead-share', layer) ?? 0;
      const atEnd = evidence.last('dead-share', layer) ?? 0;
      const share = Math.max(atStart, atEnd);
      if (share < SHARE) return [];
      const units = evidence.last('units', layer) ?? evidence.first('units', layer) ?? 0;
      const dead = Math.round(share * units);
      const when = atStart >= atEnd ? 'before the first step' : `after ${evidence.result.steps} steps`;
      const message = `${dead} of ${units} units of \`${layer}\` (${percent(share)}) output 0 for every row, ${when}.`;
      const numbers = { dead_at_start: atStart, dead_at_end: atEnd, units, threshold: SHARE };
      const severity = share >= GRAVE_SHARE ? 'warning' : 'information';
      return [verdict(this, { severity, layer, place: evidence.place(layer), message, numbers })];
    });
  },
} satisfies VerdictKind;
