import type { Severity } from '../../base/finding.ts';
import type { ReporterInput } from './report.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  information: 'notice',
  hint: 'notice',
};

/** Workflow commands: a pull request shows them beside the line. */
export function githubReport({ report }: ReporterInput): string {
  return report.findings
    .map(({ path, line, column, endLine, endColumn, severity, rule, name, message }) => {
      const place = `file=${property(path)},line=${line},endLine=${endLine},col=${column},endColumn=${endColumn}`;
      return `::${LEVELS[severity]} ${place},title=${property(`${rule} ${name}`)}::${data(message)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
