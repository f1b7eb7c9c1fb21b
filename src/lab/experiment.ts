// What an experiment is: a question, and the runs that answer it.

import type { Graph } from '../graph/graph.ts';
import type { DataSpec, Plan } from './plan.ts';
import type { ExperimentSpec } from './spec.ts';

/** What a specification refers to and the shell has read. */
export interface Sources {
  /** The file's model; null for a family, which is built here. */
  readonly graph: Graph | null;
  readonly data: DataSpec;
}

export interface Experiment {
  readonly name: ExperimentSpec['kind'];
  readonly question: string;
  plan(spec: ExperimentSpec, sources: Sources): Plan;
}
