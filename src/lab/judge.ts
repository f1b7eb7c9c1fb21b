// All verdicts over the results of a plan; each is said once, however many runs show it.

import type { Verdict } from '../base/finding.ts';
import type { RunResult } from './plan.ts';
import { Evidence, type JudgeContext, type VerdictKind } from './verdict.ts';
import { all } from './verdicts/all.ts';

export function judge(results: readonly RunResult[], context: JudgeContext): readonly Verdict[] {
  const kinds: readonly VerdictKind[] = all;
  const verdicts = new Map<string, Verdict>();
  for (const result of results) {
    const evidence = new Evidence(result, context);
    for (const found of kinds.flatMap((kind) => kind.judge(evidence))) {
      const key = `${found.rule} ${found.layer} ${found.place?.line ?? 0}`;
      if (!verdicts.has(key)) verdicts.set(key, found);
    }
  }
  return [...verdicts.values()].sort((a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0));
}
