// What a rule is: a mistake with a name, found by asking facts. A rule never walks the tree and never
// decides on its own level: settings do. It proposes repairs; analyze.ts offers those that hold up.

import type { Confidence, Fix, Related, Severity, Span } from '../base/finding.ts';
import type { Facts } from '../facts/facts.ts';
import type { Framework } from '../facts/knowledge.ts';

export type RuleCode = `NL${number}`;

/** A finding before settings and verification. */
export interface Report {
  readonly span: Span;
  readonly confidence: Confidence;
  /** Where the rule itself knows better than its default; settings still win. */
  readonly severity?: Severity;
  /** One sentence: what happens. */
  readonly message: string;
  readonly related: readonly Related[];
  /** Each repair is a list of candidates, best first; the first that survives re-analysis is offered. */
  readonly repairs: readonly (readonly Fix[])[];
}

export interface Rule {
  readonly code: RuleCode;
  /** kebab-case; the name of the file and of its page. */
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  /** One sentence for lists and tooltips. */
  readonly summary: string;
  /** The page, relative to this folder; it is bundled, and shown by `normlab explain` and by the editor. */
  readonly page: `rules/${string}.md`;
  /** Runs only where settings select it or give it a level: a matter of taste, or too often beside the point. */
  readonly optIn?: true;
  /** What a file must import for the rule to look at it; PyTorch where nothing is said. */
  readonly framework?: Framework;
  check(facts: Facts): readonly Report[];
}

/** One level down, for what holds on some paths only. */
export function lower(severity: Severity): Severity {
  switch (severity) {
    case 'error':
      return 'warning';
    case 'warning':
      return 'information';
    default:
      return 'hint';
  }
}

/** In a test, what would be a mistake elsewhere may be what is tested. */
export function quietInTests(reports: readonly Report[], facts: Facts): readonly Report[] {
  return facts.isTest ? reports.map((report): Report => ({ ...report, severity: 'information' })) : reports;
}
