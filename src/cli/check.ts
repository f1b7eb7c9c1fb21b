// `normlab check`: the editor's findings in a terminal, a pipeline or another program.

import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { checkText } from '../analysis/check-text.ts';
import { all as rules } from '../analysis/rules/all.ts';
import { checkSelectors, DEFAULT_SETTINGS, type Settings } from '../analysis/settings.ts';
import type { FixLevel } from '../base/finding.ts';
import { applyEdits } from '../base/text.ts';
import type { PythonParser } from '../python/parser.ts';
import { startParser } from './parser-files.ts';
import { findPythonFiles, type PythonFile, readPythonFile } from './python-files.ts';
import { githubReport } from './reporters/github.ts';
import { jsonReport } from './reporters/json.ts';
import { type ReportedFinding, type ReporterInput, reportedFinding } from './reporters/report.ts';
import { sarifReport } from './reporters/sarif.ts';
import { textReport } from './reporters/text.ts';
import { packageVersion } from './version.ts';

const REPORTERS: Readonly<Record<string, (input: ReporterInput) => string>> = {
  text: textReport,
  json: jsonReport,
  sarif: sarifReport,
  github: githubReport,
};

export interface CheckOptions {
  readonly format: string;
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly fix?: boolean;
  readonly preferred?: boolean;
  readonly unsafeFixes?: boolean;
  readonly exitZero?: boolean;
}

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('find faults in Python files and folders')
    .argument('<paths...>', 'files and folders')
    .addOption(
      new Option('--format <format>', 'how findings are written').choices(Object.keys(REPORTERS)).default('text'),
    )
    .option('--select <rules>', 'only these: codes, prefixes or names, with commas between', commaList, [])
    .option('--ignore <rules>', 'all but these', commaList, [])
    .option('--fix', 'apply fixes that change no result')
    .option('--preferred', 'with --fix: also those with one obvious edit')
    .option('--unsafe-fixes', 'with --fix: also those that change results')
    .option('--exit-zero', 'exit with 0 although there are findings')
    .action(async (paths: string[], options: CheckOptions) => {
      const { output, code } = await check(paths, options, process.cwd(), process.stdout.isTTY === true);
      process.stdout.write(output);
      process.exitCode = code;
    });
}

function commaList(value: string, before: readonly string[]): readonly string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ];
}

/** What the command prints and the code it ends with. */
export async function check(
  paths: readonly string[],
  options: CheckOptions,
  cwd: string,
  colors: boolean,
): Promise<{ output: string; code: 0 | 1 }> {
  checkSelectors([...options.select, ...options.ignore], rules);
  const settings: Settings = { ...DEFAULT_SETTINGS, select: options.select, ignore: options.ignore };
  const { files, skipped } = findPythonFiles(paths, cwd);
  const levels = levelsOf(options);
  const parser = await startParser();
  const findings: ReportedFinding[] = [];
  const unread = [...skipped];
  const texts = new Map<string, string>();
  let fixed = 0;
  for (const file of files) {
    const read = readPythonFile(file);
    if ('reason' in read) {
      unread.push({ path: file.path, reason: read.reason });
      continue;
    }
    const result = checkFile(parser, file, read.text, settings, levels);
    fixed += result.fixed;
    if (result.findings.length > 0) texts.set(file.path, result.text);
    findings.push(...result.findings);
  }
  parser.dispose();
  const report = {
    version: packageVersion(),
    files: files.length - (unread.length - skipped.length),
    skipped: unread,
    findings,
  };
  const write = REPORTERS[options.format] ?? textReport;
  const code = findings.length > 0 && !options.exitZero ? 1 : 0;
  return { output: write({ report, texts, fixed, colors }), code };
}

function levelsOf(options: CheckOptions): ReadonlySet<FixLevel> {
  const levels = new Set<FixLevel>();
  if (options.fix || options.unsafeFixes || options.preferred) levels.add('safe');
  if (options.preferred || options.unsafeFixes) levels.add('preferred');
  if (options.unsafeFixes) levels.add('unsafe');
  return levels;
}

/** A fix may make room for another, or take its reason away; so all is checked again until nothing is left to do. */
const MAX_PASSES = 10;

function checkFile(
  parser: PythonParser,
  file: PythonFile,
  original: string,
  settings: Settings,
  levels: ReadonlySet<FixLevel>,
) {
  let text = original;
  let fixed = 0;
  let checked = checkText(parser, text, file.path, settings);
  for (let pass = 0; pass < MAX_PASSES && levels.size > 0; pass++) {
    const chosen = checked.fixesTogether(levels);
    if (chosen.length === 0) break;
    text = applyEdits(
      text,
      chosen.flatMap(({ edits }) => edits),
    );
    fixed += chosen.length;
    const next = checkText(parser, text, file.path, settings, checked);
    checked.dispose();
    checked = next;
  }
  if (text !== original) writeFileSync(file.file, text);
  const findings = checked.findings.map((finding) =>
    reportedFinding(finding, checked.fixesOf(finding), file.path, text),
  );
  checked.dispose();
  return { findings, text, fixed };
}
