// Where a constructor or a forward() is being followed: its names, its object, what it returned; and what
// every part of the reading may ask of the whole.

import type { Span } from '../../base/finding.ts';
import type { Names, Scope } from '../../python/names.ts';
import type { Block, Call, Expression, FunctionDef } from '../../python/tree.ts';
import type { Values } from '../../python/values.ts';
import type { Classes, ClassFact } from '../modules.ts';
import { copyValue, type GraphNode, joinValues, type LayerModule, type ObjectModule, type Value } from './values.ts';

export interface Frame {
  readonly names: Map<string, Value>;
  /** null outside of methods. */
  readonly self: ObjectModule | null;
  /** The class whose method runs; `super()` begins behind it. */
  readonly owner: ClassFact | null;
  readonly scope: Scope;
  readonly returned: Value[];
  readonly depth: number;
}

/** `leaves`: by return, raise, break or continue. */
export type Ending = 'falls' | 'leaves';

export interface NodeDraft {
  readonly op: GraphNode['op'];
  readonly name: string;
  readonly span: Span;
  readonly inputs: readonly GraphNode[];
  readonly module?: LayerModule;
  readonly args?: readonly Value[];
  readonly named?: ReadonlyMap<string, Value>;
}

export interface Run {
  readonly text: string;
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
  /** Every node so far, in order. */
  readonly nodes: GraphNode[];
  /** False once the file has had its share of work; everything is unknown from there on. */
  spend(): boolean;
  add(draft: NodeDraft): GraphNode;
  evaluate(expression: Expression, frame: Frame): Value;
  /** Arithmetic of what was evaluated. */
  operate(operator: string, values: readonly Value[], span: Span): Value;
  runBlock(block: Block, frame: Frame): Ending;
  /** The file's own function, with `self` bound where it is a method. */
  invoke(def: FunctionDef, call: Bindable, self: ObjectModule | null, owner: ClassFact | null, frame: Frame): Value;
  construct(fact: ClassFact, call: Bindable, made: Call | null, frame: Frame): Value;
  apply(module: Value, inputs: Bindable, span: Span, frame: Frame): Value;
}

/** Arguments that were evaluated. */
export interface Bindable {
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** False where `*args` or `**kwargs` hold more than is seen. */
  readonly complete: boolean;
}

export const MAX_DEPTH = 12;

/** What a frame knows, to come back to after one of two ways. */
export interface World {
  readonly names: ReadonlyMap<string, Value>;
  readonly attributes: ReadonlyMap<string, Value>;
}

export function worldOf(frame: Frame): World {
  return { names: copied(frame.names), attributes: copied(frame.self?.attributes ?? new Map()) };
}

function copied(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...map].map(([name, value]) => [name, copyValue(value)]));
}

export function enter(world: World, frame: Frame): void {
  replace(frame.names, copied(world.names));
  if (frame.self) replace(frame.self.attributes, copied(world.attributes));
}

function replace(map: Map<string, Value>, by: ReadonlyMap<string, Value>): void {
  map.clear();
  for (const [name, value] of by) map.set(name, value);
}

/** Two ways meet. */
export function joinWorlds(a: World, b: World, span: Span, run: Run): World {
  return { names: joinMaps(a.names, b.names, span, run), attributes: joinMaps(a.attributes, b.attributes, span, run) };
}

function joinMaps(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>, span: Span, run: Run) {
  const joined = new Map<string, Value>();
  for (const name of new Set([...a.keys(), ...b.keys()]))
    joined.set(
      name,
      joinValues(a.get(name), b.get(name), (x, y) => joinTensors(x, y, span, run)),
    );
  return joined;
}

/** A tensor that came one way or another. */
export function joinTensors(a: Value, b: Value, span: Span, run: Run): Value {
  const inputs = [a, b].flatMap((value) => (value.kind === 'tensor' ? [value.node] : []));
  return { kind: 'tensor', node: run.add({ op: inputs.length === 2 ? 'join' : 'unknown', name: '', span, inputs }) };
}

/** Every tensor in a value. */
export function tensorsIn(value: Value): readonly GraphNode[] {
  if (value.kind === 'tensor') return [value.node];
  return value.kind === 'list' ? value.items.flatMap(tensorsIn) : [];
}

/** The tensors go where nothing follows them. */
export function setFree(value: Value): void {
  for (const node of tensorsIn(value)) node.escapes = true;
}

/** What something unknown makes of what it is given. */
export function unknownFrom(values: readonly Value[], span: Span, run: Run): Value {
  const inputs = values.flatMap(tensorsIn);
  if (inputs.length === 0) return { kind: 'unknown' };
  return { kind: 'tensor', node: run.add({ op: 'unknown', name: '', span, inputs }) };
}
