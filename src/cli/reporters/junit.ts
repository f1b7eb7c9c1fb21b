import type { ReportedFinding, ReporterInput } from './report.ts';

/** Each file is a suite, each finding a failed case, and a file without findings a passed one. */
export function junitReport({ report }: ReporterInput): string {
  const byFile = new Map<string, ReportedFinding[]>();
  for (const finding of report.findings) {
    const list = byFile.get(finding.path);
    if (list) list.push(finding);
    else byFile.set(finding.path, [finding]);
  }
  const suites = [...byFile].map(([path, findings]) => suite(path, findings));
  const failures = report.findings.length;
  const clean = report.files - byFile.size;
  const tests = failures + Math.max(0, clean);
  const passed =
    clean > 0
      ? `  <testsuite name="files without findings" tests="${clean}" failures="0">\n${'    <testcase name="no findings" classname="normlab"/>\n'.repeat(clean)}  </testsuite>\n`
      : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="normlab" tests="${tests}" failures="${failures}">\n${suites.join('')}${passed}</testsuites>\n`;
}

function suite(path: string, findings: readonly ReportedFinding[]): string {
  const cases = findings.map(
    ({ rule, name, line, column, severity, message }) =>
      `    <testcase name="${escaped(`${rule} ${name} ${line}:${column}`)}" classname="${escaped(path)}" file="${escaped(path)}" line="${line}">\n` +
      `      <failure type="${severity}" message="${escaped(message)}">${escaped(`${path}:${line}:${column}: ${rule} ${message}`)}</failure>\n    </testcase>\n`,
  );
  const count = findings.length;
  return `  <testsuite name="${escaped(path)}" tests="${count}" failures="${count}">\n${cases.join('')}  </testsuite>\n`;
}

/** Control characters are no XML, however they are written. */
function escaped(text: string): string {
  return text
    .replace(CONTROL, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;
