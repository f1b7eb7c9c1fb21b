// Every run of a sweep, before any is made: graphs, seeds, variants, steps. A plan is plain data, complete
// and printable; running it twice gives the same bytes.

import type { Graph } from '../graph/graph.ts';
import type { Recipe } from '../torch/optim/recipe.ts';
import type { Value } from '../torch/signature.ts';
import type { Observation } from './observation.ts';

/** Where the rows come from. `file` carries the user's bytes, read by the shell. */
export type DataSpec =
  | { readonly kind: 'digits' }
  | { readonly kind: 'synthetic'; readonly name: string; readonly args: Readonly<Record<string, Value>> }
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array; readonly target: string | null };

/** `auto` follows the model's output and the data's target. */
export type LossName = 'auto' | 'cross_entropy' | 'mse_loss' | 'binary_cross_entropy_with_logits';

export interface OptimizerSpec {
  /** PyTorch's full name, `torch.optim.SGD`. */
  readonly target: string;
  readonly args: Readonly<Record<string, Value>>;
}

/** The user's bytes, read by the shell: weights to begin with, or a saved run to go on with. */
export interface StartSpec {
  readonly as: 'weights' | 'checkpoint';
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface RunSpec {
  /** Unique in the plan and readable: `norm=batch,batch=2,seed=0`. */
  readonly id: string;
  /** Index into `Plan.graphs`. */
  readonly graph: number;
  /** The combination this run stands for, seed excluded. */
  readonly axes: Readonly<Record<string, string | number>>;
  readonly seed: number;
  readonly batch: number;
  readonly steps: number;
  readonly optimizer: OptimizerSpec;
  /** What stands around the optimizer; absent where nothing does. A step takes `accumulate` batches. */
  readonly recipe?: Recipe;
  readonly loss: LossName;
  /** The loss's arguments as the user's code gives them; those that do not fit the data are left out, and said. */
  readonly lossArgs?: Readonly<Record<string, number | readonly number[]>>;
  readonly data: DataSpec;
  /** Names of observers; see train/observers. */
  readonly observers: readonly string[];
  /** Absent: the model's own initialization. */
  readonly start?: StartSpec;
  /** Asks for `RunResult.state`. */
  readonly save?: boolean;
}

export interface Plan {
  readonly version: 1;
  readonly title: string;
  readonly graphs: readonly Graph[];
  readonly runs: readonly RunSpec[];
}

export type RunStatus = 'finished' | 'diverged' | 'cancelled' | 'failed' | 'not-run';

/** What remains of a run: enough to draw every chart again without a worker. */
export interface RunResult {
  readonly run: string;
  readonly status: RunStatus;
  /** Optimizer steps made. */
  readonly steps: number;
  readonly observations: readonly Observation[];
  /** Final numbers by name: `train_loss`, `val_loss`, `train_eval_gap`, … */
  readonly summary: Readonly<Record<string, number>>;
  /** Why it diverged or failed, in a sentence; empty otherwise. */
  readonly reason: string;
  /** How the data were fitted to the model, one sentence each. */
  readonly choices?: readonly string[];
  /** A safetensors file of everything a run needs to go on; where the specification asked for it. */
  readonly state?: Uint8Array;
}
