import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { nameOfLayer } from '../../facts/graphs/queries.ts';
import { enclosing } from '../../facts/loops.ts';
import { readSharedNorms, type SharedNorm } from '../../facts/shared-norms.ts';
import { insertAfter } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL206',
  name: 'shared-batchnorm',
  title: 'One BatchNorm for the outputs of different layers',
  severity: 'warning',
  summary: 'A BatchNorm that is used twice in one forward() mixes two distributions in its running statistics.',
  page: 'rules/shared-batchnorm.md',
  check(facts) {
    const reports = facts.of(readSharedNorms).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf({ first, second }: SharedNorm, facts: Facts): Report {
  const { start, end } = second.node.span;
  const line = facts.lines.position(first.node.span.start).line;
  return {
    span: { start, end },
    confidence: 'definite',
    message: `${nameOfLayer(second.module)} normalizes the output of another layer in line ${line}: its running statistics are a mixture of both, and fit neither in eval mode.`,
    related: [{ span: first.node.span, message: 'It normalizes this as well.' }],
    repairs: [fixes(second, facts)],
  };
}

/** A second layer, made as the first and used in the second place. */
function fixes({ node, module }: SharedNorm['second'], facts: Facts): readonly Fix[] {
  const { text } = facts;
  const { path, call } = module;
  const used = `self.${path}`;
  const made = enclosing(facts.module.body, call).at(-1);
  const isPlain = /^\w+$/.test(path) && text.startsWith(`${used}(`, node.span.start);
  if (!isPlain || made?.kind !== 'assign' || made.value?.start !== call.start || made.value.end !== call.end) return [];
  const name = [2, 3, 4].map((n) => `${used}_${n}`).find((one) => !text.includes(one));
  const keep = name && insertAfter(facts, made, `${name} = ${text.slice(call.start, call.end)}`);
  if (!keep) return [];
  const use = { span: { start: node.span.start, end: node.span.start + used.length }, newText: name };
  const edits = [keep, use].sort((a, b) => a.span.start - b.span.start);
  return [{ title: `Give this place a BatchNorm of its own, \`${name}\``, level: 'unsafe', edits }];
}
