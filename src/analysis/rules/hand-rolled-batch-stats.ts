import { type BatchStatistics, readBatchStatistics } from '../../facts/batch-statistics.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL607',
  name: 'hand-rolled-batch-stats',
  title: "Inputs scaled by the batch's own statistics",
  severity: 'warning',
  summary:
    'forward() standardizes by the mean and deviation of the batch at hand, so a prediction depends on its neighbors.',
  page: 'rules/hand-rolled-batch-stats.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readBatchStatistics).map(reportOf);
  },
};

export default rule;

function reportOf({ expression: { start, end }, input, guarded }: BatchStatistics): Report {
  return {
    span: { start, end },
    confidence: 'definite',
    message: `\`${input}\` is scaled by the mean and deviation of its batch, in eval mode too: what a sample gives depends on the others${guarded ? '' : ', and one alone gives `nan`'}.`,
    related: [],
    repairs: [],
  };
}
