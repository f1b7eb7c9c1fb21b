// What an observer is: it says which nodes it must be able to read, watches one run, and answers with
// observations reduced to what a chart or a verdict needs. It never changes the run it watches.

import type { Place } from '../base/finding.ts';
import type { Session } from '../engine/session.ts';
import type { Graph, ModuleInfo } from '../graph/graph.ts';
import type { Observation, ObservationNames } from '../lab/observation.ts';
import type { RunSpec } from '../lab/plan.ts';
import type { Split } from './data/batches.ts';
import type { Task } from './data/dataset.ts';

/** A call of a layer, or of an activation function, in the training graph. */
export interface Layer {
  /** The module's path, `layer1.0.bn1`; `relu#2` for its second call; a function's node name. */
  readonly name: string;
  readonly class: string;
  /** null for a function. */
  readonly module: ModuleInfo | null;
  /** The node whose output is the layer's. */
  readonly node: string;
  /** The node whose output the layer takes; null where it takes none or several. */
  readonly input: string | null;
  readonly place: Place | null;
}

/** What an observer may see of a run, and the helps it has. */
export interface Watched {
  readonly graph: Graph;
  readonly layers: readonly Layer[];
  readonly spec: RunSpec;
  readonly task: Task;
  readonly split: Split;
  readonly session: Session;
  /** A session with the same state that may be stepped without moving a parameter; its learning rate is 0. */
  copy(options?: { readonly dropout: boolean }): Session;
  /** Lets others run, and ends a cancelled run; awaited between any two pieces of work. */
  breathe(): Promise<void>;
  /** A number the run ends with; see lab/measures.ts. */
  conclude(name: string, value: number): void;
}

/** One run's watch. Every hook is optional; `step` counts the optimizer steps made before the measurement. */
export interface Watch {
  /**
   * Called for each batch of the window before `begin`, and again before `end`: training rows, passed through
   * a copy that does not learn. Its activations and gradients can be read.
   */
  look?(copy: Session): void;
  /** Before the first step of this run; a run that goes on with another has made some. */
  begin?(step: number): Promise<readonly Observation[]>;
  /** After every step; must be cheap. */
  every?(step: number, loss: number): readonly Observation[];
  /** After a step that is kept: activations, gradients and updates of it can be read. */
  kept?(step: number): Promise<readonly Observation[]>;
  /** After every step but the last, when `step` steps are made; may take its time. */
  after?(step: number): Promise<readonly Observation[]>;
  /** After the last step. */
  end?(steps: number): Promise<readonly Observation[]>;
}

export interface Observer {
  readonly name: string;
  readonly title: string;
  /** Nodes that must stay readable. */
  probes?(layers: readonly Layer[]): readonly string[];
  watch(run: Watched): Watch;
}

export function scalar(name: ObservationNames['scalar'], layer: string, step: number, value: number): Observation {
  return { kind: 'scalar', name, layer, step, value };
}

export function vector(
  name: ObservationNames['vector'],
  layer: string,
  step: number,
  values: Iterable<number>,
): Observation {
  return { kind: 'vector', name, layer, step, values: [...values] };
}
