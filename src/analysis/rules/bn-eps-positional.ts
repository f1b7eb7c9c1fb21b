import type { Fix } from '../../base/finding.ts';
import type { CallFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import { isBatchNorm, isInstanceNorm } from '../../facts/knowledge.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL213',
  name: 'bn-eps-positional',
  title: 'Momentum passed where eps is expected',
  severity: 'information',
  summary: 'The second positional argument of BatchNorm is eps; a momentum there shrinks what it normalizes.',
  page: 'rules/bn-eps-positional.md',
  check(facts) {
    return facts.places.calls.flatMap((call) => reportOf(call, facts) ?? []);
  },
};

export default rule;

/** An eps of this size is a considerable part of a variance; nobody chooses it to avoid a division by 0. */
const LEAST = 0.05;

function reportOf({ call, name, args, scope }: CallFact, facts: Facts): Report | null {
  const second = call.args[1];
  if ((!isBatchNorm(name) && !isInstanceNorm(name)) || !args.complete || !second || second.name !== null) return null;
  const eps = facts.values.fold(second.value, scope)?.value;
  // `True` would be a number to Python, too; whole numbers are other mistakes.
  if (typeof eps !== 'number' || eps < LEAST || eps >= 1) return null;
  const short = name.split('.').at(-1);
  const share = (1 / Math.sqrt(1 + eps)).toFixed(2);
  return {
    span: { start: second.start, end: second.end },
    confidence: 'definite',
    message: `The second argument of \`${short}\` is \`eps\`, not \`momentum\`: ${eps} is added to every variance, so a channel of variance 1 leaves with a standard deviation of ${share}, and smaller ones with less.`,
    related: [],
    repairs: [args.values.has('momentum') ? [] : fixes(second, eps)],
  };
}

/** A large value is TensorFlow's momentum, which keeps where PyTorch's replaces. */
function fixes({ start, end }: { start: number; end: number }, eps: number): readonly Fix[] {
  const momentum = eps >= 0.5 ? Number((1 - eps).toFixed(6)) : eps;
  const newText = `momentum=${momentum}`;
  return [
    { title: `Pass \`${newText}\` (changes behavior)`, level: 'unsafe', edits: [{ span: { start, end }, newText }] },
  ];
}
