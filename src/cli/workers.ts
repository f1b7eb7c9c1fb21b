// Starts the workers for one command and ends them with it. The bundles stand beside this one in dist/.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { Channel, type Listeners } from '../protocol/channel.ts';
import type {
  Contract,
  EngineContract,
  EngineSettings,
  NoContract,
  ReaderContract,
  WorkerStart,
} from '../protocol/messages.ts';
import { threadPort } from '../worker/thread-port.ts';

export interface Running<Theirs extends Contract> {
  readonly channel: Channel<NoContract, Theirs>;
  /** Ends the work inside a step; the call must be cancelled too. */
  stop(): void;
  close(): Promise<void>;
}

/** A file of the package, whether this runs from dist/ or from src/cli/. */
export function fromPackage(...parts: string[]): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return path.join(folder, ...parts);
}

export function startReader(): Running<ReaderContract> {
  return start('reader-worker.mjs', {});
}

export function startEngine(listeners: Listeners<EngineContract>, engine: EngineSettings): Running<EngineContract> {
  return start('engine-worker.mjs', listeners, { engine });
}

function start<Theirs extends Contract>(
  bundle: string,
  listeners: Listeners<Theirs>,
  settings: Omit<WorkerStart, 'stop'> = {},
): Running<Theirs> {
  const file = fromPackage('dist', bundle);
  if (!existsSync(file))
    throw new UserError(
      'cli/not-built',
      `Expected the built file dist/${bundle} and found none; run \`npm run build\`.`,
    );
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WorkerStart = { stop: stop.buffer, ...settings };
  const worker = new Worker(file, { workerData });
  const channel = new Channel<NoContract, Theirs>(threadPort(worker), {}, listeners);
  let closing = false;
  worker.on('error', (cause) => channel.fail(new Error(`The worker ${bundle} failed: ${cause.message}`, { cause })));
  worker.on('exit', (code) => {
    if (!closing) channel.fail(new Error(`The worker ${bundle} ended with code ${code}.`));
  });
  return {
    channel,
    stop: () => {
      Atomics.store(stop, 0, 1);
    },
    close: async () => {
      closing = true;
      channel.dispose();
      await worker.terminate();
    },
  };
}
