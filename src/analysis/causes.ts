// One finding for each cause. Where two rules see the same forward, parameter or pipeline, the one that says more
// speaks, and the other's finding would be put right by the same edit. Two findings have one cause where their
// places meet: the span of either, or a line either points at.

import type { Finding, Span } from '../base/finding.ts';

/** Rule to the rules it speaks for. */
const SPEAKS_FOR: Readonly<Record<string, readonly string[]>> = {
  // Training goes on in eval mode: the modes of the same forward's other phase follow from it.
  NL102: ['NL101', 'NL105'],
  // The part was to stay in eval mode, and its BatchNorm with it.
  NL105: ['NL104'],
  // Sampling in training mode is no forgotten eval().
  NL111: ['NL101'],
  // Stale statistics of averaged weights are also what is missing in the saved file.
  NL211: ['NL802'],
  // A group of one value is degenerate whatever the batch.
  NL307: ['NL203'],
  // Memory that nothing writes has no scale to speak of.
  NL501: ['NL505'],
  // A wrong order of the steps, before the numbers in them.
  NL603: ['NL604'],
};

export function onePerCause(found: readonly Finding[]): readonly Finding[] {
  const speakers = found.filter(({ rule }) => SPEAKS_FOR[rule]);
  if (speakers.length === 0) return found;
  return found.filter(
    (finding) => !speakers.some((one) => SPEAKS_FOR[one.rule]?.includes(finding.rule) && meet(one, finding)),
  );
}

function meet(a: Finding, b: Finding): boolean {
  const places = (finding: Finding): readonly Span[] => [finding.span, ...finding.related.map(({ span }) => span)];
  const theirs = places(b);
  return places(a).some((one) => theirs.some((other) => one.start < other.end && other.start < one.end));
}
