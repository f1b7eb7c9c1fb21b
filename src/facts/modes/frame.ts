// The words the parts of the mode engine share: a frame is one call of one function, a machine is what a
// part may ask of the others. `modes.ts` says how the engine works as a whole.

import type { Span } from '../../base/finding.ts';
import type { Names, Scope } from '../../python/names.ts';
import type { Block, Call, Expression, FunctionDef } from '../../python/tree.ts';
import type { Values } from '../../python/values.ts';
import type { LayerFact, Sensitivity } from '../layers.ts';
import type { Classes } from '../modules.ts';
import type { Neighbors } from '../summary.ts';
import type { ObjectTable } from './objects.ts';
import type { State, UndonePart } from './state.ts';
import type { Data, Loader, Mode, Off, Value } from './values.ts';

export interface Frame {
  readonly id: number;
  readonly scope: Scope;
  /** Where the names of the enclosing function are, if there is one. */
  readonly parent: Frame | null;
  readonly caller: Frame | null;
  /** null: the module's own statements. */
  readonly def: FunctionDef | null;
  /** The calls that led here, outermost first. */
  readonly chain: readonly Call[];
  /** Distinguishes objects made by the same line in different calls. */
  readonly context: string;
  readonly returns: { readonly state: State; readonly value: Value }[];
  /** Of the innermost loop. */
  loop: { readonly breaks: State[]; readonly continues: State[] } | null;
  /** Runs the body of the `with` whose context manager this call is. */
  readonly onYield: ((state: State) => State | null) | null;
}

/** Parameters taken out of training, and in which mode the module they belong to then runs. */
export interface FrozenPart {
  readonly place: string;
  readonly at: Expression;
  readonly mode: Mode;
  readonly sensitivity: Sensitivity;
}

/** One forward call, once on one path. */
export interface Occurrence {
  readonly id: number;
  readonly call: Call;
  readonly place: string;
  readonly mode: Mode;
  /** The call or constructor that set the mode. */
  readonly write: Span | null;
  readonly explicit: boolean;
  /** In an unknown mode: an `eval()` on one of the paths that lead here, while others are in training mode. */
  readonly perhapsEval: Span | null;
  /** The `load_state_dict()` that filled the module before. */
  readonly loaded: Span | null;
  /** Parts whose own `eval()` the last `train()` of the whole took back, and that nothing switched since. */
  readonly undone: readonly UndonePart[];
  readonly gradOff: Off;
  readonly input: Data;
  readonly frame: Frame;
  /** What of it, or around it, had its parameters frozen. */
  readonly frozen: readonly FrozenPart[];
  /** What of the module follows its mode, at this point. */
  readonly sensitivity: Sensitivity;
  /** The layers of torch it was put together from outside any class. */
  readonly layers: readonly LayerFact[];
  /** Met in a later round of a loop than the first. */
  readonly again: boolean;
  /** Its output reached backward(). */
  trained: boolean;
}

/** Something other than a forward that was done with a module, once on one path. */
export interface Handling {
  readonly kind: 'frozen' | 'thawed' | 'optimized' | 'replaced' | 'averaged' | 'exported' | 'wrapped';
  readonly place: string;
  /** The call, or the target that is assigned to. */
  readonly at: Expression;
  /** The module's mode at that point, and the call that set it. */
  readonly mode: Mode;
  readonly write: Span | null;
  readonly explicit: boolean;
  readonly sensitivity: Sensitivity;
  /** How many forwards had been met before. */
  readonly before: number;
  readonly frame: Frame;
  /** Of `averaged`: the module whose parameters were read. */
  readonly other: string | null;
  /** Of `exported` and `wrapped`: the function's full name; of `replaced`, the attribute's. */
  readonly name: string;
  /** Of `replaced`: the optimizer built before. */
  readonly since: Span | null;
}

export interface Machine {
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
  /** What other files of the workspace say. */
  readonly neighbors: Neighbors;
  readonly objects: ObjectTable;
  readonly occurrences: Occurrence[];
  readonly handlings: Handling[];
  readonly loaders: Map<string, Loader>;
  /** Functions whose body was run. */
  readonly entered: Set<FunctionDef>;
  /** Where each module was filled with saved weights. */
  readonly loads: Map<string, Span>;
  /** Losses whose value reached backward(), by full name, in order. */
  readonly losses: Map<string, Set<number>>;
  /** Attributes and variables this file calls `parameters()`, `eval()` and the like on. */
  readonly moduleNames: ReadonlySet<string>;
  textOf(def: FunctionDef): string;
  /** In how many loops' later rounds the engine is. */
  rounds: number;
  evaluate(expression: Expression, state: State, frame: Frame): Value;
  assign(target: Expression, value: Value, state: State, frame: Frame): void;
  run(block: Block, state: State, frame: Frame): State | null;
  call(call: Call, state: State, frame: Frame): Value;
  inline(
    callee: Extract<Value, { kind: 'function' }>,
    args: CallArguments,
    call: Call,
    state: State,
    frame: Frame,
    onYield?: (state: State) => State | null,
  ): Value;
  /** The module's own frame. */
  readonly root: Frame;
  newFrame(options: Omit<Frame, 'id' | 'returns' | 'loop'>): Frame;
  frameOf(id: number): Frame | undefined;
  /** Counts work; throws `TooMuchWork` above the limit. */
  tick(): void;
}

export interface CallArguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** `*args` or `**kwargs` were given. */
  readonly open: boolean;
}

/** The file asks for more paths than are worth following; nothing is known of it then. */
export class TooMuchWork extends Error {}
