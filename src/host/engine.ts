// The one engine, shared by the Observatory and the notebooks: a plan at a time, in the order of asking.

import type { Disposable } from '../base/disposable.ts';
import { Cancelled, throwIfAborted } from '../base/errors.ts';
import type { Plan, RunResult } from '../lab/plan.ts';
import type { EngineContract, EngineSettings, PlanSummary, RunProgress } from '../protocol/messages.ts';
import type { Log } from './log.ts';
import { WorkerClient } from './worker-client.ts';

export interface PlanListeners {
  /** Plans that must end before this one begins; 0 when it begins. */
  queued(before: number): void;
  started(run: string, index: number): void;
  observed(progress: RunProgress): void;
  ended(result: RunResult): void;
}

const IDLE = 60_000;
/** How long a cancelled plan may take to hand over what it had. */
const LAST_WORDS = 150;

export class Engine implements Disposable {
  readonly #client: WorkerClient<EngineContract>;
  readonly #queue: PlanListeners[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #current: PlanListeners | null = null;

  constructor(script: string, log: Log, settings: () => EngineSettings) {
    this.#client = new WorkerClient<EngineContract>(
      { name: 'engine', script, idle: IDLE, engine: settings },
      {
        'run/started': ({ run, index }) => this.#current?.started(run, index),
        'run/observed': (progress) => this.#current?.observed(progress),
        'run/ended': (result) => this.#current?.ended(result),
      },
      log,
    );
  }

  async run(plan: Plan, listeners: PlanListeners, signal: AbortSignal): Promise<PlanSummary> {
    throwIfAborted(signal);
    this.#queue.push(listeners);
    if (this.#queue.length > 1) this.#sayPositions();
    const turn = this.#last.then(() => this.#take(plan, listeners, signal));
    // The next in line waits for the end, however it comes.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return Promise.race([turn, cancelledFor(signal)]);
  }

  restart(): void {
    this.#client.restart();
  }

  dispose(): void {
    this.#client.dispose();
  }

  async #take(plan: Plan, listeners: PlanListeners, signal: AbortSignal): Promise<PlanSummary> {
    this.#current = listeners;
    try {
      throwIfAborted(signal);
      listeners.queued(0);
      return await this.#client.call('plan/run', plan, signal);
    } finally {
      // A cancelled plan still says what it had finished; the next one begins when it has.
      await this.#client.quiet();
      this.#current = null;
      this.#queue.splice(this.#queue.indexOf(listeners), 1);
      this.#sayPositions();
    }
  }

  #sayPositions(): void {
    for (const [i, waiting] of this.#queue.entries()) if (waiting !== this.#current) waiting.queued(i);
  }
}

function cancelledFor(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const patience = () => setTimeout(() => reject(new Cancelled()), LAST_WORDS);
    signal.addEventListener('abort', patience, { once: true });
  });
}
