// A thread that checks files for the command; see check-threads.ts.

import type { MessagePort } from 'node:worker_threads';
import type { CheckAnswer, CheckRequest } from './check-threads.ts';
import { Checker, type Index } from './checker.ts';
import { startParser } from './parser-files.ts';

/** Requests that come before it listens wait in the port. */
export async function serveChecks(port: MessagePort, index: Index): Promise<void> {
  const checker = new Checker(await startParser(), index);
  port.on('message', (request: CheckRequest) => {
    const answer: CheckAnswer =
      request.kind === 'check'
        ? { kind: 'checked', outcomes: request.jobs.map((job) => checker.check(job, request.work)) }
        : { kind: 'index', index: checker.index() };
    port.postMessage(answer);
  });
}
