// One or two readers for many models. A reader is replaced when its memory has grown and when a model does not end.

import { Worker } from 'node:worker_threads';
import { fromPackage } from '../../src/cli/workers.ts';
import { Channel } from '../../src/protocol/channel.ts';
import type { NoContract, ReaderContract, ReadRequest, ReadResult } from '../../src/protocol/messages.ts';
import { threadPort } from '../../src/worker/thread-port.ts';

export interface Limits {
  /** After these the interpreter is interrupted; after twice these its thread ends. */
  readonly seconds: number;
}

/** Calls `done` with each request's answer, or with why there is none, as they come. */
export async function readAll<T>(
  items: readonly T[],
  jobs: number,
  { seconds }: Limits,
  request: (item: T) => ReadRequest,
  done: (item: T, result: ReadResult | Error, milliseconds: number) => void,
): Promise<void> {
  const queue = [...items];
  const serve = async () => {
    let reader = start(seconds);
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const began = performance.now();
      const result = await readOne(reader, request(item), seconds * 2);
      done(item, result, performance.now() - began);
      if (result instanceof Error || result.worn === true) {
        await reader.thread.terminate();
        reader = start(seconds);
      }
    }
    await reader.thread.terminate();
  };
  await Promise.all(Array.from({ length: jobs }, serve));
}

function start(seconds: number) {
  const thread = new Worker(fromPackage('dist', 'reader-worker.mjs'), { workerData: { seconds } });
  const channel = new Channel<NoContract, ReaderContract>(threadPort(thread), {}, {});
  thread.on('error', (cause) => channel.fail(new Error(`The reader's thread failed: ${cause.message}`, { cause })));
  return { thread, channel };
}

async function readOne(
  { channel }: ReturnType<typeof start>,
  request: ReadRequest,
  seconds: number,
): Promise<ReadResult | Error> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`It took more than ${seconds} s.`)), seconds * 1000);
  });
  try {
    return await Promise.race([channel.call('model/read', request), late]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}
