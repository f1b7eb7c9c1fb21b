import { type Decay, readDecays } from '../../facts/decays.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL701',
  name: 'weight-decay-on-norm',
  title: 'Weight decay on norms and biases',
  severity: 'hint',
  summary: 'Weight decay pulls the scales of norms to zero; many recipes leave them out.',
  page: 'rules/weight-decay-on-norm.md',
  optIn: true,
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readDecays).map(reportOf);
  },
};

export default rule;

function reportOf({ kind, node, value, norms }: Decay): Report {
  const [first] = norms;
  return {
    span: { start: node.start, end: node.end },
    confidence: 'definite',
    // A list that leaves nothing out is a slip, not a taste.
    ...(kind === 'no match' && { severity: 'warning' as const }),
    message:
      kind === 'all'
        ? `The scale and shift of ${norms.length} norm layer${norms.length > 1 ? 's' : ''} decay towards 0 by ${value}; many recipes leave them out.`
        : `No parameter of the model has \`${value}\` in its name, so its norms decay like all else.`,
    related: first
      ? [
          {
            span: { start: first.call.start, end: first.call.end },
            message: `A norm of the model: \`${first.path || 'it has no name here'}\`.`,
          },
        ]
      : [],
    repairs: [],
  };
}
