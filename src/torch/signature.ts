// Python's arguments as typed data: what a layer's constructor or a function takes, read from the plain
// values that cross from the tracer, the notebook or the analyzer. The compiler infers the bound types.
// The parameters' order is Python's positional order.

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

export type Values = Readonly<Record<string, Value>>;

/** `k` times the batch size; lets one graph run at any batch size. */
export interface BatchMultiple {
  readonly batch: number;
}

/** The output of an earlier node of the graph; `index` picks from a tuple. */
export interface NodeRef {
  readonly node: string;
  readonly index?: number;
}

declare const slot: unique symbol;

/** Holds a tensor's place in a bound signature until a handle of some `Ops` takes it; a NodeRef until then. */
export interface TensorSlot {
  readonly [slot]: true;
}

/** How one argument is read from a plain value; throws a UserError that names what was expected and found. */
export interface Param<T> {
  readonly required: boolean;
  readonly default: Value;
  /** Marks an argument that is a tensor (or a list of them), not a plain value. */
  readonly tensor: boolean;
  /** Accepted only by keyword, as after `*` in Python. */
  readonly keywordOnly: boolean;
  /** Takes all further positional arguments, as `x.view(2, -1)`; a single list is taken as it is. */
  readonly varargs: boolean;
  /** Whether it stands for all keywords nobody names, as `**kwargs` does. */
  readonly varkeywords: boolean;
  /** What is accepted, for messages and tables: `an integer`. */
  readonly expects: string;
  /** `name` says whose argument it is: `` `eps` of `torch.nn.BatchNorm2d` ``. */
  read(value: Value, name: string): T;
}

export type Params = Readonly<Record<string, Param<unknown>>>;
export type Bound<P extends Params> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/** A bound signature with handles in place of its slots. */
export type WithTensors<A, T> = { readonly [K in keyof A]: Filled<A[K], T> };
type Filled<A, T> = A extends TensorSlot ? T : A extends readonly (infer E)[] ? readonly Filled<E, T>[] : A;

/** Reads every argument of `params` from `values`, with defaults; unknown and missing names are refused by name. */
export function bind<P extends Params>(callee: string, params: P, values: Values): Bound<P> {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(params, name))
      throw new UserError('torch/argument', `\`${callee}\` has no argument \`${name}\`.`);
  }
  const bound: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(params)) {
    const value = values[name];
    if (value === undefined && param.required)
      throw new UserError('torch/argument', `\`${callee}\` expects the argument \`${name}\`.`);
    bound[name] = param.read(value === undefined ? param.default : value, `\`${name}\` of \`${callee}\``);
  }
  return bound as Bound<P>;
}

/** Puts a handle in the place of every reference in the tensor arguments of a bound signature. */
export function fillSlots<P extends Params, T>(
  params: P,
  bound: Bound<P>,
  resolve: (ref: NodeRef) => T,
): WithTensors<Bound<P>, T> {
  const filled: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(params)) {
    const value: unknown = bound[name];
    filled[name] = param.tensor ? fill(value, resolve) : value;
  }
  return filled as WithTensors<Bound<P>, T>;
}

function fill<T>(value: unknown, resolve: (ref: NodeRef) => T): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, resolve));
  return isNodeRef(value) ? resolve(value) : value;
}

export function isNodeRef(value: unknown): value is NodeRef {
  return typeof value === 'object' && value !== null && 'node' in value;
}

export function isBatchMultiple(value: unknown): value is BatchMultiple {
  return typeof value === 'object' && value !== null && 'batch' in value;
}

/** The value with every `{ batch: k }` replaced by `k * batch`. */
export function resolveBatch(value: Value, batch: number): Value {
  if (typeof value !== 'object' || value === null || isNodeRef(value)) return value;
  if (isBatchMultiple(value)) return value.batch * batch;
  if (isList(value)) return value.map((item) => resolveBatch(item, batch));
  return resolveBatches(value, batch);
}

export function resolveBatches(values: Values, batch: number): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolveBatch(value, batch)]));
}

export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

/** A value as Python writes it; for messages. */
export function show(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `float('${pythonFloat(value)}')`;
  if (typeof value === 'string') return `'${value}'`;
  if (isList(value)) return `[${value.map(show).join(', ')}]`;
  if (isNodeRef(value)) return 'a tensor';
  if (isBatchMultiple(value)) return `${value.batch} * batch`;
  return `{${Object.entries(value)
    .map(([key, item]) => `'${key}': ${show(item)}`)
    .join(', ')}}`;
}

function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}
