import type { Facts } from '../../facts/facts.ts';
import {
  activationIn,
  isWeightedNode,
  type NormNode,
  nameOfLayer,
  oncePerLayer,
  onlyConsumer,
  onlyInput,
  readNorms,
} from '../../facts/graphs/queries.ts';
import type { GraphNode } from '../../facts/graphs/values.ts';
import { siblingsOf, swapped } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL302',
  name: 'norm-after-activation',
  title: 'Norm behind the activation, unlike the rest of the file',
  severity: 'hint',
  summary: 'Here the norm stands behind the activation; elsewhere in the file it stands before it.',
  page: 'rules/norm-after-activation.md',
  optIn: true,
  check(facts) {
    if (facts.isTest) return [];
    const norms = facts.of(readNorms).filter(({ family }) => family !== 'layer');
    // Either order trains; two orders in one file are what is worth a look.
    if (!norms.some(({ node }) => isBefore(node))) return [];
    return oncePerLayer(norms.flatMap((norm) => behindOne(norm) ?? [])).map((found) => reportOf(found, facts));
  },
};

export default rule;

interface Behind extends NormNode {
  readonly activation: GraphNode;
}

/** linear, norm, activation. */
function isBefore(node: GraphNode): boolean {
  const input = onlyInput(node);
  const next = onlyConsumer(node);
  return !!input && isWeightedNode(input) && !!next && isRectifier(next);
}

/** linear, activation, norm, linear. */
function behindOne(norm: NormNode): Behind | null {
  const activation = onlyInput(norm.node);
  const source = activation && isRectifier(activation) ? onlyInput(activation) : null;
  const next = onlyConsumer(norm.node);
  return activation && source && isWeightedNode(source) && next && isWeightedNode(next)
    ? { ...norm, activation }
    : null;
}

function isRectifier(node: GraphNode): boolean {
  return /relu|elu|gelu|silu|mish/.test(activationIn(node) ?? '');
}

function reportOf({ module, activation }: Behind, facts: Facts): Report {
  const call = activation.module?.call;
  const siblings = call && siblingsOf(call, module.call, facts);
  const isNext = call && siblings && siblings.indexOf(module.call) === siblings.indexOf(call) + 1;
  const edits = isNext ? swapped(call, module.call, facts) : [];
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    message: `${nameOfLayer(module)} stands behind \`${activationIn(activation)}\`; elsewhere in this file the norm comes first.`,
    related: [],
    repairs: [
      edits.length > 0 ? [{ title: 'Normalize before the activation (changes behavior)', level: 'unsafe', edits }] : [],
    ],
  };
}
