import { styleText } from 'node:util';
import type { Severity } from '../../base/finding.ts';
import type { ReportedFinding, ReporterInput } from './report.ts';

type Style = Parameters<typeof styleText>[0];

const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = {
  error: 'red',
  warning: 'yellow',
  information: 'blue',
  hint: 'gray',
};

/** For people: each finding with its line of source, a caret, and what can be done. */
export function textReport({ report, lineOf, fixed, notes, colors }: ReporterInput): string {
  const paint = (style: Style, text: string) => (colors ? styleText(style, text, { validateStream: false }) : text);
  const blocks = report.findings.map((finding) => block(finding, lineOf(finding), paint));
  const skipped = report.skipped.map(({ path, reason }) => `skipped ${path}: ${reason}`);
  const lines = [
    ...blocks,
    ...(skipped.length > 0 ? [skipped.join('\n')] : []),
    [summary(report.findings, report.files, fixed), ...notes].join('\n'),
  ];
  return `${lines.join('\n\n')}\n`;
}

function block(finding: ReportedFinding, source: string, paint: (style: Style, text: string) => string): string {
  const { path, line, column, severity, rule, name, message } = finding;
  const may = finding.confidence === 'may' ? ' (on some paths)' : '';
  const head = `${paint('bold', `${path}:${inCell(finding)}${line}:${column}`)} ${paint(SEVERITY_STYLES[severity], severity)}${may} ${rule} ${name}`;
  const related = finding.related.map((other) => `    ${other.path}:${inCell(other)}${other.line}: ${other.message}`);
  const fixes = finding.fixes.map((fix) => `  ${paint('green', 'fix')} (${fix.level}): ${fix.title}`);
  return [head, `  ${message}`, excerpt(finding, source, paint), ...related, ...fixes].join('\n');
}

function inCell({ cell }: { readonly cell?: number }): string {
  return cell === undefined ? '' : `cell ${cell}:`;
}

/** One line of source; what runs on is marked to its end. */
function excerpt(finding: ReportedFinding, source: string, paint: (style: Style, text: string) => string): string {
  const end = finding.endLine === finding.line ? finding.endColumn - 1 : source.length;
  const before = source.slice(0, finding.column - 1).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, end - finding.column + 1));
  const number = String(finding.line).padStart(5);
  const margin = ' '.repeat(number.length);
  return `${paint('gray', `${number} |`)} ${source}\n${paint('gray', `${margin} |`)} ${before}${paint(SEVERITY_STYLES[finding.severity], carets)}`;
}

function summary(findings: readonly ReportedFinding[], files: number, fixed: number): string {
  const checked = count(files, 'file');
  const applied = fixed > 0 ? `${count(fixed, 'fix', 'fixes')} applied; ` : '';
  if (findings.length === 0) return `${applied}no findings in ${checked}.`;
  const bySeverity = (['error', 'warning', 'information', 'hint'] as const).flatMap((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    return n > 0 ? [`${n} ${severity}`] : [];
  });
  return `${applied}${count(findings.length, 'finding')} in ${checked} (${bySeverity.join(', ')}).`;
}

function count(n: number, word: string, plural = `${word}s`): string {
  return `${n} ${n === 1 ? word : plural}`;
}
