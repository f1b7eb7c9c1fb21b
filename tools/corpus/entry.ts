// A model of a public repository with PyTorch's numbers, and the comparison of what was read with them.

import path from 'node:path';
import { modelJson } from '../../src/cli/read.ts';
import type { ReadResult } from '../../src/protocol/messages.ts';

export interface Entry {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly construct: string;
  readonly example_input: string;
  readonly split?: string;
  /** What the model wants besides the PyTorch the reader stands for, as `torch<2`; such are counted apart. */
  readonly needs?: string;
  /** What PyTorch's own tensors without numbers refuse, as its result follows the values: `aten.nonzero`. */
  readonly data?: string;
  readonly total_params?: number;
  readonly trainable_params?: number;
  readonly buffer_elements?: number;
  readonly output_shape?: unknown;
  readonly module_counts?: Readonly<Record<string, number>>;
  readonly leaf_module_counts?: Readonly<Record<string, number>>;
}

/**
 * exact: every number is PyTorch's; data: the model depends on its input's values, as PyTorch and the reader say;
 * reason: unread, with a reason and a line; bare: unread, with a reason and no line; wrong: read, and a number
 * differs; failed: the reader crashed or did not end; untold: PyTorch's numbers are not known.
 */
export type Verdict = 'exact' | 'data' | 'reason' | 'bare' | 'wrong' | 'failed' | 'untold';

export interface Outcome {
  readonly entry: Entry;
  readonly verdict: Verdict;
  readonly reason: string;
  /** `file:line` within the repository, or nothing. */
  readonly place: string;
  readonly milliseconds: number;
}

export function compare(entry: Entry, { graph, problems }: ReadResult, root: string): Omit<Outcome, 'milliseconds'> {
  if (graph === null) {
    const problem = problems.findLast(({ code }) => !REMARKS.has(code));
    const at = problem?.place ? `${path.relative(root, problem.place.path)}:${problem.place.line}` : '';
    const reason = problem?.message ?? 'No reason is given.';
    if (entry.total_params === undefined) return { entry, verdict: 'untold', reason, place: at };
    const follows = entry.data !== undefined && problem?.code === 'model/data-dependent' && at !== '';
    if (follows) return { entry, verdict: 'data', reason, place: at };
    return { entry, verdict: at === '' ? 'bare' : 'reason', reason, place: at };
  }
  if (entry.total_params === undefined) return { entry, verdict: 'untold', reason: '', place: '' };
  const found = modelJson(graph);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['parameters', found.totalParams, entry.total_params],
    ['trainable', found.trainableParams, entry.trainable_params],
    ['buffers', found.bufferElements, entry.buffer_elements],
    ['output', found.outputShape, entry.output_shape],
    ['modules', found.moduleCounts, entry.module_counts],
    ['leaves', found.leafModuleCounts, entry.leaf_module_counts],
  ];
  const wrong = pairs.filter(([, a, b]) => sorted(a) !== sorted(b));
  const reason = wrong.map(([name, a, b]) => `${name}: ${difference(a, b)}`).join('; ');
  return { entry, verdict: wrong.length === 0 ? 'exact' : 'wrong', reason, place: '' };
}

/** Said beside a graph; never why there is none. */
const REMARKS: ReadonlySet<string> = new Set(['model/several', 'model/loaded-weights', 'model/initialization']);

function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${sorted(item)}`);
  return `{${parts.sort().join(',')}}`;
}

/** Of counts only those that differ. */
function difference(a: unknown, b: unknown): string {
  if (!isCounts(a) || !isCounts(b)) return `${sorted(a)} and PyTorch ${sorted(b)}`;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
  return names.map((name) => `${name} ${a[name] ?? 0} and PyTorch ${b[name] ?? 0}`).join(', ');
}

function isCounts(value: unknown): value is Record<string, number> {
  return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'number');
}
