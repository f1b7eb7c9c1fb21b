// Facts → findings: the one entry. Rules report, settings give levels, comments suppress, and a repair is
// offered only after the repaired text was analyzed again: its finding is gone, nothing else appeared,
// and no training step that ran in training mode has lost it.

import type { Finding, Fix, Severity } from '../base/finding.ts';
import { applyEdits } from '../base/text.ts';
import type { Facts } from '../facts/facts.ts';
import { lower, type Report, type Rule } from './rule.ts';
import { all as rules } from './rules/all.ts';
import { isEnabled, levelOf, type Settings } from './settings.ts';
import { suppress } from './suppress.ts';

/** Facts of another text, as the same file; how they are read is the caller's business. */
export type Reread = (text: string) => Facts;

/** In source order. Without `reread` no fix is offered. */
export function analyze(facts: Facts, settings: Settings, reread?: Reread): readonly Finding[] {
  const drafts = draftsOf(facts, settings);
  const findings = drafts.map(
    ({ rule, report }): Finding => ({
      rule: rule.code,
      name: rule.name,
      span: report.span,
      severity: severityOf(rule, report, settings),
      confidence: report.confidence,
      message: report.message,
      related: report.related,
      fixes: reread ? report.repairs.flatMap((candidates) => offered(candidates, rule, facts, settings, reread)) : [],
    }),
  );
  return suppress(findings, facts, settings, rules)
    .slice()
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end || (a.rule < b.rule ? -1 : 1));
}

interface Draft {
  readonly rule: Rule;
  readonly report: Report;
}

function draftsOf(facts: Facts, settings: Settings): readonly Draft[] {
  if (!facts.usesTorch) return [];
  return rules.flatMap((rule) =>
    isEnabled(rule, settings) ? rule.check(facts).map((report): Draft => ({ rule, report })) : [],
  );
}

function severityOf(rule: Rule, report: Report, settings: Settings): Severity {
  const level = levelOf(rule, settings);
  if (level && level !== 'off') return level;
  if (report.severity) return report.severity;
  return report.confidence === 'may' ? lower(rule.severity) : rule.severity;
}

/** The first candidate that holds up, or none. */
function offered(
  candidates: readonly Fix[],
  rule: Rule,
  facts: Facts,
  settings: Settings,
  reread: Reread,
): readonly Fix[] {
  const good = candidates.find((fix) => fix.level === 'display' || holdsUp(fix, rule, facts, settings, reread));
  return good ? [good] : [];
}

function holdsUp(fix: Fix, rule: Rule, before: Facts, settings: Settings, reread: Reread): boolean {
  const after = reread(applyEdits(before.text, fix.edits));
  if (after.syntaxErrors.length > before.syntaxErrors.length) return false;
  if (after.trainingInEval > before.trainingInEval) return false;
  const countBefore = countByRule(draftsOf(before, settings));
  const countAfter = countByRule(draftsOf(after, settings));
  for (const [code, count] of countAfter) {
    const limit = (countBefore.get(code) ?? 0) - (code === rule.code ? 1 : 0);
    if (count > limit) return false;
  }
  return true;
}

function countByRule(drafts: readonly Draft[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rule } of drafts) counts.set(rule.code, (counts.get(rule.code) ?? 0) + 1);
  return counts;
}
