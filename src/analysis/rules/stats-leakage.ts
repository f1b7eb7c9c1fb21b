import type { Facts } from '../../facts/facts.ts';
import { type Leak, readLeaks } from '../../facts/leaks.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL605',
  name: 'stats-leakage',
  title: 'Scaling with statistics of the test data',
  severity: 'warning',
  summary: 'A scaler is fitted on data that holds the test part, or anew on the test part.',
  page: 'rules/stats-leakage.md',
  check(facts: Facts) {
    if (facts.isTest) return [];
    return facts.of(readLeaks).map(reportOf);
  },
};

export default rule;

function reportOf({ kind, span, name, split, method }: Leak): Report {
  return {
    span,
    confidence: 'definite',
    message: {
      before: `\`${name}\` is fitted on all samples, the test part of the later split too: the test is scaled by its own statistics.`,
      'by hand': `\`${name}\` is scaled by the statistics of all samples, the test part of the later split too.`,
      again: `A scaler is fitted on \`${name}\`, the test part: it is scaled by other numbers than the model was trained on.`,
    }[kind],
    related: [{ span: split, message: 'The split.' }],
    repairs: [
      method
        ? [
            {
              title: 'Use what was fitted on the training part (changes behavior)',
              level: 'unsafe',
              edits: [{ span: method, newText: 'transform' }],
            },
          ]
        : [],
    ],
  };
}
