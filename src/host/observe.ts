// Observe This Model: read, plan, train, judge. Holds the one state the Observatory draws; what arrives while
// training is passed on at most ten times a second. Stopping keeps everything that was measured.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Finding } from '../base/finding.ts';
import { hintsWith, type TrainingHints } from '../base/hints.ts';
import { builtIn, type Graph } from '../graph/graph.ts';
import type { Observation as Measured } from '../lab/observation.ts';
import type { Plan, RunResult } from '../lab/plan.ts';
import type { StaticFinding } from '../lab/verdict.ts';
import type { RunProgress, ViewState } from '../protocol/messages.ts';
import type { Cores } from './cores.ts';
import type { Documents } from './documents.ts';
import type { Engine } from './engine.ts';
import { type Failures, isCancelled, isUserError } from './failures.ts';
import { modelView } from './model-view.ts';
import type { Models } from './models/models.ts';
import type { CheckedSource, ModelSource } from './models/source.ts';
import type { Running } from './running.ts';
import { observatorySettings } from './settings.ts';

const FRAME = 100;
const EMPTY: ViewState = {
  model: null,
  run: null,
  phase: 'empty',
  message: '',
  step: 0,
  observations: [],
  verdicts: [],
  findings: [],
};

/** One attempt; a later one takes its place. */
interface Attempt {
  readonly abort: AbortController;
  readonly source: ModelSource;
  checked: CheckedSource | null;
  graph: Graph | null;
  plan: Plan | null;
  result: RunResult | null;
}

export interface ObservationParts {
  readonly documents: Documents;
  readonly models: () => Models;
  readonly engine: Engine;
  readonly cores: Cores;
  readonly running: Running;
  readonly failures: Failures;
}

export class Observation implements Disposable {
  readonly #documents: Documents;
  readonly #models: () => Models;
  readonly #engine: Engine;
  readonly #cores: Cores;
  readonly #running: Running;
  readonly #failures: Failures;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<ViewState>());
  readonly #observed = this.#store.add(new vscode.EventEmitter<RunProgress>());
  readonly onDidChange = this.#changed.event;
  readonly onDidObserve = this.#observed.event;
  #state: ViewState = EMPTY;
  #attempt: Attempt | null = null;
  #last: ModelSource | null = null;
  #measured: Measured[] = [];
  #unsent: RunProgress | null = null;
  #frame: NodeJS.Timeout | undefined;

  constructor(parts: ObservationParts) {
    this.#documents = parts.documents;
    this.#models = parts.models;
    this.#engine = parts.engine;
    this.#cores = parts.cores;
    this.#running = parts.running;
    this.#failures = parts.failures;
    this.#store.add(
      parts.documents.onDidCheck(({ uri }) => {
        if (uri.path === this.#state.model?.path) void this.#showFindingsOf(this.#last);
      }),
    );
  }

  /** Everything measured so far included. */
  get state(): ViewState {
    return { ...this.#state, observations: this.#measured };
  }

  /** The Python file or notebook in front, else the one observed last. */
  target(): ModelSource {
    const source = this.#models().inFront() ?? this.#last;
    if (source) return source;
    const message = 'There is no Python file in front; open the one that defines the model, then observe again.';
    throw new UserError('observe/no-file', message);
  }

  async observe(source = this.target()): Promise<void> {
    this.stop();
    const nothing = { checked: null, graph: null, plan: null, result: null };
    const attempt: Attempt = { abort: new AbortController(), source, ...nothing };
    this.#attempt = attempt;
    this.#last = source;
    const running = this.#running.begin(() => this.stop());
    const before = this.state;
    this.#forget();
    this.#set({ ...EMPTY, phase: 'reading', message: `Reading ${source.name} …` });
    try {
      await this.#run(attempt);
    } catch (error) {
      if (this.#attempt === attempt) this.#failed(error, before);
    } finally {
      if (this.#attempt === attempt) this.#attempt = null;
      running.dispose();
    }
  }

  /** Keeps what was measured. */
  stop(): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    attempt.abort.abort();
    this.#flush();
    const where = attempt.plan ? `at step ${this.#state.step}; what was measured is kept` : 'before the run began';
    this.#judge(attempt);
    this.#set({ ...this.#state, phase: 'cancelled', message: `Stopped ${where}.` });
  }

  dispose(): void {
    this.#attempt?.abort.abort();
    clearTimeout(this.#frame);
    this.#store.dispose();
  }

  /** Of the file, and of the one whose call builds the model. */
  async #hints(own: TrainingHints, graph: Graph, uri: vscode.Uri): Promise<TrainingHints> {
    const builder = builtIn(graph);
    return builder === null ? own : hintsWith(own, await this.#documents.hintsOf(uri.with({ path: builder })));
  }

  async #run(attempt: Attempt): Promise<void> {
    const { signal } = attempt.abort;
    const { source } = attempt;
    const checked = await source.check();
    if (!checked)
      throw new UserError(
        'observe/no-python',
        'Only Python with a model in it can be observed; open some and try again.',
      );
    const { graph, input } = await this.#models().read(source, checked, signal);
    const { observeChoices, planObserve } = this.#cores.lab;
    const hints = await this.#hints(checked.text.hints, graph, source.uri);
    const plan = planObserve(graph, hints, observatorySettings(source.uri));
    Object.assign(attempt, { checked, graph, plan });
    const run = plan.runs[0] ?? null;
    const choices = [...observeChoices(plan, hints), `input ${input}`];
    const message = run ? `Training for ${run.steps} steps.` : '';
    this.#set({ ...this.#state, model: modelView(graph, choices), run, phase: 'running', message });
    this.#showFindings(checked);
    const mine = () => this.#attempt === attempt;
    await this.#engine.run(
      plan,
      {
        queued: (before) => {
          if (mine() && before > 0)
            this.#set({ ...this.#state, message: `Waiting for ${before} run before this one.` });
        },
        started: () => this.#set({ ...this.#state, message }),
        observed: (progress) => {
          if (mine()) this.#observe(progress);
        },
        ended: (ended) => {
          attempt.result = ended;
        },
      },
      signal,
    );
    this.#flush();
    this.#judge(attempt);
    this.#set({ ...this.#state, ...ending(attempt.result, this.#state.step) });
  }

  #observe(progress: RunProgress): void {
    for (const one of progress.observations) this.#measured.push(one);
    const unsent = this.#unsent?.observations ?? [];
    this.#unsent = { ...progress, observations: [...unsent, ...progress.observations] };
    this.#frame ??= setTimeout(() => this.#flush(), FRAME);
  }

  #flush(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    const progress = this.#unsent;
    this.#unsent = null;
    if (!progress) return;
    this.#state = { ...this.#state, step: progress.step };
    this.#observed.fire(progress);
  }

  /** Of the whole run where it has ended, else of what was measured until now. */
  #judge({ checked, graph, plan, result }: Attempt): void {
    const run = plan?.runs[0];
    if (!checked || !graph || !run) return;
    const { step } = this.#state;
    const soFar = { run: run.id, status: 'cancelled', steps: step, summary: {}, reason: '' } as const;
    const measured = result ?? { ...soFar, observations: this.#measured };
    const findings = checked.text.findings.map((finding) => staticFinding(finding, checked));
    const verdicts = this.#cores.lab.judge([measured], { graph, findings, batch: run.batch });
    this.#state = { ...this.#state, verdicts };
  }

  #failed(error: unknown, before: ViewState): void {
    this.#flush();
    if (isCancelled(error)) {
      // Stopped while it ran: `stop` has said so. A question that was not answered leaves things as they were.
      if (this.#state.phase !== 'reading') return;
      this.#measured = [...before.observations];
      this.#set(before);
      return;
    }
    const attempt = this.#attempt;
    if (attempt) this.#judge(attempt);
    const message = isUserError(error)
      ? error.message
      : 'An internal error ended the run; the details are in the Norm Lab log.';
    this.#set({ ...this.#state, phase: 'failed', message });
    this.#failures.note('observe the model', error);
  }

  #showFindings({ text, place }: CheckedSource): void {
    const findings = text.findings.map((finding) => {
      const { path, line } = place(finding.span);
      return { path, finding, line };
    });
    this.#set({ ...this.#state, findings });
  }

  async #showFindingsOf(source: ModelSource | null): Promise<void> {
    const checked = await source?.check();
    if (checked && source === this.#last) this.#showFindings(checked);
  }

  #forget(): void {
    this.#measured = [];
    this.#unsent = null;
    clearTimeout(this.#frame);
    this.#frame = undefined;
  }

  #set(state: ViewState): void {
    this.#state = state;
    this.#changed.fire(this.state);
  }
}

function staticFinding({ rule, name, span, message }: Finding, checked: CheckedSource): StaticFinding {
  const place = checked.place(span);
  return { rule, name, path: place.path, line: place.line, message, place };
}

function ending(result: RunResult | null, step: number): Pick<ViewState, 'phase' | 'message'> {
  switch (result?.status) {
    case 'diverged':
      return { phase: 'finished', message: `The run diverged at step ${result.steps}. ${result.reason}` };
    case 'failed':
      return { phase: 'failed', message: `The run failed at step ${result.steps}. ${result.reason}` };
    case 'cancelled':
      return { phase: 'cancelled', message: `Stopped at step ${result.steps}; what was measured is kept.` };
    default:
      return { phase: 'finished', message: `Finished after ${result?.steps ?? step} steps.` };
  }
}
