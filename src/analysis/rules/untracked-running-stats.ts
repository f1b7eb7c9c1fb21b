import type { Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type BatchStatistics, readBatchStatistics } from '../../facts/untracked-norms.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL204',
  name: 'untracked-running-stats',
  title: 'Norm whose output in eval mode depends on the batch',
  severity: 'warning',
  summary: 'Without running statistics a BatchNorm normalizes with the batch in eval mode too.',
  page: 'rules/untracked-running-stats.md',
  check(facts) {
    const reports = facts.of(readBatchStatistics).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: BatchStatistics, facts: Facts): Report {
  const { start, end } = one.argument;
  return {
    span: { start, end },
    confidence: 'definite',
    severity: severityOf(one),
    message: messageOf(one),
    related: [],
    repairs: [fixes(one, facts)],
  };
}

function severityOf({ kind, evaluates }: BatchStatistics): Severity {
  if (kind === 'tracked-instance') return 'information';
  return kind === 'always-training' || evaluates ? 'warning' : 'information';
}

function messageOf({ kind, layer }: BatchStatistics): string {
  switch (kind) {
    case 'untracked':
      return `This \`${layer}\` keeps no running statistics, so it normalizes with the batch in \`eval()\` too: an output depends on the other samples, and a single sample may raise.`;
    case 'tracked-instance':
      return `This \`${layer}\` normalizes with running statistics in \`eval()\`, so it no longer normalizes each instance by itself.`;
    case 'always-training':
      return `\`${layer}\` normalizes with the batch whatever its mode is: \`eval()\` changes nothing, and an output depends on the other samples.`;
  }
}

function fixes({ kind, argument, call }: BatchStatistics, { text }: Facts): readonly Fix[] {
  if (kind === 'always-training') {
    const { start, end } = argument.value;
    return [
      { title: 'Follow `self.training`', level: 'unsafe', edits: [{ span: { start, end }, newText: 'self.training' }] },
    ];
  }
  const i = call.args.indexOf(argument);
  const [before, after] = [call.args[i - 1], call.args[i + 1]];
  const span = before
    ? { start: before.end, end: argument.end }
    : { start: argument.start, end: after ? after.start : argument.end };
  return text.slice(span.start, span.end).includes('#')
    ? []
    : [{ title: 'Remove `track_running_stats`', level: 'unsafe', edits: [{ span, newText: '' }] }];
}
