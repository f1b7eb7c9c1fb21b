// The engine's thread: runs plans, one run after another, and reports at most ten times a second. A run that
// fails is a result with a reason; the plan goes on. Cancelling ends the run between two steps, or inside one by a
// word of shared memory, and the plan with it; what is finished has been sent.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import type { Threads } from '../engine/threads.ts';
import type { Observation } from '../lab/observation.ts';
import type { Plan, RunResult, RunSpec } from '../lab/plan.ts';
import { Channel } from '../protocol/channel.ts';
import type { EngineContract, EngineSettings, NoContract, PlanSummary, WorkerStart } from '../protocol/messages.ts';
import { chooseKernels, run, widened } from '../train/run.ts';
import { startThreads } from './start-threads.ts';
import { threadPort } from './thread-port.ts';
import { allowFused, mergeVectors } from './vectors.ts';

const SHORTEST_REPORT_MS = 100;
const DEFAULTS: EngineSettings = { threads: 0, memory: 2048 };

/** The path of a file of the package; null where it is missing. This bundle stands in dist/, the source in src/worker/. */
function pathInPackage(...parts: string[]): string | null {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = path.join(folder, ...parts);
    if (existsSync(file)) return file;
    if (existsSync(path.join(folder, 'package.json')) || path.dirname(folder) === folder) return null;
    folder = path.dirname(folder);
  }
}

function fromPackage(...parts: string[]): Uint8Array | null {
  const file = pathInPackage(...parts);
  return file === null ? null : readFileSync(file);
}

/** The fastest kernels that this runtime can run. NORMLAB_WIDE=1 asks for operations of 256 bits, still an experiment. */
function loadKernels(): Uint8Array | null {
  allowFused();
  const kernels = chooseKernels(['kernels-fused.wasm', 'kernels.wasm'].map((name) => fromPackage('dist', name)));
  if (kernels === null || process.env['NORMLAB_WIDE'] !== '1') return kernels;
  return widened(kernels, mergeVectors) ?? kernels;
}

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

class Engine {
  readonly #digits = fromPackage('media', 'data', 'digits.bin');
  readonly #kernels = loadKernels();
  readonly #channel: Channel<EngineContract, NoContract>;
  readonly #stop: Int32Array;
  readonly #threads: Threads | null;
  readonly #memory: number;
  #backend = '';

  constructor(port: NonNullable<typeof parentPort>, { stop, engine = DEFAULTS }: WorkerStart) {
    this.#stop = new Int32Array(stop);
    const script = pathInPackage('dist', 'engine-thread.mjs');
    this.#threads = script === null ? null : startThreads(engine.threads, script);
    this.#memory = engine.memory * 2 ** 20;
    this.#channel = new Channel<EngineContract, NoContract>(
      threadPort(port),
      { 'plan/run': (plan, signal) => this.#runPlan(plan, signal) },
      {},
    );
  }

  async #runPlan(plan: Plan, signal: AbortSignal): Promise<PlanSummary> {
    const start = performance.now();
    let finished = 0;
    let cancelled = 0;
    for (const [index, spec] of plan.runs.entries()) {
      await pause();
      if (signal.aborted || Atomics.load(this.#stop, 0) !== 0) break;
      this.#channel.send('run/started', { run: spec.id, index, of: plan.runs.length });
      const result = await this.#runOne(plan, spec, signal);
      this.#channel.send('run/ended', result);
      if (result.status === 'cancelled') cancelled++;
      else finished++;
    }
    const seconds = (performance.now() - start) / 1000;
    return { finished, cancelled, seconds, backend: this.#backend };
  }

  async #runOne(plan: Plan, spec: RunSpec, signal: AbortSignal): Promise<RunResult> {
    const report = new Report(this.#channel, spec);
    try {
      const graph = plan.graphs[spec.graph];
      if (!graph) throw new UserError('plan/graph', `The plan has no graph ${spec.graph} for the run ${spec.id}.`);
      return await run({
        graph,
        spec,
        digits: this.#digits,
        kernels: this.#kernels,
        signal,
        stop: this.#stop,
        threads: this.#threads,
        memoryLimit: this.#memory,
        pause,
        now: () => performance.now(),
        onObserved: (step, observations) => report.add(step, observations),
        onBackend: (backend) => {
          this.#backend = backend;
        },
      });
    } catch (error) {
      const reason =
        error instanceof UserError ? error.message : `An internal error: ${String((error as Error)?.stack ?? error)}`;
      return { run: spec.id, status: 'failed', steps: report.step, observations: report.all, summary: {}, reason };
    } finally {
      report.flush();
    }
  }
}

/** Holds observations back until a tenth of a second has passed since the last report. */
class Report {
  readonly #channel: Channel<EngineContract, NoContract>;
  readonly #spec: RunSpec;
  readonly all: Observation[] = [];
  step = 0;
  #waiting: Observation[] = [];
  #sent = 0;

  constructor(channel: Channel<EngineContract, NoContract>, spec: RunSpec) {
    this.#channel = channel;
    this.#spec = spec;
  }

  add(step: number, observations: readonly Observation[]): void {
    this.step = step;
    for (const observation of observations) {
      this.all.push(observation);
      this.#waiting.push(observation);
    }
    if (performance.now() - this.#sent >= SHORTEST_REPORT_MS) this.flush();
  }

  flush(): void {
    const { id: run, steps } = this.#spec;
    this.#channel.send('run/observed', { run, step: this.step, steps, observations: this.#waiting });
    this.#waiting = [];
    this.#sent = performance.now();
  }
}

if (parentPort) new Engine(parentPort, workerData as WorkerStart);
