import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { enclosing } from '../../facts/loops.ts';
import { type LateReplacement, readLateReplacements } from '../../facts/replacements.ts';
import { insertAfter } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL702',
  name: 'norm-replaced-after-optimizer',
  title: 'Layer replaced after the optimizer was built',
  severity: 'error',
  summary: 'An optimizer keeps the parameters it was given; those of a layer put in later are never trained.',
  page: 'rules/norm-replaced-after-optimizer.md',
  check(facts) {
    const reports = facts.of(readLateReplacements).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: LateReplacement, facts: Facts): Report {
  const { made, attribute, optimizer, forward } = one;
  const line = facts.lines.position(optimizer.start).line;
  return {
    span: { start: made.start, end: made.end },
    confidence: 'definite',
    message: `The parameters of the new \`${attribute}\` are not in the optimizer of line ${line}: they are never trained.`,
    related: [
      { span: optimizer, message: 'The optimizer was given the old parameters here.' },
      { span: { start: forward.start, end: forward.end }, message: 'It is trained here.' },
    ],
    repairs: [fixes(one, facts)],
  };
}

/** The optimizer's statement, moved behind the replacement; only where nothing between them speaks of it. */
function fixes({ made, optimizer }: LateReplacement, facts: Facts): readonly Fix[] {
  const { text, module, lines } = facts;
  const from = enclosing(module.body, optimizer);
  const to = enclosing(module.body, made);
  const [moved, behind] = [from.at(-1), to.at(-1)];
  if (moved?.kind !== 'assign' || !behind || from.at(-2) !== to.at(-2) || moved.end > behind.start) return [];
  const [target] = moved.targets;
  if (target?.kind !== 'name' || new RegExp(`\\b${target.id}\\b`).test(text.slice(moved.end, behind.end))) return [];
  const start = moved.start - (lines.position(moved.start).column - 1);
  const end = lineEnd(text, moved.end);
  const edit = insertAfter(facts, behind, text.slice(moved.start, moved.end));
  return edit
    ? [{ title: 'Build the optimizer after it', level: 'unsafe', edits: [{ span: { start, end }, newText: '' }, edit] }]
    : [];
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at + 1;
}
