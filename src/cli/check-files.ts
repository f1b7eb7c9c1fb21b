// The files of a check, one after the other: configuration, text, findings, and what is to be changed in them.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Checked, checkText } from '../analysis/check-text.ts';
import { settingsFor } from '../analysis/config.ts';
import { noqaEdits } from '../analysis/noqa.ts';
import { repair } from '../analysis/repair.ts';
import type { Settings } from '../analysis/settings.ts';
import type { FixLevel } from '../base/finding.ts';
import { applyEdits } from '../base/text.ts';
import type { PythonParser } from '../python/parser.ts';
import { type ConfigFiles, relativeTo } from './config-files.ts';
import { type PythonFile, readPythonFile, type Skipped } from './python-files.ts';
import { type ReportedFinding, reportedFinding } from './reporters/report.ts';

/** What is to be done with each file beside looking at it. */
export type Work =
  | { readonly kind: 'check'; readonly levels: ReadonlySet<FixLevel>; readonly showsFixes: boolean }
  | { readonly kind: 'diff'; readonly levels: ReadonlySet<FixLevel>; readonly showsFixes: false }
  | { readonly kind: 'noqa'; readonly showsFixes: false };

export interface CheckedFile {
  /** As reports show it. */
  readonly path: string;
  readonly before: string;
  /** After fixes. */
  readonly text: string;
  readonly lines: readonly string[];
  readonly findings: readonly ReportedFinding[];
  readonly fixed: number;
  /** Lines that got a `# noqa`. */
  readonly marked: number;
}

export function checkFiles(
  parser: PythonParser,
  files: readonly PythonFile[],
  configs: ConfigFiles,
  work: Work,
): { readonly files: readonly CheckedFile[]; readonly skipped: readonly Skipped[] } {
  const checked: CheckedFile[] = [];
  const skipped: Skipped[] = [];
  for (const file of files) {
    const { config, root } = configs.of(path.dirname(file.file));
    const inside = relativeTo(root, file.file);
    const settings = settingsFor(config, inside);
    if (!settings) continue;
    const read = readPythonFile(file);
    if ('reason' in read) skipped.push({ path: file.path, reason: read.reason });
    else checked.push(checkOne(parser, file, inside, read.text, settings, work));
  }
  return { files: checked, skipped };
}

function checkOne(
  parser: PythonParser,
  file: PythonFile,
  inside: string,
  before: string,
  settings: Settings,
  work: Work,
): CheckedFile {
  const first = checkText(parser, before, inside, settings);
  const after = changed(parser, first, inside, settings, work);
  const { text } = after.checked.facts;
  if (text !== before && work.kind !== 'diff') writeFileSync(file.file, text);
  const findings = after.checked.findings.map((finding) =>
    reportedFinding(finding, work.showsFixes ? after.checked.fixesOf(finding) : [], file.path, text),
  );
  if (after.checked !== first) after.checked.dispose();
  first.dispose();
  return {
    path: file.path,
    before,
    text,
    lines: text.split(/\r\n|\r|\n/),
    findings,
    fixed: after.fixed,
    marked: after.marked,
  };
}

function changed(
  parser: PythonParser,
  checked: Checked,
  inside: string,
  settings: Settings,
  work: Work,
): { readonly checked: Checked; readonly fixed: number; readonly marked: number } {
  if (work.kind !== 'noqa') return { ...repair(parser, checked, inside, settings, work.levels), marked: 0 };
  const edits = noqaEdits(checked);
  if (edits.length === 0) return { checked, fixed: 0, marked: 0 };
  const next = checkText(parser, applyEdits(checked.facts.text, edits), inside, settings, checked);
  return { checked: next, fixed: 0, marked: edits.length };
}
