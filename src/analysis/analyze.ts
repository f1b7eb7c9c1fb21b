// Facts → findings: the one entry. Rules report, settings give levels, comments suppress. Findings are there at
// once; a fix is tried when somebody asks for it, because trying means analyzing the repaired text: it is
// offered only where its finding is gone then, nothing else appeared, the text parses no worse, and no
// training step that ran in training mode has lost it.

import type { Finding, Fix, FixLevel, Severity } from '../base/finding.ts';
import { applyEdits, overlaps } from '../base/text.ts';
import type { Facts } from '../facts/facts.ts';
import { onePerCause } from './causes.ts';
import { lower, type Report, type Rule } from './rule.ts';
import { all as rules } from './rules/all.ts';
import { isEnabled, levelOf, type Settings } from './settings.ts';
import { suppress } from './suppress.ts';

/** Facts of another text, as the same file; how they are read is the caller's business. */
export type Reread = (text: string) => Facts;

export interface Analysis {
  /** In source order. */
  readonly findings: readonly Finding[];
  /** What puts a finding of this analysis right, tried on the text when first asked for. */
  fixesOf(finding: Finding): readonly Fix[];
  /** Fixes of the given levels that can be applied at once, at most one for each finding. */
  fixesTogether(levels: ReadonlySet<FixLevel>): readonly Fix[];
}

export function analyze(facts: Facts, settings: Settings, reread: Reread): Analysis {
  const drafts = draftsOf(facts, settings);
  const sources = new Map<Finding, Draft>();
  const found = drafts.map((draft) => {
    const finding = findingOf(draft, facts, settings);
    sources.set(finding, draft);
    return finding;
  });
  // A cause that is silenced does not bring up what it speaks for.
  const { remaining, unused } = suppress(onePerCause(found), facts, settings, rules);
  const findings = [...remaining, ...unused.keys()].sort(
    (a, b) => a.span.start - b.span.start || a.span.end - b.span.end || (a.rule < b.rule ? -1 : 1),
  );
  const trial = new Trial(facts, drafts, settings, reread);
  const known = new Map<Finding, readonly Fix[]>([...unused].map(([finding, fix]) => [finding, [fix]]));

  function fixesOf(finding: Finding): readonly Fix[] {
    const before = known.get(finding);
    if (before) return before;
    const draft = sources.get(finding);
    const fixes = draft ? draft.report.repairs.flatMap((candidates) => trial.firstGood(candidates, draft.rule)) : [];
    known.set(finding, fixes);
    return fixes;
  }

  /** All first choices are tried as one, which is one analysis more; only where that fails, each by itself. */
  function fixesTogether(levels: ReadonlySet<FixLevel>): readonly Fix[] {
    const wanted = (fixes: readonly Fix[]) => fixes.find(({ level }) => levels.has(level));
    const hopes = findings.flatMap((finding): Hope[] => {
      const draft = sources.get(finding);
      const fix = wanted(draft ? draft.report.repairs.flatMap(([first]) => first ?? []) : fixesOf(finding));
      return fix ? [{ fix, rule: draft?.rule.code ?? null }] : [];
    });
    const together = compatible(hopes);
    // A comment that silences nothing can go without a trial.
    const certain = together.every(({ rule }) => rule === null);
    if (certain || trial.allHold(together)) return together.map(({ fix }) => fix);
    const good = findings.flatMap((finding): Hope[] => {
      const fix = wanted(fixesOf(finding));
      return fix ? [{ fix, rule: null }] : [];
    });
    return compatible(good).map(({ fix }) => fix);
  }

  return { findings, fixesOf, fixesTogether };
}

interface Draft {
  readonly rule: Rule;
  readonly report: Report;
}

/** A fix, and the rule that should have one finding less after it. */
interface Hope {
  readonly fix: Fix;
  readonly rule: string | null;
}

function draftsOf(facts: Facts, settings: Settings): readonly Draft[] {
  const speaksOfFile = ({ framework = 'torch' }: Rule) => facts.frameworks.has(framework);
  return rules.flatMap((rule) =>
    speaksOfFile(rule) && isEnabled(rule, settings) ? rule.check(facts).map((report): Draft => ({ rule, report })) : [],
  );
}

function findingOf({ rule, report }: Draft, facts: Facts, settings: Settings): Finding {
  const { span, confidence, message, related } = report;
  const severity = severityOf(rule, report, facts, settings);
  return { rule: rule.code, name: rule.name, span, severity, confidence, message, related };
}

function severityOf(rule: Rule, report: Report, facts: Facts, settings: Settings): Severity {
  const level = levelOf(rule, settings);
  if (level && level !== 'off') return level;
  const own = report.severity ?? (report.confidence === 'may' ? lower(rule.severity) : rule.severity);
  const isQuiet = facts.isTest && QUIET_IN_TESTS.test(rule.code);
  return isQuiet && (own === 'error' || own === 'warning') ? 'information' : own;
}

/** In a test or a benchmark, a mode that would be a mistake elsewhere may be what is tested or timed. */
const QUIET_IN_TESTS = /^NL(?:1\d\d|801)$/;

/** Fixes that do not touch the same text, the earlier ones first. */
function compatible(hopes: readonly Hope[]): readonly Hope[] {
  const chosen: Hope[] = [];
  for (const hope of hopes) {
    const collides = chosen.some((other) =>
      other.fix.edits.some((a) =>
        hope.fix.edits.some((b) => overlaps(a.span, b.span) || a.span.start === b.span.start),
      ),
    );
    if (!collides) chosen.push(hope);
  }
  return chosen;
}

/** One text that fixes are tried on. */
class Trial {
  readonly #before: Facts;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #settings: Settings;
  readonly #reread: Reread;

  constructor(before: Facts, drafts: readonly Draft[], settings: Settings, reread: Reread) {
    this.#before = before;
    this.#counts = countByRule(drafts);
    this.#settings = settings;
    this.#reread = reread;
  }

  /** The first candidate that holds up, or none. */
  firstGood(candidates: readonly Fix[], { code }: Rule): readonly Fix[] {
    const good = candidates.find((fix) => fix.level === 'display' || this.allHold([{ fix, rule: code }]));
    return good ? [good] : [];
  }

  allHold(hopes: readonly Hope[]): boolean {
    const before = this.#before;
    const after = this.#reread(
      applyEdits(
        before.text,
        hopes.flatMap(({ fix }) => fix.edits),
      ),
    );
    if (after.syntaxErrors.length > before.syntaxErrors.length) return false;
    if (after.trainingInEval > before.trainingInEval) return false;
    const limits = new Map(this.#counts);
    for (const { rule } of hopes) if (rule) limits.set(rule, (limits.get(rule) ?? 0) - 1);
    for (const [code, count] of countByRule(draftsOf(after, this.#settings)))
      if (count > (limits.get(code) ?? 0)) return false;
    return true;
  }
}

function countByRule(drafts: readonly Draft[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rule } of drafts) counts.set(rule.code, (counts.get(rule.code) ?? 0) + 1);
  return counts;
}
