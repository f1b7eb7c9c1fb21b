import type { Fix } from '../../base/finding.ts';
import { type LostBuffers, readLostBuffers } from '../../facts/lost-buffers.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL802',
  name: 'buffers-dropped-on-save-load',
  title: 'Saved without the running statistics of BatchNorm',
  severity: 'error',
  summary: 'named_parameters() has no buffers: what is saved from it lacks the statistics eval mode needs.',
  page: 'rules/buffers-dropped-on-save-load.md',
  check(facts) {
    const reports = facts.of(readLostBuffers).map(reportOf);
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: LostBuffers): Report {
  const { kind, value, receiver } = one;
  const { start, end } = value;
  return {
    span: { start, end },
    confidence: kind === 'filtered' ? 'may' : 'definite',
    message:
      kind === 'filtered'
        ? 'The running statistics are left out of what is saved: a model that is filled from it normalizes with mean 0 and variance 1 in eval mode.'
        : `Only the parameters of \`${receiver}\` are saved, not the running statistics of its BatchNorm: strict loading raises, and a model filled from it normalizes with mean 0 and variance 1 in eval mode.`,
    related: [],
    repairs: [fixes(one)],
  };
}

function fixes({ kind, value, receiver }: LostBuffers): readonly Fix[] {
  if (kind === 'filtered') return [];
  const span = { start: value.start, end: value.end };
  const newText = `${receiver}.state_dict()`;
  return [{ title: `Save \`${newText}\``, level: 'unsafe', edits: [{ span, newText }] }];
}
