// Layers that are put into a module after an optimizer was built over its parameters, so that the optimizer
// holds the old ones and never sees the new.

import type { Span } from '../base/finding.ts';
import type { Expression } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import { isOptimizer } from './knowledge.ts';

export interface LateReplacement {
  /** The constructor of the new layer. */
  readonly made: Expression;
  readonly attribute: string;
  readonly optimizer: Span;
  /** A training forward of the module, after both. */
  readonly forward: Span;
}

export function readLateReplacements(facts: Facts): readonly LateReplacement[] {
  const { text } = facts;
  if (!/parameters\(\)/.test(text) || !/\.backward\(/.test(text) || /\.add_param_group\(|\.param_groups\b/.test(text))
    return [];
  if (!facts.places.calls.some(({ name }) => isOptimizer(name))) return [];
  const { handlings, occurrences } = facts.modes;
  const optimized = handlings.filter(({ kind }) => kind === 'optimized');
  return handlings.flatMap(({ kind, at, name, since, before, place }, i): LateReplacement[] => {
    if (kind !== 'replaced' || !since || optimized.some((one) => handlings.indexOf(one) > i)) return [];
    if (handlings.findIndex((one) => one.kind === 'replaced' && one.at === at) !== i) return [];
    const trained = occurrences.find((one) => one.trained && one.id >= before && isAround(one.place, place));
    if (!trained || occurrences.some((one) => one.trained && one.id < before && one.call === at)) return [];
    return [{ made: at, attribute: name, optimizer: since, forward: trained.call }];
  });
}

function isAround(whole: string, part: string): boolean {
  return part === whole || part.startsWith(`${whole}.`);
}
