import { type CheckpointedNorm, readCheckpoints } from '../../facts/checkpoints.ts';
import type { Facts } from '../../facts/facts.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL210',
  name: 'checkpoint-double-update',
  title: 'Activation checkpointing updates BatchNorm twice a step',
  severity: 'information',
  summary: 'The forward of a checkpointed segment runs again in backward(), and updates running statistics again.',
  page: 'rules/checkpoint-double-update.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readCheckpoints).map((one) => reportOf(one, facts));
  },
};

export default rule;

function reportOf({ segment }: CheckpointedNorm, { text }: Facts): Report {
  const { start, end } = segment;
  return {
    span: { start, end },
    confidence: 'definite',
    severity: 'information',
    message: `\`${text.slice(start, end)}\` runs a second time in \`backward()\`, so its BatchNorm takes every batch twice: a momentum of 0.1 acts as 0.19.`,
    related: [],
    repairs: [],
  };
}
