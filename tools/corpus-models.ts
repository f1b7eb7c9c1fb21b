// Reads models of public repositories and compares with what PyTorch says of them:
//
//   npm run corpus:models -- DIR [options]
//     --list FILE       models with PyTorch's numbers; again for more lists (test/corpus/models.jsonl, and
//                       DIR/models.jsonl where that is there)
//     --mirrors FOLDER  bare clones, FOLDER/owner+name/repo, for repositories that are not in DIR yet; made with
//                       git clone --bare https://github.com/OWNER/NAME FOLDER/OWNER+NAME/repo
//     --only TEXT       models whose repository, path or construction has TEXT in it
//     --holdout         the third that is held out, as numbers only; --all: both parts
//     --jobs N          readers at the same time, 1 or 2
//     --seconds N       for one model, 40
//     --failures FILE   where reasons are written, the most frequent on top
//     --packages FOLDER packages beside the repositories, as in a site-packages
//
// DIR holds the repositories' Python files (`owner__name@commit`); they are never part of the project. A model is
// exact when parameters, buffers, output shape and counts of modules are all equal.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { fromPackage } from '../src/cli/workers.ts';
import type { ReadRequest } from '../src/protocol/messages.ts';
import { compare, type Entry, type Outcome } from './corpus/entry.ts';
import { folderOf, materialize, pythonFiles } from './corpus/files.ts';
import { readAll } from './corpus/pool.ts';
import { perReason, perRepository, share, title } from './corpus/summary.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'string', multiple: true },
    mirrors: { type: 'string' },
    only: { type: 'string' },
    holdout: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '40' },
    failures: { type: 'string' },
    packages: { type: 'string' },
  },
});

const [directory] = positionals;
if (directory === undefined) {
  console.error('Expected the folder of the repositories’ files, as in: npm run corpus:models -- DIR');
  process.exit(2);
}
await main(directory);

async function main(directory: string): Promise<void> {
  const { holdout, all, only } = values;
  const wanted = entries(directory).filter(
    (entry) =>
      (all || (entry.split === 'holdout') === holdout) &&
      (only === undefined || `${entry.repo}/${entry.path} ${entry.construct}`.includes(only)),
  );
  const missing = new Set(wanted.map((entry) => materialize(directory, entry, values.mirrors)).filter(Boolean));
  for (const reason of missing) console.log(reason);
  const present = wanted.filter((entry) => existsSync(path.join(folderOf(directory, entry), entry.path)));
  const outcomes: Outcome[] = [];
  const limits = { seconds: Number(values.seconds) };
  const request = (entry: Entry) => requestFor(directory, entry);
  await readAll(present, Number(values.jobs), limits, request, (entry, result, milliseconds) => {
    const root = folderOf(directory, entry);
    const outcome =
      result instanceof Error
        ? { entry, verdict: 'failed' as const, reason: result.message, place: '' }
        : compare(entry, result, root);
    outcomes.push({ ...outcome, milliseconds });
    if (entry.split !== 'holdout') tell({ ...outcome, milliseconds });
  });
  report(outcomes);
}

function report(outcomes: readonly Outcome[]): void {
  const told = outcomes.filter(({ verdict }) => verdict !== 'untold');
  const open = told.filter(({ entry }) => entry.split !== 'holdout');
  const causes = perReason(open);
  if (values.failures !== undefined) writeFileSync(values.failures, `${causes.join('\n')}\n`);
  console.log(['', ...perRepository(told), '', ...causes.filter((line) => !line.startsWith('    ')), ''].join('\n'));
  const splits = new Set(told.map(({ entry }) => entry.split ?? 'open'));
  for (const split of splits) {
    const own = told.filter(({ entry }) => (entry.split ?? 'open') === split);
    const plain = own.filter(({ entry }) => entry.needs === undefined);
    console.log(share(split, plain));
    if (plain.length < own.length)
      console.log(
        share(
          `${split}, of another PyTorch`,
          own.filter(({ entry }) => entry.needs !== undefined),
        ),
      );
  }
}

function tell({ entry, verdict, reason, place, milliseconds }: Outcome): void {
  const time = `${Math.round(milliseconds)} ms`.padStart(8);
  console.log(`${verdict.padEnd(6)} ${time}  ${title(entry)}  ${place} ${reason.slice(0, 300)}`);
}

function entries(directory: string): Entry[] {
  const given = path.join(directory, 'models.jsonl');
  const lists = values.list ?? [fromPackage('test/corpus/models.jsonl'), ...(existsSync(given) ? [given] : [])];
  return lists
    .flatMap((list) => readFileSync(list, 'utf8').split('\n'))
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);
}

function requestFor(directory: string, entry: Entry): ReadRequest {
  const root = folderOf(directory, entry);
  const { packages } = values;
  const others = packages === undefined ? {} : pythonFiles(path.resolve(packages));
  return {
    files: { ...others, ...pythonFiles(root) },
    entry: path.join(root, entry.path),
    roots: [root],
    packages: packages === undefined ? [] : [path.resolve(packages)],
    construct: entry.construct,
    input: entry.example_input,
  };
}
