// Every message there is. Types only; names are `subject/verb`, so that a log of the wire can be read.

import type { Finding, Place, Verdict } from '../base/finding.ts';
import type { Observation } from '../lab/observation.ts';
import type { Plan, RunResult, RunSpec } from '../lab/plan.ts';
import type { ModelClass, ReadRequest, ReadResult } from '../reader/request.ts';

export interface Call<Argument, Result> {
  readonly argument: Argument;
  readonly result: Result;
}

/** What one end of a channel offers: calls it answers and events it sends. */
export interface Contract {
  readonly calls: Record<string, Call<unknown, unknown>>;
  readonly events: Record<string, unknown>;
}

export interface NoContract extends Contract {
  readonly calls: Record<never, never>;
  readonly events: Record<never, never>;
}

// The reader worker.

export type { ModelClass, ReadRequest, ReadResult };

export interface ReaderContract extends Contract {
  readonly calls: { readonly 'model/read': Call<ReadRequest, ReadResult> };
  readonly events: Record<never, never>;
}

// The engine worker.

export interface RunProgress {
  readonly run: string;
  readonly step: number;
  readonly steps: number;
  readonly observations: readonly Observation[];
}

export interface EngineContract extends Contract {
  readonly calls: { readonly 'plan/run': Call<Plan, PlanSummary> };
  readonly events: {
    readonly 'run/started': { readonly run: string; readonly index: number; readonly of: number };
    readonly 'run/observed': RunProgress;
    readonly 'run/ended': RunResult;
  };
}

/** How the engine may use the machine; none of it changes a number. */
export interface EngineSettings {
  /** Threads that share the work of a step; 0 is one less than there are cores. */
  readonly threads: number;
  /** Megabytes a run may use. */
  readonly memory: number;
}

/** What a worker thread is born with. */
export interface WorkerStart {
  /** The engine's; where they are absent, as where nobody has set them. */
  readonly engine?: EngineSettings;
  /** A word (int32). The other end makes it 1 to stop a step that lets no message in, and 0 before each call. */
  readonly stop: SharedArrayBuffer;
}

export interface PlanSummary {
  readonly finished: number;
  readonly cancelled: number;
  readonly seconds: number;
  /** Which kernels ran: `simd`, `reference`. */
  readonly backend: string;
}

// The host, as the panel sees it.

export interface ModelView {
  readonly name: string;
  readonly path: string;
  readonly place: Place | null;
  readonly parameters: number;
  readonly layers: readonly LayerView[];
  /** `exact`, `approximated`, `skipped` node counts. */
  readonly fidelity: { readonly exact: number; readonly approximated: number; readonly skipped: number };
  /** How it is trained, for people: data, batch, optimizer. */
  readonly choices: readonly string[];
}

export interface LayerView {
  readonly path: string;
  readonly class: string;
  readonly place: Place | null;
  readonly parameters: number;
  readonly shape: readonly number[];
}

/** Everything needed to draw the panel from nothing. */
export interface ViewState {
  readonly model: ModelView | null;
  readonly run: RunSpec | null;
  readonly phase: 'empty' | 'reading' | 'running' | 'finished' | 'cancelled' | 'failed';
  /** A sentence for people; what went wrong and what to do, or where the run stands. */
  readonly message: string;
  readonly step: number;
  readonly observations: readonly Observation[];
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly { readonly path: string; readonly finding: Finding; readonly line: number }[];
}

export interface HostContract extends Contract {
  readonly calls: {
    readonly 'view/ready': Call<null, ViewState>;
    readonly 'source/reveal': Call<Place, null>;
    /** Opens the page of a rule or verdict, by its code. */
    readonly 'rule/explain': Call<string, null>;
    readonly 'plan/cancel': Call<null, null>;
    readonly 'model/observe': Call<null, null>;
  };
  readonly events: {
    readonly 'view/changed': ViewState;
    readonly 'run/observed': RunProgress;
  };
}

// The notebook's output, `application/vnd.norm-lab.v1+json`.

export type { CellOutput, RunSpecView } from '../lab/output.ts';
