// `npm run corpus:sweep -- FOLDER`: what the rules say of whole repositories nobody here wrote. FOLDER holds one
// folder for each; every file is checked with what its repository's other files say, as `normlab check` does.
//
//     --samples N    findings to read, spread over rules and repositories: the loudest first (0)
//     --seed N       another choice of them (1)
//     --rules LIST   only these rules, all their findings
//     --mirrors DIR  bare clones, DIR/<the folder's name>/repo, to name the commit a sample was read at
//     --json FILE    every finding, one a line
//
// Prints, for each repository and in all: files, findings by level, warnings and errors per 10 files, and the
// slowest file. The repositories are never part of the project.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { checkText } from '../src/analysis/check-text.ts';
import { DEFAULT_SETTINGS } from '../src/analysis/settings.ts';
import type { Severity } from '../src/base/finding.ts';
import { startParser } from '../src/cli/parser-files.ts';
import { findPythonFiles, readPythonFile } from '../src/cli/python-files.ts';
import { notebookFile, pythonFile } from '../src/cli/source-file.ts';
import { Workspaces } from '../src/cli/workspace-files.ts';

interface Found {
  readonly repository: string;
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
}

interface Swept {
  readonly repository: string;
  readonly files: number;
  readonly found: readonly Found[];
  readonly slowest: { readonly path: string; readonly milliseconds: number };
}

const LEVELS: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    rules: { type: 'string' },
    mirrors: { type: 'string' },
    json: { type: 'string' },
  },
});

const [folder] = positionals;
if (folder === undefined || !existsSync(folder)) {
  console.error('Expected a folder with one folder for each repository, as in: npm run corpus:sweep -- FOLDER');
  process.exit(2);
}
await main(folder);

async function main(from: string): Promise<void> {
  const parser = await startParser();
  const swept = readdirSync(from)
    .sort()
    .filter((name) => statSync(path.join(from, name)).isDirectory())
    .map((name) => sweep(name, path.resolve(from, name)));
  parser.dispose();
  for (const one of swept) console.log(row(one));
  const found = swept.flatMap((one) => one.found);
  const slowest = swept.reduce((a, b) => (a.slowest.milliseconds >= b.slowest.milliseconds ? a : b));
  const files = swept.reduce((sum, one) => sum + one.files, 0);
  console.log(row({ repository: `all ${swept.length}`, files, found, slowest: slowest.slowest }));
  printRules(found);
  if (values.json !== undefined) writeFileSync(values.json, found.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const wanted = values.rules?.split(',');
  const shown = wanted
    ? found.filter(({ rule }) => wanted.includes(rule))
    : sample(found, Number(values.samples), Number(values.seed));
  for (const one of shown) console.log(sampleRow(one));

  function sweep(repository: string, root: string): Swept {
    const neighbors = new Workspaces(parser).of(root);
    const found: Found[] = [];
    let slowest = { path: '', milliseconds: 0 };
    const { files } = findPythonFiles(['.'], root);
    for (const file of files) {
      const read = readPythonFile(file);
      if ('reason' in read) continue;
      const source = file.path.endsWith('.ipynb')
        ? notebookFile(file.path, read.text)
        : pythonFile(file.path, read.text);
      if ('reason' in source) continue;
      // What its neighbors cost is theirs: a summary is read once for all.
      neighbors.prepare(file.path);
      const before = process.cpuUsage();
      const checked = checkText(
        parser,
        source.source,
        file.path,
        DEFAULT_SETTINGS,
        undefined,
        neighbors.neighborsOf(file.path),
      );
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > slowest.milliseconds)
        slowest = { path: file.path, milliseconds: (user + system) / 1000 };
      for (const { rule, severity, message, span } of checked.findings) {
        const { line } = checked.facts.lines.position(span.start);
        found.push({ repository, path: file.path, line, rule, severity, message });
      }
      checked.dispose();
    }
    return { repository, files: files.length, found, slowest };
  }
}

function row({ repository, files, found, slowest }: Swept): string {
  const counts = LEVELS.map((level) => found.filter(({ severity }) => severity === level).length);
  const [errors = 0, warnings = 0, information, hints] = counts;
  const loud = files === 0 ? 0 : ((errors + warnings) * 10) / files;
  return (
    `${repository.padEnd(55)} ${String(files).padStart(5)} files  ${errors} errors  ${warnings} warnings  ` +
    `${information} information  ${hints} hints  ${loud.toFixed(2)} loud per 10 files  ` +
    `slowest ${slowest.milliseconds.toFixed(0)} ms ${slowest.path}`
  );
}

function printRules(found: readonly Found[]): void {
  const rules = new Map<string, number[]>();
  for (const { rule, severity } of found) {
    const counts = rules.get(rule) ?? [0, 0, 0, 0];
    const at = LEVELS.indexOf(severity);
    counts[at] = (counts[at] ?? 0) + 1;
    rules.set(rule, counts);
  }
  for (const [rule, counts] of [...rules].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${rule}  ${LEVELS.map((level, i) => `${counts[i]} ${level}`).join('  ')}`);
}

/** Loud ones first; among equals each rule, and in a rule each repository, has its turn before one has a second. */
function sample(found: readonly Found[], count: number, seed: number): readonly Found[] {
  const turn = new Map<string, number>();
  const ranked = [...found]
    .sort((a, b) => shuffled(a, seed) - shuffled(b, seed))
    .map((one) => {
      const inRule = `${one.rule} ${one.repository}`;
      turn.set(inRule, (turn.get(inRule) ?? 0) + 1);
      turn.set(one.rule, (turn.get(one.rule) ?? 0) + 1);
      const loud = one.severity === 'error' || one.severity === 'warning' ? 0 : 1;
      return { one, rank: [loud, turn.get(inRule) ?? 0, turn.get(one.rule) ?? 0] };
    });
  const compare = (a: readonly number[], b: readonly number[]) =>
    a.reduce((order, value, i) => order || value - (b[i] ?? 0), 0);
  return ranked
    .sort((a, b) => compare(a.rank, b.rank))
    .slice(0, count)
    .map(({ one }) => one);
}

/** A number of the finding's place alone, so that a choice can be made again. */
function shuffled({ repository, path: file, line, rule }: Found, seed: number): number {
  let hash = seed;
  for (const character of `${repository}/${file}:${line} ${rule}`)
    hash = (Math.imul(hash ^ character.charCodeAt(0), 16777619) ^ (hash >>> 13)) >>> 0;
  return hash;
}

function sampleRow({ repository, path: file, line, rule, severity, message }: Found): string {
  return `${repository}@${commitOf(repository)} ${file}:${line} ${rule} ${severity} ${message}`;
}

const commits = new Map<string, string>();

function commitOf(repository: string): string {
  const known = commits.get(repository);
  if (known !== undefined) return known;
  const git = values.mirrors === undefined ? '' : path.join(values.mirrors, repository, 'repo');
  const commit =
    git !== '' && existsSync(git)
      ? execFileSync('git', ['--git-dir', git, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim().slice(0, 8)
      : '?';
  commits.set(repository, commit);
  return commit;
}
