// The files of a check: what is known of them from last time, the others in as many threads as pay. The answers come
// in the order of the files, and are the same whoever found them.

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { settingsFor } from '../analysis/config.ts';
import type { CheckCache } from './check-cache.ts';
import { startCheckers } from './check-threads.ts';
import { type CheckedFile, Checker, type Index, type Job, type Outcome, type Work } from './checker.ts';
import { type ConfigFiles, relativeTo } from './config-files.ts';
import { startParser } from './parser-files.ts';
import type { PythonFile, Skipped } from './python-files.ts';

/** Files below which no other thread is started, even where it is asked for. */
const MIN_FOR_THREADS = 48;
/** Files that pay for a thread: it compiles itself anew, and follows imports that another has followed. */
const FILES_OF_THREAD = 800;
/** More share too little, and each takes its hundred megabytes. */
const MAX_THREADS = 4;
/** Files a thread takes at once. */
const CHUNK = 6;

export async function checkFiles(
  files: readonly PythonFile[],
  configs: ConfigFiles,
  work: Work,
  { cache, threads: asked }: { readonly cache: CheckCache | null; readonly threads: number | null },
): Promise<{ readonly files: readonly CheckedFile[]; readonly skipped: readonly Skipped[] }> {
  const jobs = files.flatMap((file): Job[] => {
    const { config, root } = configs.of(path.dirname(file.file));
    const inside = relativeTo(root, file.file);
    const settings = settingsFor(config, inside);
    return settings ? [{ file, root, inside, settings }] : [];
  });
  const outcomes = new Map<Job, Outcome>();
  const kept = cache && !changesFiles(work) ? cache : null;
  kept?.begin(jobs);
  for (const job of jobs) {
    const known = kept?.find(job, work.showsFixes);
    if (known) outcomes.set(job, known);
  }
  const rest = jobs.filter((job) => !outcomes.has(job));
  const paying = Math.min(availableParallelism(), Math.floor(rest.length / FILES_OF_THREAD));
  const threads = Math.min(asked ?? paying, MAX_THREADS);
  const isMany = rest.length >= MIN_FOR_THREADS && threads > 1 && !changesFiles(work);
  if (rest.length > 0) {
    const index = kept?.index() ?? new Map();
    const found = isMany ? await inThreads(rest, work, threads, index) : await here(rest, work, index);
    rest.forEach((job, i) => {
      const outcome = found.outcomes[i];
      if (outcome) outcomes.set(job, outcome);
    });
    kept?.learn(found.indexes);
    for (const job of rest) {
      const outcome = outcomes.get(job);
      if (outcome && !('reason' in outcome)) kept?.keep(job, work.showsFixes, outcome);
    }
  }
  kept?.save();
  return inOrder(jobs, outcomes);
}

/** Then a file may find its neighbors changed, so one comes after the other, and nothing is known from last time. */
function changesFiles(work: Work): boolean {
  return work.kind !== 'check' || work.levels.size > 0;
}

function inOrder(jobs: readonly Job[], outcomes: ReadonlyMap<Job, Outcome>) {
  const files: CheckedFile[] = [];
  const skipped: Skipped[] = [];
  for (const job of jobs) {
    const outcome = outcomes.get(job);
    if (!outcome) throw new Error(`Nothing was found out about ${job.file.path}.`);
    if ('reason' in outcome) skipped.push({ path: job.file.path, reason: outcome.reason });
    else files.push(outcome);
  }
  return { files, skipped };
}

interface Found {
  readonly outcomes: readonly Outcome[];
  readonly indexes: readonly Index[];
}

async function here(jobs: readonly Job[], work: Work, index: Index): Promise<Found> {
  const parser = await startParser();
  const checker = new Checker(parser, index);
  const outcomes = jobs.map((job) => checker.check(job, work));
  parser.dispose();
  return { outcomes, indexes: [checker.index()] };
}

async function inThreads(jobs: readonly Job[], work: Work, threads: number, index: Index): Promise<Found> {
  const checkers = startCheckers(Math.min(threads, Math.ceil(jobs.length / CHUNK)), index);
  const outcomes: Outcome[] = [];
  let next = 0;
  try {
    const indexes = await Promise.all(
      checkers.map(async (checker) => {
        while (next < jobs.length) {
          const first = next;
          next += CHUNK;
          const answers = await checker.check(jobs.slice(first, next), work);
          answers.forEach((answer, i) => {
            outcomes[first + i] = answer;
          });
        }
        return checker.index();
      }),
    );
    return { outcomes, indexes };
  } finally {
    await Promise.all(checkers.map((checker) => checker.close()));
  }
}
