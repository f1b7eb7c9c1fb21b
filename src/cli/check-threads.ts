// Threads that check files for the command. Each has its own parser and follows imports for itself; what one finds
// out about a file depends on the files alone, so it is what another would have.

import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Index, Job, Outcome, Work } from './checker.ts';
import { fromPackage } from './workers.ts';

export type CheckRequest =
  | { readonly kind: 'check'; readonly jobs: readonly Job[]; readonly work: Work }
  | { readonly kind: 'index' };
export type CheckAnswer =
  | { readonly kind: 'checked'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'index'; readonly index: Index };

export interface RemoteChecker {
  check(jobs: readonly Job[], work: Work): Promise<readonly Outcome[]>;
  index(): Promise<Index>;
  close(): Promise<unknown>;
}

/** The built command, which a thread runs as well; run from its sources, it has none. */
export function threadFile(): string | null {
  const file = fromPackage('dist', 'cli.mjs');
  return existsSync(file) ? file : null;
}

/** Megabytes for what is young; the default of a thread grows past what it gains here. */
const YOUNG = 24;

/** Each answers one request at a time. */
export function startCheckers(count: number, index: Index): readonly RemoteChecker[] {
  const file = threadFile();
  if (file === null) throw new Error('Threads were asked for, and dist/cli.mjs is not there.');
  return Array.from({ length: count }, () => startChecker(file, index));
}

function startChecker(file: string, index: Index): RemoteChecker {
  const worker = new Worker(file, { workerData: { index }, resourceLimits: { maxYoungGenerationSizeMb: YOUNG } });
  let settle: ((answer: CheckAnswer) => void) | undefined;
  let fail: ((cause: Error) => void) | undefined;
  let ended: Error | null = null;
  const end = (cause: Error) => {
    ended ??= cause;
    fail?.(ended);
  };
  worker.on('message', (answer: CheckAnswer) => settle?.(answer));
  worker.on('error', (cause) => end(new Error(`A thread that checks files failed: ${cause.message}`, { cause })));
  worker.on('exit', (code) => end(new Error(`A thread that checks files ended with code ${code}.`)));
  const ask = (request: CheckRequest) =>
    new Promise<CheckAnswer>((resolve, reject) => {
      settle = resolve;
      fail = reject;
      if (ended) reject(ended);
      else worker.postMessage(request);
    });
  return {
    check: async (jobs, work) => {
      const answer = await ask({ kind: 'check', jobs, work });
      return answer.kind === 'checked' ? answer.outcomes : [];
    },
    index: async () => {
      const answer = await ask({ kind: 'index' });
      return answer.kind === 'index' ? answer.index : new Map();
    },
    close: () => worker.terminate(),
  };
}
