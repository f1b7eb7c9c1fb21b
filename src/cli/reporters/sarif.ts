// SARIF 2.1.0, as code scanning services read it. Columns are UTF-16 code units, the format's default.

import type { Rule } from '../../analysis/rule.ts';
import { all as rules } from '../../analysis/rules/all.ts';
import { INVALID_CONFIGURATION, UNUSED_SUPPRESSION } from '../../analysis/settings.ts';
import type { Severity } from '../../base/finding.ts';
import type { ReportedFinding, ReportedRange, ReporterInput } from './report.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

/** Findings about our own comments and configuration have no page, and are no rule's. */
const RULES: readonly Pick<Rule, 'code' | 'name' | 'title' | 'summary' | 'severity'>[] = [
  ...rules,
  {
    code: 'NL000',
    name: UNUSED_SUPPRESSION.name,
    title: 'A comment that silences nothing',
    summary: 'The comment names a rule that reports nothing there.',
    severity: 'information',
  },
  {
    code: 'NL001',
    name: INVALID_CONFIGURATION.name,
    title: 'A configuration that cannot be used as it is',
    summary: 'A key or a value of the configuration file is not what was expected; the rest of it is used.',
    severity: 'error',
  },
];

export function sarifReport({ report }: ReporterInput): string {
  const driver = {
    name: 'normlab',
    version: report.version,
    rules: RULES.map(({ code, name, title, summary, severity }) => ({
      id: code,
      name,
      shortDescription: { text: title },
      fullDescription: { text: summary },
      defaultConfiguration: { level: LEVELS[severity] },
    })),
  };
  const notifications = report.skipped.map(({ path, reason }) => ({
    level: 'warning',
    message: { text: `Skipped: ${reason}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uri(path) } } }],
  }));
  const run = {
    tool: { driver },
    columnKind: 'utf16CodeUnits',
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications }],
    results: report.findings.map(result),
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function result(finding: ReportedFinding) {
  const ruleIndex = RULES.findIndex((rule) => rule.code === finding.rule);
  const relatedLocations = finding.related.map(({ path, line, message }, id) => ({
    id: id + 1,
    message: { text: message },
    physicalLocation: { artifactLocation: { uri: uri(path) }, region: { startLine: line } },
  }));
  return {
    ruleId: finding.rule,
    ...(ruleIndex >= 0 ? { ruleIndex } : {}),
    level: LEVELS[finding.severity],
    message: { text: finding.message },
    locations: [{ physicalLocation: { artifactLocation: { uri: uri(finding.path) }, region: region(finding) } }],
    ...(relatedLocations.length > 0 ? { relatedLocations } : {}),
    fixes: finding.fixes
      .filter(({ edits }) => edits.length > 0)
      .map(({ title, edits }) => ({
        description: { text: title },
        artifactChanges: [
          {
            artifactLocation: { uri: uri(finding.path) },
            replacements: edits.map((edit) => ({
              deletedRegion: region(edit),
              insertedContent: { text: edit.newText },
            })),
          },
        ],
      })),
    properties: { confidence: finding.confidence },
  };
}

function region({ line, column, endLine, endColumn }: ReportedRange) {
  return { startLine: line, startColumn: column, endLine, endColumn };
}

function uri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
