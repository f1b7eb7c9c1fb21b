import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type HalfNorm, readHalfNorms } from '../../facts/half-norms.ts';
import type { Expression } from '../../python/tree.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL407',
  name: 'norm-in-half-precision',
  title: 'Norm that computes or trains in float16',
  severity: 'warning',
  summary: 'In float16 a square overflows above 255, and small updates of norms are rounded away.',
  page: 'rules/norm-in-half-precision.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readHalfNorms).map((half) => reportOf(half, facts));
  },
};

export default rule;

function reportOf({ call, name, square }: HalfNorm, _facts: Facts): Report {
  const { start, end } = square ?? call;
  return {
    span: { start, end },
    confidence: 'definite',
    message: square
      ? `\`${name}\` runs in float16 here, where a square overflows to infinity as soon as a value is above 255.`
      : `\`${name}\` trains in float16 with its norms: their statistics and small updates are rounded to three digits.`,
    related: square ? [{ span: { start: call.start, end: call.end }, message: 'The model is halved here.' }] : [],
    repairs: [square ? widened(square) : []],
  };
}

/** `x.pow(2)` → `x.float().pow(2)`. */
function widened(square: Expression): readonly Fix[] {
  const input =
    square.kind === 'operation'
      ? square.operands[0]
      : square.kind === 'call' && square.callee.kind === 'attribute'
        ? square.callee.object
        : null;
  if (!input) return [];
  const edits = [{ span: { start: input.end, end: input.end }, newText: '.float()' }];
  return [{ title: 'Square in float32 (changes the result’s type)', level: 'unsafe', edits }];
}
