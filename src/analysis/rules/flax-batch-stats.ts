import type { Fix } from '../../base/finding.ts';
import { type FlaxFault, readFlaxFaults } from '../../facts/flax.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL113',
  name: 'flax-batch-stats',
  title: 'Flax: batch_stats not asked for, not kept, or a constant mode',
  severity: 'error',
  summary: 'BatchNorm’s statistics are a collection of their own that a training step asks for and puts back.',
  page: 'rules/flax-batch-stats.md',
  framework: 'flax',
  check(facts) {
    return quietInTests(facts.of(readFlaxFaults).map(reportOf), facts);
  },
};

export default rule;

function reportOf(one: FlaxFault): Report {
  return {
    span: one.span,
    confidence: 'definite',
    severity: one.kind === 'constant-mode' ? 'warning' : 'error',
    message: messageOf(one),
    related: [],
    repairs: [fixes(one)],
  };
}

function messageOf({ kind, argument, mode }: FlaxFault): string {
  switch (kind) {
    case 'not-mutable':
      return "In training mode BatchNorm updates `batch_stats`, and without `mutable=['batch_stats']` Flax raises: the collection cannot be changed.";
    case 'dropped':
      return 'The new `batch_stats` are returned here and used nowhere: evaluation normalizes with those of the beginning.';
    case 'constant-mode': {
      const value = argument?.value.kind === 'constant' ? argument.value.value : null;
      const never = value === true;
      return never
        ? `\`${argument?.name}\` is always True, whatever \`${mode}\` says: this layer runs as for evaluation in training too.`
        : `\`${argument?.name}\` is always False, whatever \`${mode}\` says: this layer runs as in training at evaluation too.`;
    }
  }
}

function fixes({ kind, argument, mode }: FlaxFault): readonly Fix[] {
  if (kind !== 'constant-mode' || !argument || !mode) return [];
  const { start, end } = argument.value;
  return [{ title: `Follow \`${mode}\``, level: 'unsafe', edits: [{ span: { start, end }, newText: `not ${mode}` }] }];
}
