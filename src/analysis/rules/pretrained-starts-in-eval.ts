import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type EvalStart, readEvalStarts } from '../../facts/starts.ts';
import { insertBefore } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL109',
  name: 'pretrained-starts-in-eval',
  title: 'Fine-tuning a model that its loader returned in eval mode',
  severity: 'warning',
  summary: 'from_pretrained() returns a model in eval mode, and nothing calls train() before it is trained.',
  page: 'rules/pretrained-starts-in-eval.md',
  check(facts) {
    if (facts.modesAreManaged || !/\bfrom_pretrained\b/.test(facts.text)) return [];
    const reports = facts.of(readEvalStarts).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: EvalStart, facts: Facts): Report {
  const { forward, receiver, loader, made, dropsOut } = one;
  const line = facts.lines.position(made.start).line;
  const effect = dropsOut ? 'its Dropout is off' : 'any Dropout in it is off';
  return {
    span: forward,
    confidence: dropsOut ? 'definite' : 'may',
    message: `\`${receiver}\` is trained here in eval mode, as \`${loader}()\` in line ${line} returns it: ${effect}.`,
    related: [{ span: made, message: 'It was loaded here.' }],
    repairs: [fixes(one, facts)],
  };
}

function fixes({ receiver, region }: EvalStart, facts: Facts): readonly Fix[] {
  const edit = insertBefore(facts, region, `${receiver}.train()`);
  return edit
    ? [{ title: `Insert \`${receiver}.train()\` before the training`, level: 'preferred', edits: [edit] }]
    : [];
}
