// The notebook's output, `application/vnd.norm-lab.v1+json`: everything it takes to draw a cell's results again.

import type { RunResult } from './plan.ts';

export interface CellOutput {
  readonly version: 1;
  readonly cell: string;
  readonly title: string;
  readonly axes: Readonly<Record<string, readonly (string | number)[]>>;
  /** The number the grid shows, by name in `RunResult.summary`. */
  readonly measures: readonly string[];
  readonly runs: readonly RunSpecView[];
  readonly results: readonly RunResult[];
  readonly expectations: readonly { readonly text: string; readonly passed: boolean | null; readonly detail: string }[];
  readonly state: 'running' | 'finished' | 'partial' | 'failed' | 'stale';
  readonly message: string;
  /** Seed, engine version, hashes of specification and data: what it takes to make it again. */
  readonly provenance: Readonly<Record<string, string>>;
}

export interface RunSpecView {
  readonly id: string;
  readonly axes: Readonly<Record<string, string | number>>;
  readonly seed: number;
  readonly steps: number;
}
