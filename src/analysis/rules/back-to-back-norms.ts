import type { Facts } from '../../facts/facts.ts';
import {
  isTransparent,
  type NormNode,
  nameOfLayer,
  normFamily,
  oncePerLayer,
  onlyInput,
  readNorms,
} from '../../facts/graphs/queries.ts';
import type { LayerModule } from '../../facts/graphs/values.ts';
import { siblingsOf, withoutItem } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL305',
  name: 'back-to-back-norms',
  title: 'Two norms in a row',
  severity: 'hint',
  summary: 'A norm right behind another normalizes what is normalized.',
  page: 'rules/back-to-back-norms.md',
  check(facts) {
    if (facts.isTest) return [];
    return oncePerLayer(facts.of(readNorms).flatMap((norm) => pairOf(norm) ?? [])).map((pair) => reportOf(pair, facts));
  },
};

export default rule;

interface Pair extends NormNode {
  readonly first: LayerModule;
  /** Both take the same values together. */
  readonly same: boolean;
}

function pairOf(norm: NormNode): Pair | null {
  let input = onlyInput(norm.node);
  while (input && isTransparent(input)) input = onlyInput(input);
  const first = input?.module;
  const family = first ? normFamily(first.type) : null;
  // The same layer twice is a loop of the code, not two norms.
  return first && family && first !== norm.module ? { ...norm, first, same: family === norm.family } : null;
}

function reportOf({ module, first, same }: Pair, facts: Facts): Report {
  const siblings = siblingsOf(first.call, module.call, facts);
  const edit = siblings && withoutItem(module.call, siblings, facts);
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    ...(!same && { severity: 'information' as const }),
    message: same
      ? `${nameOfLayer(module)} normalizes again what ${nameOfLayer(first)} has normalized, and changes next to nothing.`
      : `${nameOfLayer(module)} normalizes what ${nameOfLayer(first)} has normalized, with nothing in between.`,
    related: [{ span: { start: first.call.start, end: first.call.end }, message: 'The first of the two.' }],
    repairs: [
      edit && same
        ? [{ title: 'Leave the second norm out (changes checkpoints)', level: 'unsafe', edits: [edit] }]
        : [],
    ],
  };
}
