// Values as the mode engine knows them: what a name or an attribute holds, and where data comes from. Nothing
// here depends on a path; what holds on one is `state.ts`.

import type { Span } from '../../base/finding.ts';
import type { FunctionDef, Lambda } from '../../python/tree.ts';
import type { Split } from '../knowledge.ts';
import type { ClassFact } from '../modules.ts';

/** Behind a module's place: one of its parameters, whichever. */
export const PARAMETER = '.[param]';

export function isParameter(place: string): boolean {
  return place.endsWith(PARAMETER);
}

/** Training, evaluation, as it was when the path began, unknown. */
export type Mode = 'T' | 'E' | 'U' | 'X';

export interface Loader {
  readonly key: string;
  readonly span: Span;
  readonly batchSize: number | null;
  readonly batchSpan: Span | null;
  /** The batch size is a command line's default. */
  readonly isDefault: boolean;
  readonly split: Split | null;
  /** The last batch may be smaller: nothing drops it, and nothing else makes the batches. */
  readonly keepsRest: boolean;
  /** Rows of the dataset, where they can be counted. */
  readonly rows: number | null;
}

/** Where data comes from, carried along whatever is computed from it. */
export interface Data {
  /** The forward calls it went through, by occurrence. */
  readonly forwards: ReadonlySet<number>;
  readonly loader: Loader | null;
  /** What the code says for certain: `train=False`, `split='test'`. */
  readonly split: Split | null;
  /** What only a name says: `for x, y in test_loader`. */
  readonly named: Split | null;
  /** Made of chance, not of data. */
  readonly noise: boolean;
  /** Of a dataset, or of a tensor made of chance: how many. */
  readonly rows: number | null;
  /** The modules whose parameters it was computed from, other than by a forward. */
  readonly parameters: ReadonlySet<string>;
  /** The old way to say no_grad: `Variable(x, volatile=True)`. */
  readonly volatile: boolean;
}

const NO_FORWARDS: ReadonlySet<number> = new Set();
const NO_PARAMETERS: ReadonlySet<string> = new Set();
export const NO_DATA: Data = {
  forwards: NO_FORWARDS,
  loader: null,
  split: null,
  named: null,
  noise: false,
  rows: null,
  parameters: NO_PARAMETERS,
  volatile: false,
};

export type Value =
  | { readonly kind: 'unknown'; readonly data: Data }
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null; readonly data: Data }
  | { readonly kind: 'object'; readonly place: string; readonly data: Data }
  | {
      readonly kind: 'function';
      readonly def: FunctionDef | Lambda;
      readonly frame: number;
      readonly self: Value | null;
      readonly owner: ClassFact | null;
      readonly data: Data;
    }
  | { readonly kind: 'class'; readonly fact: ClassFact; readonly frame: number; readonly data: Data }
  | { readonly kind: 'external'; readonly path: string; readonly data: Data }
  | { readonly kind: 'loader'; readonly loader: Loader; readonly data: Data }
  | { readonly kind: 'sequence'; readonly items: readonly Value[]; readonly data: Data }
  | { readonly kind: 'mapping'; readonly entries: ReadonlyMap<string, Value>; readonly data: Data }
  /** `m.training`, read. */
  | { readonly kind: 'mode'; readonly place: string; readonly mode: Mode; readonly data: Data }
  | { readonly kind: 'grad'; readonly off: Off; readonly data: Data }
  | { readonly kind: 'super'; readonly self: Value; readonly owner: ClassFact; readonly data: Data };

/** Whether gradients are switched off. */
export type Off = 'yes' | 'no' | 'maybe';

export const UNKNOWN: Value = { kind: 'unknown', data: NO_DATA };

export function unknown(data: Data): Value {
  return data === NO_DATA ? UNKNOWN : { kind: 'unknown', data };
}

export function constant(value: string | number | boolean | null): Value {
  return { kind: 'constant', value, data: NO_DATA };
}

export function mergeData(a: Data, b: Data): Data {
  if (a === b || b === NO_DATA) return a;
  if (a === NO_DATA) return b;
  return {
    forwards: union(a.forwards, b.forwards),
    loader: a.loader ?? b.loader,
    split: agree(a.split, b.split),
    named: agree(a.named, b.named),
    noise: a.noise || b.noise,
    rows: agree(a.rows, b.rows),
    parameters: union(a.parameters, b.parameters),
    volatile: a.volatile || b.volatile,
  };
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  return new Set([...a, ...b]);
}

/** Data of both splits is of neither. */
function agree<T>(a: T | null, b: T | null): T | null {
  if (a === null) return b;
  return b === null || a === b ? a : null;
}

/** The data of a value and of what it holds. */
export function dataOf(value: Value): Data {
  if (value.kind === 'sequence') return value.items.reduce((sum, item) => mergeData(sum, dataOf(item)), value.data);
  if (value.kind === 'mapping')
    return [...value.entries.values()].reduce((sum, item) => mergeData(sum, dataOf(item)), value.data);
  return value.data;
}

export function withData(value: Value, data: Data): Value {
  return data === NO_DATA ? value : { ...value, data: mergeData(value.data, data) };
}
