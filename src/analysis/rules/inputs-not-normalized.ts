import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type RawInput, readRawInputs } from '../../facts/raw-inputs.ts';
import { insertNormalize } from '../pipeline-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL601',
  name: 'inputs-not-normalized',
  title: 'Inputs reach the network without standardization',
  severity: 'information',
  summary: 'Images go into the first layer as numbers up to 255, or between 0 and 1 around a mean that is not zero.',
  page: 'rules/inputs-not-normalized.md',
  check(facts) {
    return facts.isTest ? [] : facts.of(readRawInputs).map((raw) => reportOf(raw, facts));
  },
};

export default rule;

function reportOf(raw: RawInput, facts: Facts): Report {
  const { span, first, isTrained } = raw;
  const isWide = raw.kind !== 'unit';
  return {
    span,
    confidence: 'definite',
    severity: isWide && isTrained ? 'warning' : 'information',
    message: isWide
      ? 'The numbers of these images go up to 255 when they reach the first layer of the model, which is initialized for numbers around zero.'
      : `The images of \`${raw.dataset}\` reach the first layer as numbers between 0 and 1, with a mean of about ${raw.mean.toFixed(2)} instead of 0.`,
    related: [{ span: first, message: 'The model is run here.' }],
    repairs: [fixes(raw, facts)],
  };
}

function fixes(raw: RawInput, facts: Facts): readonly Fix[] {
  if (raw.kind === 'unit') {
    const edits = raw.statistics && raw.pipelines.map((one) => insertNormalize(one, raw.statistics, facts));
    const all = edits?.flatMap((edit) => edit ?? []) ?? [];
    return edits && all.length === edits.length
      ? [{ title: `Normalize by the statistics of \`${raw.dataset}\` (changes behavior)`, level: 'unsafe', edits: all }]
      : [];
  }
  if (raw.kind !== 'pipeline' || !raw.conversion) return [];
  const { args, end } = raw.conversion;
  const last = args.at(-1);
  if (!last || args.some(({ name }) => name === 'scale') || args.length > 1) return [];
  return [
    {
      title: 'Scale to numbers between 0 and 1 (changes behavior)',
      level: 'unsafe',
      edits: [{ span: { start: end - 1, end: end - 1 }, newText: ', scale=True' }],
    },
  ];
}
