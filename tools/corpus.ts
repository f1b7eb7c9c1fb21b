// `npm run corpus -- FOLDER`: recall and false alarms of the rules on real files with labels. FOLDER holds
// the files as the corpus's own tool writes them (`owner__name@commit/path`), beside `bugs.jsonl` and
// `negatives.jsonl`, or with their folder as the second argument. The files are not part of the project.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { checkText } from '../src/analysis/check-text.ts';
import { DEFAULT_SETTINGS } from '../src/analysis/settings.ts';
import { LineMap } from '../src/base/text.ts';
import { startParser } from '../src/cli/parser-files.ts';
import { Workspaces } from '../src/cli/workspace-files.ts';

/** Which of the corpus's classes a rule speaks of. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  NL101: ['missing-eval', 'no-grad-not-eval', 'eval-missing-after-load'],
  NL102: ['missing-train-after-eval'],
  NL103: ['eval-missing-after-load', 'missing-eval'],
  NL104: ['frozen-bn-still-updating'],
  NL105: ['frozen-bn-still-updating'],
  NL201: ['small-batch-bn'],
  NL202: ['last-batch-one'],
  NL204: ['untracked-running-stats'],
  NL209: ['no-syncbn-in-ddp'],
  NL301: ['redundant-bias-before-norm'],
  NL501: ['uninitialized-parameter'],
  NL504: ['poor-init-zero-or-constant'],
  NL601: ['missing-input-normalization'],
  NL602: ['inconsistent-input-normalization', 'missing-input-normalization'],
  NL604: ['missing-input-normalization', 'inconsistent-input-normalization'],
  NL801: ['export-in-train-mode'],
};

/** Lines of grace around a label's range. */
const GRACE = 2;

interface Labelled {
  readonly id: string;
  readonly repo: string;
  readonly commit?: string;
  readonly path: string;
}

interface Bug extends Labelled {
  readonly class: string;
  readonly acceptable_classes: readonly string[];
  readonly line_range: readonly [number, number];
  readonly severity: string;
  readonly scope: string;
  readonly also_true: readonly { readonly class: string; readonly lines: readonly number[] }[];
}

interface Negative extends Labelled {
  readonly note: string;
  readonly ambiguous_classes: readonly string[];
  readonly legit_findings: readonly { readonly class: string }[];
}

interface Hit {
  readonly rule: string;
  readonly line: number;
  readonly severity: string;
  readonly message: string;
}

async function main(): Promise<void> {
  const [folder, labels = folder] = process.argv.slice(2);
  if (!folder || !labels || !existsSync(path.join(labels, 'bugs.jsonl'))) {
    console.log(
      'The corpus is not here, so nothing was measured; give its folder, and the folder of its labels, as arguments.',
    );
    return;
  }
  const parser = await startParser();
  // What the commit's other files say counts as far as they are there.
  const workspaces = new Workspaces(parser);
  const hits = (entry: Labelled): readonly Hit[] | null => {
    const root = path.resolve(folder, `${entry.repo.replace('/', '__')}@${(entry.commit ?? '').slice(0, 8)}`);
    const file = path.join(root, entry.path);
    if (!existsSync(file)) return null;
    const text = readFileSync(file, 'utf8');
    const lines = new LineMap(text);
    const neighbors = workspaces.of(root).neighborsOf(entry.path);
    const checked = checkText(parser, text, entry.path, DEFAULT_SETTINGS, undefined, neighbors);
    checked.dispose();
    return checked.findings.map(({ rule, span, severity, message }) => ({
      rule,
      severity,
      message,
      line: lines.position(span.start).line,
    }));
  };
  printRecall(read<Bug>(path.join(labels, 'bugs.jsonl')), hits);
  printAlarms(read<Negative>(path.join(labels, 'negatives.jsonl')), hits);
  parser.dispose();
}

function read<T>(file: string): readonly T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): T => JSON.parse(line));
}

function printRecall(bugs: readonly Bug[], hits: (entry: Labelled) => readonly Hit[] | null): void {
  const covered = new Set(Object.values(CLASSES).flat());
  const tally = new Map<string, { found: number; all: number }>();
  console.log('bugs');
  for (const bug of bugs.filter((one) => covered.has(one.class))) {
    const found = hits(bug);
    if (!found) {
      console.log(`  absent  ${bug.id} ${bug.repo} ${bug.path}`);
      continue;
    }
    const [from, to] = bug.line_range;
    const hit = found.find(
      ({ rule, line }) =>
        line >= from - GRACE &&
        line <= to + GRACE &&
        CLASSES[rule]?.some((name) => bug.acceptable_classes.includes(name)),
    );
    const count = tally.get(bug.class) ?? { found: 0, all: 0 };
    tally.set(bug.class, { found: count.found + (hit ? 1 : 0), all: count.all + 1 });
    console.log(
      `  ${hit ? 'found ' : 'MISSED'}  ${bug.id} ${bug.class} (${bug.severity}, ${bug.scope}) ${bug.path}${hit ? `:${hit.line} ${hit.severity}` : ''}`,
    );
    const known = (rule: string, line: number) =>
      [bug, ...bug.also_true].some(
        (label) =>
          CLASSES[rule]?.includes(label.class) ||
          ('acceptable_classes' in label &&
            label.acceptable_classes.some((name) => CLASSES[rule]?.includes(name) && Math.abs(line - from) < 1e9)),
      );
    for (const other of found)
      if (other !== hit && !known(other.rule, other.line))
        console.log(`          also ${other.rule} line ${other.line} (${other.severity}): ${other.message}`);
  }
  for (const [name, { found, all }] of tally) console.log(`recall ${name}: ${found} of ${all}`);
}

function printAlarms(negatives: readonly Negative[], hits: (entry: Labelled) => readonly Hit[] | null): void {
  let files = 0;
  const counts = { warnings: 0, milder: 0 };
  console.log('negatives');
  for (const negative of negatives) {
    const found = hits(negative);
    if (!found) {
      console.log(`  absent  ${negative.id} ${negative.repo} ${negative.path}`);
      continue;
    }
    files++;
    const excused = new Set([...negative.ambiguous_classes, ...negative.legit_findings.map((one) => one.class)]);
    for (const { rule, line, severity, message } of found) {
      if (CLASSES[rule]?.some((name) => excused.has(name))) continue;
      const loud = severity === 'error' || severity === 'warning';
      counts[loud ? 'warnings' : 'milder']++;
      console.log(
        `  ${loud ? 'FALSE ' : 'mild  '}  ${negative.id} ${negative.path}:${line} ${rule} ${message} — ${negative.note}`,
      );
    }
  }
  console.log(`false alarms: ${counts.warnings} warnings or errors and ${counts.milder} milder ones in ${files} files`);
}

await main();
