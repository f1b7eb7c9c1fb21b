// The reader's thread: CPython starts with the thread, one model is read at a time. Python is interrupted after
// `SECONDS`; what ignores that ends with the thread, which the other end terminates after twice the time.
// A result says when the thread is worn out (`worn`): its memory never shrinks.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { Channel } from '../protocol/channel.ts';
import type { NoContract, ReaderContract } from '../protocol/messages.ts';
import { type Interpreter, startInterpreter } from '../reader/interpreter.ts';
import { readModel } from '../reader/read-model.ts';
import { createTracer } from '../reader/tracer.ts';
import { InstalledPackages } from './installed-packages.ts';
import { threadPort } from './thread-port.ts';

const SECONDS = 10;
const MEMORY = 1 << 30;
const WORN_MEMORY = 256 << 20;

interface Settings {
  /** The interpreter's folder, as a URL that ends in a slash. */
  readonly assets?: string;
  readonly seconds?: number;
}

const settings = (workerData ?? {}) as Settings;
const assets = settings.assets ?? new URL('./python/', import.meta.url).href;
const milliseconds = (settings.seconds ?? SECONDS) * 1000;

/** Bytes: Python's interrupt, at 4 the number of the running call; a thread of its own watches the clock. */
const shared = new SharedArrayBuffer(8);
const interrupt = new Uint8Array(shared, 0, 1);
const running = new Int32Array(shared, 4, 1);
const watch = `
const { workerData: { shared, milliseconds } } = require('node:worker_threads');
const interrupt = new Uint8Array(shared, 0, 1);
const running = new Int32Array(shared, 4, 1);
for (;;) {
  Atomics.wait(running, 0, 0);
  const call = Atomics.load(running, 0);
  // After the first interrupt, again and again: code may catch one.
  let wait = milliseconds;
  while (call !== 0 && Atomics.wait(running, 0, call, wait) === 'timed-out') {
    interrupt[0] = 2;
    wait = 50;
  }
}`;

let call = 0;
let dead = false;
const port = parentPort;
if (port === null) throw new Error('The reader runs in a thread.');
const clock = new Worker(watch, { eval: true, workerData: { shared, milliseconds } });
clock.unref();
const installed = new InstalledPackages();
const interpreter = startInterpreter({
  assets,
  read: async (name) => new Uint8Array(await readFile(fileURLToPath(assets + name))),
  answer: createTracer(),
  interrupt,
  memory: MEMORY,
});
// A failed start is the first call's error.
interpreter.catch(() => {});

new Channel<ReaderContract, NoContract>(
  threadPort(port),
  {
    'model/read': async (request) => {
      const python = await interpreter;
      if (dead) throw new UserError('reader/ended', 'The reader has ended and has to be started again.');
      const result = readModel(installed.addTo(request), { run: (text) => timed(python, text) });
      return python.memory() > WORN_MEMORY ? { ...result, worn: true } : result;
    },
  },
  {},
);

function timed(python: Interpreter, text: string): string {
  call = (call % 1_000_000) + 1;
  interrupt[0] = 0;
  Atomics.store(running, 0, call);
  Atomics.notify(running, 0);
  try {
    return python.run(text);
  } catch (cause) {
    dead = true;
    throw new UserError(
      'reader/ended',
      'The reader ended while it ran this file; a part of it needs more memory or depth than there is.',
      { cause },
    );
  } finally {
    Atomics.store(running, 0, 0);
    Atomics.notify(running, 0);
    interrupt[0] = 0;
  }
}
