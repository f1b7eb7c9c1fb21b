import type { ReporterInput } from './report.ts';

export function jsonReport({ report }: ReporterInput): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
