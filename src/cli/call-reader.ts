// One call of the reader's worker, from its start to its end. The worker stops what takes too long by itself;
// what does not let itself be stopped ends with the worker.

import { UserError } from '../base/errors.ts';
import type { ReadRequest, ReadResult } from '../protocol/messages.ts';
import { startReader } from './workers.ts';

const SECONDS = 30;

export async function callReader(request: ReadRequest): Promise<ReadResult> {
  const reader = startReader();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new UserError('reader/time', `Reading \`${request.entry}\` took more than ${SECONDS} seconds and was ended.`),
      );
    }, SECONDS * 1000);
  });
  try {
    return await Promise.race([reader.channel.call('model/read', request), late]);
  } finally {
    clearTimeout(timer);
    await reader.close();
  }
}
