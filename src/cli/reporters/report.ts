// What a check found, in the words of the command line's contract, and what a reporter is: a pure function
// from that to text.

import type { Confidence, Finding, Fix, FixLevel, Severity } from '../../base/finding.ts';
import { LineMap } from '../../base/text.ts';

export interface ReportedRange {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface ReportedFinding extends ReportedRange {
  /** Relative to the working directory, with forward slashes. */
  readonly path: string;
  readonly rule: string;
  readonly name: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly related: readonly { readonly path: string; readonly line: number; readonly message: string }[];
  readonly fixes: readonly {
    readonly title: string;
    readonly level: FixLevel;
    readonly edits: readonly (ReportedRange & { readonly newText: string })[];
  }[];
}

export interface Report {
  readonly version: string;
  readonly files: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly findings: readonly ReportedFinding[];
}

export interface ReporterInput {
  readonly report: Report;
  /** The text of every file. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many fixes were applied before, by `--fix`. */
  readonly fixed: number;
  /** What else there is to say, a sentence each. */
  readonly notes: readonly string[];
  readonly colors: boolean;
}

export function reportedFinding(
  finding: Finding,
  offered: readonly Fix[],
  path: string,
  text: string,
): ReportedFinding {
  const lines = new LineMap(text);
  const range = (span: { start: number; end: number }): ReportedRange => {
    const start = lines.position(span.start);
    const end = lines.position(span.end);
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  };
  return {
    path,
    rule: finding.rule,
    name: finding.name,
    ...range(finding.span),
    severity: finding.severity,
    confidence: finding.confidence,
    message: finding.message,
    related: finding.related.map(({ span, message }) => ({ path, line: lines.position(span.start).line, message })),
    fixes: offered.map(({ title, level, edits }) => ({
      title,
      level,
      edits: edits.map(({ span, newText }) => ({ ...range(span), newText })),
    })),
  };
}
