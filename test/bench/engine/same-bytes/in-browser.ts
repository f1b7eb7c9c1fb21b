// The same in a browser's worker, which starts the threads as workers of its own.

import { type ThreadPort, type ThreadStart, Threads } from '../../../../src/engine/threads.ts';
import { type Digest, digest } from './digest.ts';

interface Scope {
  onmessage: ((event: { readonly data: readonly Uint8Array[] }) => void) | null;
  postMessage(message: unknown): void;
}
declare const self: Scope;
declare class Worker {
  constructor(url: string, options: { readonly type: 'module' });
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
}

self.onmessage = async ({ data }) => {
  const found: Digest[] = [];
  for (const kernels of data)
    for (const count of [1, 2, 4]) {
      // A browser starts a worker only while the one that asks for it is not busy.
      const ready = await Promise.all(Array.from({ length: count - 1 }, startWorker));
      const threads = count === 1 ? null : new Threads(count, (birth) => hand(ready[birth.lane - 1], birth));
      found.push(digest(kernels, threads));
      threads?.dispose();
    }
  self.postMessage(found);
};

function startWorker(): Promise<Worker> {
  return new Promise((resolve) => {
    const worker = new Worker('/thread.js', { type: 'module' });
    worker.onmessage = () => resolve(worker);
  });
}

function hand(worker: Worker | undefined, birth: ThreadStart): ThreadPort {
  worker?.postMessage(birth);
  return { post: (message) => worker?.postMessage(message) };
}
