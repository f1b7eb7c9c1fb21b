// `normlab check`: the editor's findings in a terminal, a pipeline or another program.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { beyond, makeBaseline, readBaseline } from '../analysis/baseline.ts';
import { type ConfigLayer, EMPTY_LAYER } from '../analysis/config.ts';
import { all as rules } from '../analysis/rules/all.ts';
import { checkSelectors } from '../analysis/settings.ts';
import { UserError } from '../base/errors.ts';
import type { FixLevel } from '../base/finding.ts';
import { CACHE_FOLDER, CheckCache } from './check-cache.ts';
import { checkFiles } from './check-files.ts';
import { threadFile } from './check-threads.ts';
import type { CheckedFile, Work } from './checker.ts';
import { ConfigFiles } from './config-files.ts';
import { findPythonFiles } from './python-files.ts';
import { githubReport } from './reporters/github.ts';
import { gitlabReport } from './reporters/gitlab.ts';
import { jsonReport } from './reporters/json.ts';
import { junitReport } from './reporters/junit.ts';
import type { ReporterInput } from './reporters/report.ts';
import { sarifReport } from './reporters/sarif.ts';
import { textReport } from './reporters/text.ts';
import { pythonFile } from './source-file.ts';
import { unifiedDiff } from './unified-diff.ts';
import { packageVersion } from './version.ts';

interface Reporter {
  readonly write: (input: ReporterInput) => string;
  /** Trying fixes takes time, so it is done only where they are shown. */
  readonly showsFixes: boolean;
}

const REPORTERS: Readonly<Record<string, Reporter>> = {
  text: { write: textReport, showsFixes: true },
  json: { write: jsonReport, showsFixes: true },
  sarif: { write: sarifReport, showsFixes: true },
  github: { write: githubReport, showsFixes: false },
  gitlab: { write: gitlabReport, showsFixes: false },
  junit: { write: junitReport, showsFixes: false },
};

export interface CheckOptions {
  readonly format: string;
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly extendSelect?: readonly string[];
  readonly exclude?: readonly string[];
  readonly fix?: boolean;
  readonly preferred?: boolean;
  readonly unsafeFixes?: boolean;
  readonly diff?: boolean;
  readonly addNoqa?: boolean;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly isolated?: boolean;
  readonly exitZero?: boolean;
  /** Nothing is kept and nothing is read from last time. */
  readonly cache?: boolean;
  readonly cacheDir?: string;
  readonly threads?: number;
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
    .option('--extend-select <rules>', 'these beside the selected ones', commaList, [])
    .option('--ignore <rules>', 'all but these', commaList, [])
    .option('--exclude <patterns>', 'no files that match', commaList, [])
    .option('--fix', 'apply fixes that change no result')
    .option('--preferred', 'with --fix: also those with one obvious edit')
    .option('--unsafe-fixes', 'with --fix: also those that change results')
    .option('--diff', 'print what --fix would change, and change nothing')
    .option('--add-noqa', 'end every line with a finding with `# noqa: …`')
    .option('--baseline <file>', 'only what this file does not know yet')
    .option('--write-baseline <file>', 'write what is found into this file')
    .option('--isolated', 'pass over configuration files')
    .option('--no-cache', 'look at every file again, and keep nothing for the next time')
    .option('--cache-dir <folder>', `where to keep what was found (default: ${CACHE_FOLDER})`)
    .option('--threads <number>', 'how many threads look at files (default: as many as pay, at most 4)', positive)
    .option('--exit-zero', 'exit with 0 although there are findings')
    .action(async (paths: string[], options: CheckOptions) => {
      const { output, code } = await check(paths, options, process.cwd(), process.stdout.isTTY === true);
      process.stdout.write(output);
      process.exitCode = code;
    });
}

function positive(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError(`Expected a whole number above 0, and found \`${value}\`.`);
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
  const reporter = REPORTERS[options.format] ?? { write: textReport, showsFixes: true };
  const known = options.baseline === undefined ? null : openBaseline(options.baseline, cwd);
  const configs = new ConfigFiles(cwd, layerOf(options), options.isolated === true);
  const found = findPythonFiles(paths, cwd);
  const work = workOf(options, reporter);
  const { files, skipped } = await checkFiles(found.files, configs, work, {
    cache: options.cache === false ? null : new CheckCache(path.resolve(cwd, options.cacheDir ?? CACHE_FOLDER)),
    threads: threadFile() ? (options.threads ?? null) : 1,
  });
  const exit = (bad: boolean) => (bad && !options.exitZero ? 1 : 0);
  if (work.kind === 'diff') {
    const diffs = files
      .map(({ path: file, change }) => (change ? unifiedDiff(file, change.before, change.after) : ''))
      .join('');
    return { output: diffs, code: exit(diffs !== '') };
  }
  const faulty = configs.faulty.flatMap(({ file, text, problems }) => {
    const origin = pythonFile(file, text);
    const lines = text.split(/\r\n|\r|\n/);
    return problems.map((problem) => {
      const finding = origin.report(origin.source, problem, []);
      return { path: file, rule: finding.rule, line: lines[finding.line - 1] ?? '', finding };
    });
  });
  const located = files.flatMap((file) =>
    file.findings.map(({ finding, line }) => ({ path: file.path, rule: finding.rule, line, finding })),
  );
  if (options.writeBaseline !== undefined) {
    writeFileSync(path.resolve(cwd, options.writeBaseline), `${JSON.stringify(makeBaseline(located), null, 2)}\n`);
    const count = `${located.length} ${located.length === 1 ? 'finding' : 'findings'}`;
    return { output: `${count} written to ${options.writeBaseline}.\n`, code: 0 };
  }
  const compared = known ? beyond(known, located) : { fresh: located, gone: 0 };
  const shown = [...faulty, ...compared.fresh];
  const findings = shown.map(({ finding }) => finding);
  const lines = new Map(shown.map(({ finding, line }) => [finding, line]));
  const report = { version: packageVersion(), files: files.length, skipped: [...found.skipped, ...skipped], findings };
  const output = reporter.write({
    report,
    lineOf: (finding) => lines.get(finding) ?? '',
    fixed: files.reduce((sum, { fixed }) => sum + fixed, 0),
    notes: notesOf(files, located.length - compared.fresh.length, compared.gone),
    colors,
  });
  return { output, code: exit(findings.length > 0) };
}

function openBaseline(file: string, cwd: string) {
  const full = path.resolve(cwd, file);
  if (!existsSync(full))
    throw new UserError(
      'baseline/no-file',
      `Expected a baseline, and \`${file}\` does not exist; write it with \`--write-baseline ${file}\`.`,
    );
  return readBaseline(readFileSync(full, 'utf8'), file);
}

/** What was typed stands above what files say. */
function layerOf(options: CheckOptions): ConfigLayer {
  const { select, extendSelect = [], ignore, exclude = [] } = options;
  checkSelectors([...select, ...extendSelect, ...ignore], rules);
  return {
    ...EMPTY_LAYER,
    origin: 'command line',
    select: select.length > 0 ? select : null,
    extendSelect,
    ignore,
    exclude,
  };
}

function workOf(options: CheckOptions, { showsFixes }: Reporter): Work {
  const levels = levelsOf(options);
  if (options.addNoqa) return { kind: 'noqa', showsFixes: false };
  if (options.diff) return { kind: 'diff', levels: levels.size > 0 ? levels : new Set(['safe']), showsFixes: false };
  return { kind: 'check', levels, showsFixes };
}

function levelsOf(options: CheckOptions): ReadonlySet<FixLevel> {
  const levels = new Set<FixLevel>();
  if (options.fix || options.unsafeFixes || options.preferred) levels.add('safe');
  if (options.preferred || options.unsafeFixes) levels.add('preferred');
  if (options.unsafeFixes) levels.add('unsafe');
  return levels;
}

function notesOf(files: readonly CheckedFile[], known: number, gone: number): readonly string[] {
  const marked = files.reduce((sum, file) => sum + file.marked, 0);
  return [
    ...(marked > 0 ? [`${marked} ${marked === 1 ? 'line' : 'lines'} marked with \`# noqa\`.`] : []),
    ...(known > 0 ? [`${known} known from the baseline.`] : []),
    ...(gone > 0 ? [`${gone} in the baseline are no longer there; write it again to forget them.`] : []),
  ];
}
