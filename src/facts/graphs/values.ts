// What the module graph is made of: modules as their constructors build them, tensors as forward() passes
// them on, and the plain values in between. A value that cannot be known is `unknown`, a size that is not
// known but the same everywhere is a `symbol`.

import type { Span } from '../../base/finding.ts';
import type { Scope } from '../../python/names.ts';
import type { Call, FunctionDef } from '../../python/tree.ts';
import type { ClassFact } from '../modules.ts';

/** A layer of torch.nn with its arguments as far as they are known. */
export interface LayerModule {
  readonly kind: 'layer';
  /** `torch.nn.Linear`. */
  readonly type: string;
  readonly call: Call;
  readonly scope: Scope;
  /** By name; what is not written is missing. */
  readonly args: ReadonlyMap<string, Value>;
  /** False where `*args` or `**kwargs` may say more. */
  readonly complete: boolean;
  /** spectral_norm and the like: the weight is not what forward() uses. */
  readonly wrapped: boolean;
  /** Which kind of layer it is was a default's choice. */
  readonly isDefault: boolean;
  /** `self.conv1` is `conv1`, the second of `self.features` is `features.1`; empty where it has no name. */
  path: string;
}

/** What nn.Sequential's own constructor was given, and what was registered since, in a class that extends it. */
export const SEQUENCE = '<sequence>';

/** Sequential (`runs`) or ModuleList. */
export interface SequenceModule {
  readonly kind: 'sequence';
  readonly runs: boolean;
  /** Modules, unknowns, and gaps. */
  readonly items: Value[];
  readonly call: Call;
}

/** A module of a class of this file. */
export interface ObjectModule {
  readonly kind: 'object';
  readonly fact: ClassFact;
  readonly call: Call | null;
  readonly attributes: Map<string, Value>;
}

export type Module = LayerModule | SequenceModule | ObjectModule;

/** A size: a number, the name of one that is not known but the same everywhere, or nothing. */
export type Size = number | string | null;

export type Value =
  | {
      readonly kind: 'plain';
      readonly value: number | string | boolean | null;
      /** It is what holds unless somebody says otherwise: a parameter's or an option's default. */
      readonly isDefault: boolean;
    }
  | { readonly kind: 'symbol'; readonly key: string }
  /** A list or tuple; a list is changed in place. */
  | { readonly kind: 'list'; readonly items: Value[] }
  /** In a list: any number of things that are not known. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'module'; readonly module: Module }
  | { readonly kind: 'tensor'; readonly node: GraphNode }
  /** `x.shape`. */
  | { readonly kind: 'shape'; readonly node: GraphNode }
  | {
      readonly kind: 'type';
      readonly type: string | ClassFact;
      readonly preset: ReadonlyMap<string, Value>;
      readonly isDefault: boolean;
    }
  | { readonly kind: 'function'; readonly def: FunctionDef; readonly self: ObjectModule | null }
  | { readonly kind: 'unknown' };

/** What an axis counts: samples, channels or features, steps, rows, columns, depth. */
export type AxisLabel = 'N' | 'C' | 'L' | 'H' | 'W' | 'D' | '?';

export interface Axis {
  readonly label: AxisLabel;
  readonly size: Size;
}

/** `open`: more axes may stand in front of those that are listed. */
export interface Shape {
  readonly open: boolean;
  readonly axes: readonly Axis[];
}

/** One step of forward(). */
export interface GraphNode {
  readonly id: number;
  readonly op: 'input' | 'layer' | 'function' | 'join' | 'unknown';
  /** Of a function its bare name: `relu`, `view`, `+`. Of a layer its type. */
  readonly name: string;
  readonly module: LayerModule | null;
  readonly inputs: readonly GraphNode[];
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly span: Span;
  /** Every node that takes it. */
  readonly consumers: GraphNode[];
  /** It goes where the graph does not follow: a return, a list, an attribute. */
  escapes: boolean;
  /** Found on the way forward, and refined by whoever takes the tensor. */
  shape: Shape;
}

export const UNKNOWN: Value = { kind: 'unknown' };
export const GAP: Value = { kind: 'gap' };
export const ANY_SHAPE: Shape = { open: true, axes: [] };
export const NONE: ReadonlyMap<string, Value> = new Map();

/** As `add_module()` and `self.name = …` do: a class that extends Sequential runs what it holds in this order. */
export function register({ attributes }: ObjectModule, name: string | null, value: Value): void {
  const held = attributes.get(SEQUENCE);
  const before = name === null ? undefined : attributes.get(name);
  if (name !== null) attributes.set(name, value);
  if (held?.kind !== 'module' || held.module.kind !== 'sequence') return;
  const at = before === undefined ? -1 : held.module.items.indexOf(before);
  if (at !== -1) held.module.items[at] = value;
  else if (value.kind === 'module' || value.kind === 'unknown' || value.kind === 'symbol')
    held.module.items.push(value);
}

export function plain(value: number | string | boolean | null, isDefault = false): Value {
  return { kind: 'plain', value, isDefault };
}

export function ofModule(module: Module): Value {
  return { kind: 'module', module };
}

export function sizeOf(value: Value | undefined): Size {
  if (value?.kind === 'plain' && typeof value.value === 'number') return value.value;
  return value?.kind === 'symbol' ? value.key : null;
}

export function ofSize(size: Size): Value {
  if (size === null) return UNKNOWN;
  return typeof size === 'number' ? plain(size) : { kind: 'symbol', key: size };
}

/** The number an argument is; undefined where it is not known. Defaults count. */
export function numberOf(value: Value | undefined): number | undefined {
  return value?.kind === 'plain' && typeof value.value === 'number' ? value.value : undefined;
}

/** What a value is after one of two ways. */
export function joinValues(a: Value | undefined, b: Value | undefined, joinTensors: TensorJoin): Value {
  if (a === undefined || b === undefined) return UNKNOWN;
  if (a === b || sameValue(a, b)) return a;
  if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', items: joinItems(a.items, b.items) };
  if (a.kind === 'module' && b.kind === 'module' && a.module.kind === 'sequence' && b.module.kind === 'sequence') {
    if (a.module.call !== b.module.call) return UNKNOWN;
    return ofModule({ ...a.module, items: joinItems(a.module.items, b.module.items) });
  }
  if (a.kind === 'tensor' || b.kind === 'tensor') return joinTensors(a, b);
  return UNKNOWN;
}

export type TensorJoin = (a: Value, b: Value) => Value;

function sameValue(a: Value, b: Value): boolean {
  if (a.kind === 'plain' && b.kind === 'plain') return a.value === b.value;
  if (a.kind === 'symbol' && b.kind === 'symbol') return a.key === b.key;
  if (a.kind === 'module' && b.kind === 'module') return a.module === b.module;
  if (a.kind === 'tensor' && b.kind === 'tensor') return a.node === b.node;
  return a.kind === 'gap' && b.kind === 'gap';
}

/** The common beginning, a gap, the common end. */
function joinItems(a: readonly Value[], b: readonly Value[]): Value[] {
  const same = (x: Value | undefined, y: Value | undefined) => x && y && (x === y || sameValue(x, y));
  let head = 0;
  while (head < Math.min(a.length, b.length) && same(a[head], b[head])) head++;
  if (head === a.length && head === b.length) return [...a];
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && same(a.at(-1 - tail), b.at(-1 - tail))) tail++;
  return [...a.slice(0, head), GAP, ...a.slice(a.length - tail)];
}

/** A copy whose lists are its own. */
export function copyValue(value: Value): Value {
  if (value.kind === 'list') return { kind: 'list', items: [...value.items] };
  if (value.kind === 'module' && value.module.kind === 'sequence')
    return ofModule({ ...value.module, items: [...value.module.items] });
  return value;
}
