// What a check found, in the words of the command line's contract, and what a reporter is: a pure function
// from that to text.

import type { Confidence, Finding, Fix, FixLevel, Severity, Span } from '../../base/finding.ts';

export interface ReportedRange {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface ReportedFinding extends ReportedRange {
  /** Relative to the working directory, with forward slashes. */
  readonly path: string;
  /** Of a notebook: which of its cells, from 1; lines are the cell's then. */
  readonly cell?: number;
  readonly rule: string;
  readonly name: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly related: readonly {
    readonly path: string;
    readonly cell?: number;
    readonly line: number;
    readonly message: string;
  }[];
  readonly fixes: readonly {
    readonly title: string;
    readonly level: FixLevel;
    readonly edits: readonly (Located & { readonly newText: string })[];
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
  /** The line a finding begins on; empty where there is none. */
  lineOf(finding: ReportedFinding): string;
  /** How many fixes were applied before, by `--fix`. */
  readonly fixed: number;
  /** What else there is to say, a sentence each. */
  readonly notes: readonly string[];
  readonly colors: boolean;
}

/** Where a span is; `cell` counts a notebook's cells from 1. */
export interface Located extends ReportedRange {
  readonly cell?: number;
}

export function reportedFinding(
  finding: Finding,
  offered: readonly Fix[],
  path: string,
  locate: (span: Span) => Located,
): ReportedFinding {
  const range = (span: Span): ReportedRange => {
    const { line, column, endLine, endColumn } = locate(span);
    return { line, column, endLine, endColumn };
  };
  const { cell } = locate(finding.span);
  return {
    path,
    ...(cell === undefined ? {} : { cell }),
    rule: finding.rule,
    name: finding.name,
    ...range(finding.span),
    severity: finding.severity,
    confidence: finding.confidence,
    message: finding.message,
    related: finding.related.map(({ span, message }) => {
      const place = locate(span);
      return { path, ...(place.cell === undefined ? {} : { cell: place.cell }), line: place.line, message };
    }),
    fixes: offered.map(({ title, level, edits }) => ({
      title,
      level,
      edits: edits.map(({ span, newText }) => {
        const place = locate(span);
        return { ...(place.cell === undefined ? {} : { cell: place.cell }), ...range(span), newText };
      }),
    })),
  };
}
