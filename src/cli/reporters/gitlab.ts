import { createHash } from 'node:crypto';
import type { Severity } from '../../base/finding.ts';
import type { ReportedFinding, ReporterInput } from './report.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  error: 'critical',
  warning: 'major',
  information: 'minor',
  hint: 'info',
};

/** A code quality report: a merge request shows what came and what went. */
export function gitlabReport({ report, lineOf }: ReporterInput): string {
  const seen = new Map<string, number>();
  const entries = report.findings.map((finding) => ({
    description: `${finding.rule} ${finding.name}: ${finding.message}`,
    check_name: finding.rule,
    fingerprint: fingerprint(finding, lineOf(finding), seen),
    severity: LEVELS[finding.severity],
    location: { path: finding.path, lines: { begin: finding.line, end: finding.endLine } },
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
}

/** The same while the line's text is, wherever it moves; one number more for each of its like. */
function fingerprint({ path, rule }: ReportedFinding, source: string, seen: Map<string, number>): string {
  const key = `${path}\n${rule}\n${source.trim()}`;
  const count = seen.get(key) ?? 0;
  seen.set(key, count + 1);
  return createHash('sha256').update(`${key}\n${count}`).digest('hex').slice(0, 32);
}
