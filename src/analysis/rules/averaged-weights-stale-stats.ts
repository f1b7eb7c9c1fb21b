import type { Fix } from '../../base/finding.ts';
import { readStaleAverages, type StaleAverage } from '../../facts/averages.ts';
import type { Facts } from '../../facts/facts.ts';
import { insertAfter } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL211',
  name: 'averaged-weights-stale-stats',
  title: 'Averaged weights evaluated with stale BatchNorm statistics',
  severity: 'warning',
  summary: 'Averaging parameters() leaves the running statistics of BatchNorm where they were.',
  page: 'rules/averaged-weights-stale-stats.md',
  check(facts) {
    const reports = facts.of(readStaleAverages).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: StaleAverage, facts: Facts): Report {
  const { kind, span, forward } = one;
  const line = facts.lines.position(forward.start).line;
  return {
    span,
    confidence: 'definite',
    message:
      kind === 'swa'
        ? 'The averaged model runs here with BatchNorm statistics that are not those of the averaged weights: `update_bn()` never computed them.'
        : `Only parameters are written here; the running statistics of BatchNorm stay as they were, and line ${line} evaluates with them.`,
    related:
      kind === 'swa'
        ? []
        : [{ span: forward, message: 'It runs in eval mode here, with statistics that are not its own.' }],
    repairs: kind === 'swa' ? [] : [fixes(one, facts)],
  };
}

function fixes({ loop, written }: StaleAverage, facts: Facts): readonly Fix[] {
  if (loop?.target.kind !== 'sequence' || loop.iterable.kind !== 'call') return [];
  const names = loop.target.items.map((item) => (item.kind === 'name' ? item.id : ''));
  const lists = loop.iterable.args.map(
    ({ value }) => /^([\w.]+)\.parameters\(\)$/.exec(facts.text.slice(value.start, value.end))?.[1],
  );
  const other = names.find((name) => name !== written);
  if (names.length !== 2 || lists.length !== 2 || lists.includes(undefined) || !written || !other) return [];
  const newline = facts.text.includes('\r\n') ? '\r\n' : '\n';
  const indent = ' '.repeat(facts.lines.position(loop.start).column - 1);
  const header = `for ${names.join(', ')} in zip(${lists.map((list) => `${list}.buffers()`).join(', ')}):`;
  const edit = insertAfter(facts, loop, `${header}${newline}${indent}    ${written}.copy_(${other})`);
  return edit ? [{ title: 'Copy the buffers as well', level: 'unsafe', edits: [edit] }] : [];
}
