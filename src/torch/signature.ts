// Python's arguments as typed data: what a layer's constructor or a function takes, read from the plain
// values that cross from the tracer, the notebook or the analyzer. The compiler infers the bound types.

import { UserError } from '../base/errors.ts';

/** A plain value that crosses threads. A number that is a multiple of the batch size is `{ batch: k }`. */
export type Value =
  | null
  | boolean
  | number
  | string
  | BatchMultiple
  | NodeRef
  | readonly Value[]
  | { readonly [key: string]: Value };

/** `k` times the batch size; lets one graph run at any batch size. */
export interface BatchMultiple {
  readonly batch: number;
}

/** The output of an earlier node of the graph; `index` picks from a tuple. */
export interface NodeRef {
  readonly node: string;
  readonly index?: number;
}

/** How one argument is read from a plain value; throws a UserError that names what was expected and found. */
export interface Param<T> {
  readonly required: boolean;
  readonly default: Value;
  /** Marks an argument that is a tensor (or a list of them), not a plain value. */
  readonly tensor: boolean;
  /** Accepted only by keyword, as after `*` in Python. */
  readonly keywordOnly: boolean;
  read(value: Value, name: string): T;
}

export type Params = Readonly<Record<string, Param<unknown>>>;
export type Bound<P extends Params> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/** Reads every argument of `params` from `values`, with defaults; unknown and missing names are refused by name. */
export function bind<P extends Params>(callee: string, params: P, values: Readonly<Record<string, Value>>): Bound<P> {
  for (const name of Object.keys(values)) {
    if (!(name in params)) throw new UserError('torch/argument', `\`${callee}\` has no argument \`${name}\`.`);
  }
  const bound: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(params)) {
    const value = values[name];
    if (value === undefined && param.required)
      throw new UserError('torch/argument', `\`${callee}\` expects the argument \`${name}\`.`);
    bound[name] = param.read(value === undefined ? param.default : value, name);
  }
  return bound as Bound<P>;
}
