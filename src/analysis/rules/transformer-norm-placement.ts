import type { Fix } from '../../base/finding.ts';
import { type EncoderFact, readEncoders } from '../../facts/encoders.ts';
import type { Facts } from '../../facts/facts.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL308',
  name: 'transformer-norm-placement',
  title: 'Transformer without a norm at its end, or deep and without warm-up',
  severity: 'hint',
  summary:
    'Layers that normalize first leave the sum of all of them unnormalized; deep ones that normalize last want a warm-up.',
  page: 'rules/transformer-norm-placement.md',
  optIn: true,
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readEncoders).flatMap((encoder) => reportOf(encoder, facts) ?? []);
  },
};

export default rule;

const DEEP = 12;

function reportOf(encoder: EncoderFact, facts: Facts): Report | null {
  const { call, normFirst, layers, endsInNorm } = encoder;
  const span = { start: call.start, end: call.end };
  if (normFirst && !endsInNorm)
    return {
      span,
      confidence: 'definite',
      message:
        'With `norm_first=True` each layer adds to the stream and nothing normalizes the sum: the output grows with the depth.',
      related: [],
      repairs: [finalNorm(encoder, facts)],
    };
  if (normFirst || layers === null || layers < DEEP || !trainsWithoutWarmup(facts)) return null;
  return {
    span,
    confidence: 'definite',
    message: `The ${layers} layers normalize behind the sum, and Adam trains them at its full rate from the first step: such stacks often start badly.`,
    related: [],
    repairs: [],
  };
}

function trainsWithoutWarmup({ text }: Facts): boolean {
  return (
    /\boptim\.\w*Adam\w*\(/.test(text) &&
    /\.backward\(/.test(text) &&
    !/warm|lr_scheduler|scheduler|load_state_dict/i.test(text)
  );
}

function finalNorm({ call, width }: EncoderFact, facts: Facts): readonly Fix[] {
  const last = call.args.at(-1);
  const prefix = facts.initPrefix?.replace(/\.init$/, '');
  if (!last || !width || !prefix || !/^[\w.]+$/.test(facts.text.slice(width.start, width.end))) return [];
  const newText = `, norm=${prefix}.LayerNorm(${facts.text.slice(width.start, width.end)})`;
  return [
    {
      title: 'Normalize the output (changes checkpoints)',
      level: 'unsafe',
      edits: [{ span: { start: last.end, end: last.end }, newText }],
    },
  ];
}
