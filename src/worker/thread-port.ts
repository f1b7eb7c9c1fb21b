// A Port over worker_threads, for both ends. Known to the shells only.

import type { MessagePort, Worker } from 'node:worker_threads';
import type { Port } from '../protocol/channel.ts';

export function threadPort(end: MessagePort | Worker): Port {
  return {
    post: (message, transfer) => end.postMessage(message, transfer ? [...transfer] : []),
    onMessage: (listener) => {
      end.on('message', listener);
      return { dispose: () => end.off('message', listener) };
    },
  };
}
