import {
  activationIn,
  behind,
  countOf,
  isTransparent,
  isWeightedNode,
  type NormNode,
  nameOfLayer,
  normFamily,
  oncePerLayer,
  onlyConsumer,
  onlyInput,
  readNorms,
} from '../../facts/graphs/queries.ts';
import type { GraphNode } from '../../facts/graphs/values.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL306',
  name: 'over-normalized',
  title: 'More norms than the network uses',
  severity: 'hint',
  summary: 'A norm with no weights since the last one, between two linear maps, or over a single channel.',
  page: 'rules/over-normalized.md',
  // A candidate only: whether the norm does anything is for a measurement to say.
  optIn: true,
  check(facts) {
    if (facts.isTest) return [];
    return oncePerLayer(facts.of(readNorms).flatMap((norm) => candidateOf(norm) ?? [])).map(reportOf);
  },
};

export default rule;

interface Candidate extends NormNode {
  readonly why: string;
}

function candidateOf(norm: NormNode): Candidate | null {
  const { node, module, family } = norm;
  const features = family === 'batch' ? countOf(module.args.get('num_features')) : null;
  if (features === 1) return { ...norm, why: 'normalizes a single channel, which a scale and a shift could do' };
  const before = behind(node, (other) => isTransparent(other) || activationIn(other) !== null);
  const previous = before ? normFamily(before.name) : null;
  // Right behind another norm, it is told of as two in a row.
  if (before && previous && onlyInput(node) !== before)
    return { ...norm, why: 'has no weights between it and the norm before' };
  const next = onlyConsumer(node);
  // A norm between a depthwise convolution and the next is the recipe of small nets.
  const isLinear = (other: GraphNode | null | undefined) =>
    !!other && isWeightedNode(other) && !other.module?.args.has('groups');
  if (isLinear(onlyInput(node)) && isLinear(next))
    return { ...norm, why: 'stands between two linear maps, with no activation' };
  return null;
}

function reportOf({ module, why }: Candidate): Report {
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    message: `${nameOfLayer(module)} ${why}: measure whether the network needs it.`,
    related: [],
    repairs: [],
  };
}
