// A thread that helps the engine with a step. The engine's worker starts it, and talks to it through shared memory.

import { parentPort, workerData } from 'node:worker_threads';
import { Thread, type ThreadMessage, type ThreadStart } from '../engine/threads.ts';

if (parentPort) {
  const port = parentPort;
  const thread = new Thread(workerData as ThreadStart);
  port.on('message', (message: ThreadMessage) => {
    if (!thread.receive(message)) port.close();
  });
}
