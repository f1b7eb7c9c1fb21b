// A worker thread that starts with its first call, stops when nothing was asked of it for a while, and starts
// again after it ended by itself. A call that was cancelled must be over on the worker's side soon; a worker
// that does not hear is ended, so that no computation goes on unseen.

import { Worker } from 'node:worker_threads';
import type { Disposable } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import { Channel, type Listeners, type Port } from '../protocol/channel.ts';
import type { Contract, EngineSettings, NoContract, WorkerStart } from '../protocol/messages.ts';
import { threadPort } from '../worker/thread-port.ts';
import type { Log } from './log.ts';

export interface WorkerOptions {
  /** As people know it: `engine`, `reader`. */
  readonly name: string;
  /** The bundle's path. */
  readonly script: string;
  /** Milliseconds without a call before the thread is ended. */
  readonly idle: number;
  /** Asked at each start, by the engine. */
  readonly engine?: () => EngineSettings;
}

const CANCEL_PATIENCE = 1000;

interface Running<Theirs extends Contract> {
  readonly worker: Worker;
  readonly channel: Channel<NoContract, Theirs>;
  /** Calls the worker has not answered, by their number on the wire. */
  readonly open: Set<number>;
  /** Called once when the worker has answered all, or is gone. */
  readonly waiting: Set<() => void>;
  /** See WorkerStart. */
  readonly stop: Int32Array;
}

export class WorkerClient<Theirs extends Contract> implements Disposable {
  readonly #options: WorkerOptions;
  readonly #listeners: Listeners<Theirs>;
  readonly #log: Log;
  #running: Running<Theirs> | null = null;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: WorkerOptions, listeners: Listeners<Theirs>, log: Log) {
    this.#options = options;
    this.#listeners = listeners;
    this.#log = log;
  }

  async call<K extends keyof Theirs['calls'] & string>(
    name: K,
    argument: Theirs['calls'][K]['argument'],
    signal?: AbortSignal,
  ): Promise<Theirs['calls'][K]['result']> {
    clearTimeout(this.#idle);
    const running = this.#running ?? this.#start();
    Atomics.store(running.stop, 0, 0);
    const watch = () => {
      Atomics.store(running.stop, 0, 1);
      this.#endUnlessQuiet(running);
    };
    signal?.addEventListener('abort', watch);
    try {
      return await running.channel.call(name, argument, signal ? { signal } : {});
    } finally {
      signal?.removeEventListener('abort', watch);
    }
  }

  /** When the worker has answered all it was asked, cancelled calls too, or is gone. */
  quiet(): Promise<void> {
    const running = this.#running;
    if (!running || running.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => running.waiting.add(resolve));
  }

  /** Ends the thread; open calls fail with a sentence, and the next call starts another. */
  restart(): void {
    const message = `The ${this.#options.name} was restarted; what was measured until then is kept.`;
    this.#end(new UserError('worker/restarted', message));
  }

  /** Ends the thread when it has answered all; the next call starts another. */
  async retire(): Promise<void> {
    const running = this.#running;
    await this.quiet();
    if (running && this.#running === running && running.open.size === 0) this.#end(null);
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#end(null);
  }

  #start(): Running<Theirs> {
    const { name, script, engine } = this.#options;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const workerData: WorkerStart = { stop: stop.buffer, ...(engine === undefined ? {} : { engine: engine() }) };
    const worker = new Worker(script, { name: `norm lab ${name}`, stdout: true, stderr: true, workerData });
    const open = new Set<number>();
    const port = watchedPort(threadPort(worker), open, () => this.#answered(running));
    const channel = new Channel<NoContract, Theirs>(port, {}, this.#listeners);
    const running: Running<Theirs> = { worker, open, channel, waiting: new Set(), stop };
    this.#running = running;
    this.#log.debug(`The ${name} starts.`);
    worker.stdout.on('data', (chunk) => this.#log.debug(`${name}: ${String(chunk).trimEnd()}`));
    worker.stderr.on('data', (chunk) => this.#log.warn(`${name}: ${String(chunk).trimEnd()}`));
    worker.on('error', (cause) => this.#endedByItself(running, cause));
    worker.on('exit', (code) => this.#endedByItself(running, new Error(`Exit code ${code}.`)));
    return running;
  }

  #endedByItself(running: Running<Theirs>, cause: Error): void {
    if (this.#running !== running) return;
    this.#running = null;
    const { name } = this.#options;
    this.#log.error(`The ${name} ended by itself.`, cause);
    const message = `The ${name} stopped unexpectedly; what was measured until then is kept. Run again to start a new one.`;
    running.channel.fail(new UserError('worker/ended', message, { cause }));
    release(running.waiting);
  }

  #end(reason: Error | null): void {
    const running = this.#running;
    if (!running) return;
    this.#running = null;
    if (reason) running.channel.fail(reason);
    else running.channel.dispose();
    release(running.waiting);
    void running.worker.terminate();
  }

  #endUnlessQuiet(running: Running<Theirs>): void {
    const patience = setTimeout(() => {
      if (running.open.size === 0 || this.#running !== running) return;
      this.#log.warn(`The ${this.#options.name} did not hear the cancellation and was ended.`);
      this.#end(null);
    }, CANCEL_PATIENCE);
    patience.unref();
  }

  #answered(running: Running<Theirs>): void {
    if (running.open.size > 0) return;
    release(running.waiting);
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(null), this.#options.idle);
    this.#idle.unref();
  }
}

function release(waiting: Set<() => void>): void {
  for (const resolve of waiting) resolve();
  waiting.clear();
}

/** Keeps the numbers of unanswered calls as they pass: a cancelled call is settled here before it is over there. */
function watchedPort(port: Port, open: Set<number>, answered: () => void): Port {
  return {
    post: (message, transfer) => {
      const { type, id } = message as { type: string; id: number };
      if (type === 'call') open.add(id);
      port.post(message, transfer);
    },
    onMessage: (listener) =>
      port.onMessage((message) => {
        const { type, id } = message as { type: string; id: number };
        if (type === 'result' || type === 'error') {
          open.delete(id);
          answered();
        }
        listener(message);
      }),
  };
}
