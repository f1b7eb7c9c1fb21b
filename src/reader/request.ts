// What is asked of the reader and what it answers; plain data that crosses threads.

import type { Place } from '../base/finding.ts';
import type { Graph, GraphProblem } from '../graph/graph.ts';

export interface ReadRequest {
  /** The workspace's Python files that may be imported, by path; editor buffers win over the disk. */
  readonly files: Readonly<Record<string, string>>;
  /** A key of `files`. */
  readonly entry: string;
  /** Folders that are importable, as with PYTHONPATH. */
  readonly roots: readonly string[];
  /** Interpreters, environments' folders or folders with one: packages of the first are read where they are needed. */
  readonly environments?: readonly string[];
  /** Folders of installed packages, whose files are in `files`: importable last, and code of others. */
  readonly packages?: readonly string[];
  /** An expression in the module's namespace, `ResNet18()`; null: choose. */
  readonly construct: string | null;
  /** An expression, `torch.randn(1, 3, 32, 32)`; null: choose. */
  readonly input: string | null;
}

export interface ModelClass {
  readonly name: string;
  readonly place: Place | null;
  /** Required constructor arguments, by name; without any, the class can be built as it is. */
  readonly required: readonly string[];
  /** Instances made of it by other classes of the file; a part rather than a model. */
  readonly usedBy: readonly string[];
}

export interface ReadResult {
  /** null where no model could be read; `problems` then says why. */
  readonly graph: Graph | null;
  readonly problems: readonly GraphProblem[];
  /** The nn.Module classes of the entry file, in order. */
  readonly classes: readonly ModelClass[];
  /** How the input was chosen, for people: `torch.randn(5, 10), from fc1's in_features`. */
  readonly input: string;
  /** The thread should be replaced before the next call: its memory never shrinks. */
  readonly worn?: boolean;
}
