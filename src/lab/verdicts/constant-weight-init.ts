// Units that start as copies: how many there really are, at the start and after training.

import { placeOf, say, type VerdictKind, verdict } from '../verdict.ts';

export default {
  name: 'constant-weight-init',
  code: 'NL504',
  title: 'How many units a constant initialization leaves',
  observers: ['unit-similarity'],
  judge(evidence) {
    const findings = evidence.findings('NL504');
    if (findings.length === 0) return [];
    return evidence.layers('distinct-units').flatMap((layer) => {
      const units = evidence.first('units', layer) ?? 0;
      if (evidence.first('distinct-units', layer) !== 1 || units < 2) return [];
      const finding = findings.find(({ message }) => message.includes(`\`${layer}\``)) ?? findings[0];
      const after = evidence.last('unit-directions', layer);
      const gradients = evidence.first('distinct-gradients', layer);
      const steps = evidence.result.steps;
      const rows =
        gradients === undefined
          ? ''
          : `, and its gradient has ${gradients} distinct direction${gradients === 1 ? '' : 's'}`;
      const end =
        after === undefined ? '' : `; after ${steps} steps the units span ${say(after)} of ${units} directions`;
      const message = `All ${units} units of \`${layer}\` start as copies of one${rows}${end}.`;
      const numbers = {
        units,
        distinct_units_at_start: 1,
        ...(gradients === undefined ? {} : { distinct_gradients_at_start: gradients }),
        ...(after === undefined ? {} : { directions_after_training: after }),
      };
      const place = finding ? placeOf(finding) : evidence.place(layer);
      return [verdict(this, { severity: 'error', layer, place, message, numbers })];
    });
  },
} satisfies VerdictKind;
