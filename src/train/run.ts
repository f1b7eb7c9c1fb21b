// One run: data → steps → observations. Between any two pieces of work it lets others run, at least every
// 50 ms, and there it can be cancelled. The same specification makes the same bytes.

import { Cancelled, throwIfAborted } from '../base/errors.ts';
import { chooseKernels } from '../engine/backend.ts';
import { createSession, type Session, type SessionOptions } from '../engine/session.ts';
import { widened } from '../engine/wide.ts';
import type { Graph } from '../graph/graph.ts';
import type { Observation } from '../lab/observation.ts';
import type { RunResult, RunSpec } from '../lab/plan.ts';
import { adapt } from './data/adapt.ts';
import { BatchOrder, gather, type Split, split } from './data/batches.ts';
import type { Task } from './data/dataset.ts';
import { load } from './data/load.ts';
import { Divergence } from './divergence.ts';
import { withoutDropout } from './dropout.ts';
import { layersOf } from './layers.ts';
import { fitLoss } from './loss-args.ts';
import type { Layer, Observer, Watch, Watched } from './observer.ts';
import { all } from './observers/all.ts';
import { keptSteps, mostKept, mostValidated } from './schedule.ts';
import { start } from './start.ts';
import { writeCheckpoint } from './weights/checkpoint-file.ts';
import { lookThroughWindow } from './window.ts';

export { chooseKernels, widened };

const LONGEST_BREATH_MS = 20;

export interface RunOptions {
  readonly graph: Graph;
  readonly spec: RunSpec;
  /** The bytes of media/data/digits.bin; null where they are missing. */
  readonly digits: Uint8Array | null;
  /** The kernels' module; null runs the reference kernels. */
  readonly kernels: Uint8Array | null;
  readonly signal?: AbortSignal;
  /** Element 0 becomes other than 0 when the run shall stop, also inside a step; see engine/slices.ts. */
  readonly stop?: Int32Array | null;
  /** Threads that share the work of a step; no number depends on them. */
  readonly threads?: SessionOptions['threads'];
  /** Bytes each of the run's sessions may use. */
  readonly memoryLimit?: number;
  /** Resolves after other work of this thread, messages first of all, has had its turn. */
  pause(): Promise<void>;
  /** Milliseconds, for when to pause; no number depends on it. */
  now(): number;
  /** `observations` made since the last call; `step` optimizer steps are done. */
  onObserved(step: number, observations: readonly Observation[]): void;
  /** Called once, when the engine is up. */
  onBackend?(backend: Session['backend']): void;
}

/** Never throws for what a run may meet: divergence and cancellation are results. A UserError means it cannot begin. */
export async function run(options: RunOptions): Promise<RunResult> {
  const training = new Training(options);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

class Training {
  readonly #options: RunOptions;
  readonly #observations: Observation[] = [];
  readonly #summary: Record<string, number> = {};
  readonly #sessions: Session[] = [];
  #layers: readonly Layer[] = [];
  #choices: readonly string[] = [];
  #probes: readonly string[] = [];
  #breath: number;
  #steps = 0;
  #divergence: Divergence | null = null;
  #delivered = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#breath = options.now();
  }

  dispose(): void {
    for (const session of this.#sessions) session.dispose();
  }

  async run(): Promise<RunResult> {
    try {
      return await this.#begin();
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      const [session] = this.#sessions;
      const saved = session === undefined ? {} : this.#saved(session);
      return { ...this.#result('cancelled', `Stopped at step ${this.#steps}.`), ...saved };
    }
  }

  #begin(): Promise<RunResult> {
    const { graph, spec, digits } = this.#options;
    const task = adapt(load(spec.data, digits), graph, spec.loss);
    const fitted = fitLoss(spec, task);
    this.#choices = [...task.choices, ...fitted.choices];
    this.#layers = layersOf(graph);
    const observers = (all as readonly Observer[]).filter((observer) => spec.observers.includes(observer.name));
    const base = { ...this.#sessionOptions(task.loss, observers), lossArgs: fitted.args };
    const session = this.#create(base);
    this.#divergence = new Divergence(base);
    this.#options.onBackend?.(session.backend);
    this.#steps = start(session, graph, spec);
    const watched: Watched = {
      graph,
      layers: this.#layers,
      spec,
      task,
      split: this.#split(task),
      session,
      copy: this.#copier(session, base),
      breathe: () => this.#breathe(),
      conclude: (name, value) => {
        this.#summary[name] = value;
      },
    };
    const watches = observers.map((observer) => observer.watch(watched));
    return this.#train(watched, watches);
  }

  #split(task: Task): Split {
    const { graph, spec } = this.#options;
    const { train, validation } = split(task.count, spec.batch, spec.seed);
    const most = mostValidated(spec, graph);
    if (validation.length <= most) return { train, validation };
    this.#choices = [...this.#choices, `Validation: ${most} rows, so that it takes no longer than training.`];
    return { train, validation: validation.subarray(0, most) };
  }

  #sessionOptions(loss: SessionOptions['loss'], observers: readonly Observer[]): SessionOptions {
    const { graph, spec, kernels, stop = null, threads = null, memoryLimit } = this.#options;
    const probes = [...new Set(observers.flatMap((observer) => observer.probes?.(this.#layers) ?? []))];
    this.#probes = probes;
    const { seed, batch, optimizer, recipe = {} } = spec;
    const limit = memoryLimit === undefined ? {} : { memoryLimit };
    return { graph, seed, batch, loss, optimizer, recipe, probes, kernels, stop, threads, ...limit };
  }

  #create(options: SessionOptions): Session {
    const session = createSession(options);
    this.#sessions.push(session);
    return session;
  }

  /** Each made once, when first asked for; brought to the run's state at each call. */
  #copier(session: Session, options: SessionOptions): Watched['copy'] {
    const copies = new Map<boolean, Session>();
    const optimizer = { target: 'torch.optim.SGD', args: { lr: 0 } };
    return ({ dropout } = { dropout: true }) => {
      const graph = dropout ? options.graph : withoutDropout(options.graph);
      const copy = copies.get(dropout) ?? this.#create({ ...options, graph, optimizer, recipe: {} });
      copies.set(dropout, copy);
      for (const { name } of graph.tensors) copy.write(name, session.read(name));
      return copy;
    };
  }

  async #train(watched: Watched, watches: readonly Watch[]): Promise<RunResult> {
    const { session, split: rows } = watched;
    const { spec } = this.#options;
    const order = new BatchOrder(rows.train, spec.batch, spec.seed);
    const batches = spec.recipe?.accumulate ?? 1;
    const kept = keptSteps(spec.steps, mostKept(spec.steps, session.cost));
    const ask = async (hook: 'begin' | 'kept' | 'after' | 'end', step: number) => {
      for (const watch of watches) this.#observed((await watch[hook]?.(step)) ?? []);
    };
    await this.#breathe();
    await lookThroughWindow(watched, watches);
    await ask('begin', this.#steps);
    for (let i = 0; i < this.#steps * batches; i++) order.next();
    for (let step = this.#steps; step < spec.steps; step++) {
      const loss = this.#step(watched, order, kept.has(step));
      this.#steps = step + 1;
      for (const watch of watches) this.#observed(watch.every?.(step, loss) ?? []);
      const diverged = !Number.isFinite(loss);
      if (diverged && !kept.has(step)) await this.#divergence?.again(session, () => this.#breathe());
      if (diverged || kept.has(step)) await ask('kept', step);
      if (diverged) return this.#result('diverged', await this.#whyDiverged(session, loss));
      if (this.#steps < spec.steps) await ask('after', this.#steps);
      await this.#breathe();
    }
    await lookThroughWindow(watched, watches);
    await ask('end', this.#steps);
    this.#deliver();
    return { ...this.#result('finished', ''), ...this.#saved(session) };
  }

  /** One optimizer step, over as many batches as the recipe accumulates; the mean of their losses. */
  #step({ session, task }: Watched, order: BatchOrder, readable: boolean): number {
    const batches = this.#options.spec.recipe?.accumulate ?? 1;
    let sum = 0;
    for (let i = 0; i < batches; i++) {
      const rows = order.next();
      this.#divergence?.before(session, this.#steps, () => gather(task, rows));
      const { inputs, target } = gather(task, rows);
      sum += session.step(inputs, target, { readable: readable && i === batches - 1 });
    }
    return sum / batches;
  }

  #observed(observations: readonly Observation[]): void {
    for (const observation of observations) this.#observations.push(observation);
  }

  #deliver(): void {
    const fresh = this.#observations.slice(this.#delivered);
    this.#delivered = this.#observations.length;
    this.#options.onObserved(this.#steps, fresh);
  }

  async #breathe(): Promise<void> {
    if (this.#options.now() - this.#breath < LONGEST_BREATH_MS) return;
    this.#deliver();
    await this.#options.pause();
    this.#breath = this.#options.now();
    throwIfAborted(this.#options.signal);
  }

  async #whyDiverged(session: Session, loss: number): Promise<string> {
    const found = (await this.#divergence?.explain(() => this.#breathe())) ?? '';
    const first = found === '' ? this.#firstNonFinite(session) : null;
    const layer = first === null ? '' : `The first layer with a non-finite output is \`${first}\`.`;
    return `The loss became ${loss} at step ${this.#steps - 1}. ${found}${layer}`.trim();
  }

  /** The first layer, in the order of computing, that gave what is not a number. */
  #firstNonFinite(session: Session): string | null {
    for (const layer of this.#layers) {
      if (!this.#probes.includes(layer.node)) continue;
      const { nan, inf } = session.measure(layer.node, 'output');
      if (nan + inf > 0) return layer.name;
    }
    return null;
  }

  /** Nothing where it was not asked for, or where the session was stopped inside a step. */
  #saved(session: Session): Pick<RunResult, 'state'> {
    if (!this.#options.spec.save) return {};
    try {
      return { state: writeCheckpoint(session.save()) };
    } catch (error) {
      if (error instanceof Cancelled) return {};
      throw error;
    }
  }

  #result(status: RunResult['status'], reason: string): RunResult {
    const { spec } = this.#options;
    return {
      run: spec.id,
      status,
      steps: this.#steps,
      observations: this.#observations,
      summary: this.#summary,
      reason,
      choices: this.#choices,
    };
  }
}
