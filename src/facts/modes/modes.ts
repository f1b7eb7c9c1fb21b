// The mode engine: in which mode every module is at every forward call, along the paths of one file. The
// module's own statements are run first, as Python would run them with `__name__ == '__main__'`; functions
// of the file are run in place where they are called; what nobody called is run on its own, with
// parameters of which nothing is known. The result is a list of forward calls with what was true of each.

import type { Span } from '../../base/finding.ts';
import type { Names, Scope } from '../../python/names.ts';
import type { Call, FunctionDef, Module } from '../../python/tree.ts';
import { type Values, visitStatements } from '../../python/values.ts';
import { ownExpressions, visitExpression } from '../../python/walk.ts';
import { isModuleMethod } from '../knowledge.ts';
import { addSensitivity, INSENSITIVE, type Sensitivity, UNSEEN } from '../layers.ts';
import type { Classes, ClassFact } from '../modules.ts';
import type { FunctionSummary, Neighbors, ParameterEffect } from '../summary.ts';
import { call } from './calls.ts';
import { assign, evaluate } from './expressions.ts';
import { type Frame, type Handling, type Machine, type Occurrence, TooMuchWork } from './frame.ts';
import { gradSwitch, inline } from './inline.ts';
import { ObjectTable } from './objects.ts';
import { State } from './state.ts';
import { join, runBlock } from './statements.ts';
import { type Loader, NO_DATA, UNKNOWN, type Value } from './values.ts';

const MAX_STEPS = 60_000;

export interface Modes {
  readonly occurrences: readonly Occurrence[];
  /** What else was done with modules: frozen, exported, given to an optimizer. */
  readonly handlings: readonly Handling[];
  readonly objects: ObjectTable;
  readonly loaders: readonly Loader[];
  readonly losses: ReadonlyMap<string, ReadonlySet<number>>;
  /** Somewhere in the file, `train()` or `eval()` is written. */
  readonly writesModes: boolean;
  /** Of a module reached through attributes of one whose class the file shows; unknown where it does not. */
  partSensitivity(place: string): Sensitivity;
}

export interface ModeSource {
  readonly neighbors: Neighbors;
  readonly text: string;
  readonly module: Module;
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
}

export function readModes(source: ModeSource): Modes {
  const engine = new Engine(source);
  try {
    engine.runFile();
  } catch (error) {
    if (!(error instanceof TooMuchWork)) throw error;
    return { ...engine.result(), occurrences: [], handlings: [] };
  }
  return engine.result();
}

/** What a function at the file's top leaves of the modules it is given, run on its own; null where that is too long. */
export function exitReader(source: ModeSource): (def: FunctionDef) => FunctionSummary | null {
  const uses = moduleUses(source.module);
  return (def) => {
    try {
      return new Engine(source, uses).exitsOf(def);
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error;
      return null;
    }
  };
}

class Engine implements Machine {
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
  readonly neighbors: Neighbors;
  readonly objects = new ObjectTable();
  readonly occurrences: Occurrence[] = [];
  readonly handlings: Handling[] = [];
  readonly loaders = new Map<string, Loader>();
  readonly entered = new Set<FunctionDef>();
  readonly loads = new Map<string, Span>();
  readonly losses = new Map<string, Set<number>>();
  readonly moduleNames: ReadonlySet<string>;
  readonly root: Frame;
  rounds = 0;
  readonly evaluate: Machine['evaluate'] = (expression, state, frame) => evaluate(this, expression, state, frame);
  readonly assign: Machine['assign'] = (target, value, state, frame) => assign(this, target, value, state, frame);
  readonly run: Machine['run'] = (block, state, frame) => runBlock(this, block, state, frame);
  readonly call: Machine['call'] = (expression, state, frame) => call(this, expression, state, frame);
  readonly inline: Machine['inline'] = (callee, args, at, state, frame, onYield) =>
    inline(this, callee, args, at, state, frame, onYield);
  readonly #source: ModeSource;
  readonly #frames: Frame[] = [];
  readonly #writesModes: boolean;
  /** After the constructor of a class that is no module. */
  readonly #made = new Map<ClassFact, State>();
  #steps = 0;

  constructor(source: ModeSource, used = moduleUses(source.module)) {
    this.#source = source;
    this.names = source.names;
    this.values = source.values;
    this.classes = source.classes;
    this.neighbors = source.neighbors;
    this.moduleNames = used.names;
    this.#writesModes = used.writesModes;
    this.root = this.#plainFrame(source.names.module, null, '');
  }

  result(): Modes {
    const { objects, occurrences, handlings, losses } = this;
    return {
      objects,
      occurrences,
      handlings,
      losses,
      loaders: [...this.loaders.values()],
      writesModes: this.#writesModes,
      partSensitivity: (place) => this.#partSensitivity(place),
    };
  }

  runFile(): void {
    const state = new State();
    const end = this.run(this.#source.module.body, state, this.root) ?? state;
    const base = end.fork();
    // Between the file's end and a later call of a function, anybody may have switched anything.
    if (this.#writesModes) base.forgetModes('U');
    for (const def of this.#uncalled()) if (!this.entered.has(def)) this.#runAlone(def, this.#beforeCall(def, base));
  }

  /** What holds when somebody calls it: of a method, that its object was made. */
  #beforeCall(def: FunctionDef, base: State): State {
    const outer = this.names.scopeOf(def).parent?.owner;
    const fact = outer?.kind === 'class' ? this.classes.of(outer) : undefined;
    const init = fact && !fact.isModule && this.classes.method(fact, '__init__');
    if (!fact || !init) return base.fork();
    let made = this.#made.get(fact);
    if (!made) {
      made = this.#runAlone(init.def, base.fork()).end ?? base;
      if (this.#writesModes) made.forgetModes('U');
      this.#made.set(fact, made);
    }
    return made.fork();
  }

  exitsOf(def: FunctionDef): FunctionSummary {
    // What the file defines is known to the function; what its statements do is another matter.
    const state = this.#definitions();
    this.#steps = 0;
    const { end, value, frame } = this.#runAlone(def, state);
    const params = def.params.map(({ name }) => this.#effectOn(name, `param:${frame.context}${name}`, end));
    return { params, makes: end && value ? this.#madeAs(value, end) : null };
  }

  #definitions(): State {
    const state = new State();
    for (const one of this.#source.module.body)
      if (one.kind === 'function' || one.kind === 'class') this.run([one], state, this.root);
    return state;
  }

  #effectOn(name: string, place: string, end: State | null): ParameterEffect {
    const runs = this.occurrences.filter((one) => one.place === place);
    const evaluated =
      runs.some((one) => one.gradOff === 'yes' || one.input.split === 'eval') &&
      runs.every((one) => one.mode === 'E' && !one.trained);
    return { name, exit: end ? this.objects.effectiveMode(place, end).mode : 'X', evaluated };
  }

  #madeAs(value: Value, end: State): FunctionSummary['makes'] {
    if (value.kind !== 'object') return null;
    const ways = this.objects.waysOf(value.place);
    const made = ways.every((place) => place.startsWith('new:')) ? this.objects.get(value.place) : undefined;
    if (!made?.isModule) return null;
    const classes = ways.map((place) => this.objects.get(place)?.fact?.name ?? null);
    const { mode } = this.objects.effectiveMode(made.place, end);
    return {
      sensitivity: this.objects.sensitivity(made.place, end),
      mode: mode === 'U' ? 'X' : mode,
      freezesNorms: made.freezesNorms,
      of: classes.includes(null) ? [] : classes.flatMap((name) => name ?? []),
    };
  }

  #partSensitivity(place: string): Sensitivity {
    const known = this.objects.get(place);
    if (known && (known.fact || known.type || known.layer)) return known.sensitivity;
    const at = place.lastIndexOf('.');
    const whole = at === -1 ? undefined : this.objects.get(place.slice(0, at));
    if (!whole) return UNSEEN;
    // The parts of a library's model are mostly made alike.
    if (!whole.fact) return whole.type ? whole.sensitivity : UNSEEN;
    const layer = whole.fact.layers.find((one) => one.path === place.slice(at + 1));
    if (!layer) return UNSEEN;
    const { start, end } = layer.call;
    const inside = whole.fact.layers.filter((one) => one.call.start >= start && one.call.end <= end);
    return inside.map((one) => this.classes.layerSensitivity(one)).reduce(addSensitivity, INSENSITIVE);
  }

  newFrame(options: Omit<Frame, 'id' | 'returns' | 'loop'>): Frame {
    const frame: Frame = { ...options, id: this.#frames.length, returns: [], loop: null };
    this.#frames.push(frame);
    return frame;
  }

  frameOf(id: number): Frame | undefined {
    return this.#frames[id];
  }

  textOf(def: FunctionDef): string {
    return this.#source.text.slice(def.start, def.end);
  }

  tick(): void {
    if (++this.#steps > MAX_STEPS) throw new TooMuchWork();
  }

  #plainFrame(scope: Scope, def: FunctionDef | null, context: string): Frame {
    return this.newFrame({
      scope,
      parent: def ? this.root : null,
      caller: null,
      def,
      chain: [],
      context,
      onYield: null,
    });
  }

  /** Roots of the call graph first: what they call is then seen with real arguments. */
  #uncalled(): readonly FunctionDef[] {
    const defs: FunctionDef[] = [];
    const called = new Set<string>();
    visitStatements(this.#source.module.body, (statement) => {
      if (statement.kind === 'function') defs.push(statement);
      for (const own of ownExpressions(statement))
        visitExpression(own, (part) => {
          if (part.kind !== 'call') return;
          if (part.callee.kind === 'name') called.add(part.callee.id);
          else if (part.callee.kind === 'attribute') called.add(part.callee.name);
        });
    });
    const runnable = defs.filter((def) => this.#isRunnable(def));
    return [...runnable.filter((def) => !called.has(def.name)), ...runnable.filter((def) => called.has(def.name))];
  }

  /** Not the methods a framework or PyTorch calls, nor functions inside functions. */
  #isRunnable(def: FunctionDef): boolean {
    const outer = this.names.scopeOf(def).parent?.owner;
    if (outer?.kind === 'module') return true;
    if (outer?.kind !== 'class') return false;
    const fact = this.classes.of(outer);
    if (fact === undefined || fact.isManaged) return false;
    // An object that is no module may be called to predict.
    return def.name === '__call__' ? !fact.isModule : !/^__\w+__$|^forward$/.test(def.name);
  }

  #runAlone(def: FunctionDef, state: State): { end: State | null; value: Value | null; frame: Frame } {
    const frame = this.#plainFrame(this.names.scopeOf(def), def, `alone:${def.start}/`);
    this.entered.add(def);
    const outer = this.names.scopeOf(def).parent?.owner;
    const fact = outer?.kind === 'class' ? this.classes.of(outer) : undefined;
    def.params.forEach((param, i) => {
      const isSelf =
        i === 0 &&
        fact &&
        !def.decorators.some((decorator) => decorator.kind === 'name' && decorator.id === 'staticmethod');
      const place = isSelf ? `self:${fact.name}` : `param:${frame.context}${param.name}`;
      if (isSelf) this.objects.create(place, { fact, sensitivity: fact.sensitivity, isModule: fact.isModule });
      state.setVariable(frame.id, param.name, { kind: 'object', place, data: NO_DATA });
    });
    if (gradSwitch(this, def)) state.gradOff = 'yes';
    const ends = frame.returns;
    const last = this.run(def.body, state, frame);
    let end = last;
    let value: Value | null = last && ends.length > 0 ? UNKNOWN : null;
    for (const returned of ends) {
      value = value ? this.objects.merge(value, returned.value) : returned.value;
      end = end ? join(this, end, returned.state) : returned.state;
    }
    return { end, value, frame };
  }
}

function moduleUses(module: Module): { names: ReadonlySet<string>; writesModes: boolean } {
  const names = new Set<string>();
  let writesModes = false;
  const visit = (part: Call) => {
    const { callee } = part;
    if (callee.kind !== 'attribute' || !isModuleMethod(callee.name)) return;
    if (callee.name === 'eval' && part.args.length > 0) return;
    if (callee.name === 'train' || callee.name === 'eval') writesModes = true;
    if (callee.object.kind === 'name') names.add(callee.object.id);
    else if (callee.object.kind === 'attribute') names.add(callee.object.name);
  };
  visitStatements(module.body, (statement) => {
    for (const own of ownExpressions(statement)) visitExpression(own, (part) => part.kind === 'call' && visit(part));
  });
  return { names, writesModes };
}
