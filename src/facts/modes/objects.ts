// The objects the engine has met: what each is, where it was made, and which of its parts follow the mode.
// Facts about an object hold on every path; its mode is the state's business.

import type { Call } from '../../python/tree.ts';
import { addSensitivity, INSENSITIVE, type LayerFact, type Sensitivity, UNSEEN } from '../layers.ts';
import type { ClassFact } from '../modules.ts';
import type { ModeEntry, State } from './state.ts';
import { mergeData, unknown, type Value } from './values.ts';

export interface ObjectInfo {
  readonly place: string;
  /** The call that made it. */
  readonly origin: Call | null;
  readonly fact: ClassFact | null;
  /** The full name of a class from elsewhere. */
  readonly type: string | null;
  readonly sensitivity: Sensitivity;
  /** The layer it is, if it is one of torch's made outside a class's own statements. */
  readonly layer: LayerFact | null;
  /** Known to be an nn.Module: made as one, or used as only one can be. */
  isModule: boolean;
  readonly managed: boolean;
  /** Of a class from another file: its constructor freezes parameters of its BatchNorm. */
  readonly freezesNorms: boolean;
  /** Modules it was given and may switch. */
  readonly holds: Set<string>;
}

type NewObject = Partial<Omit<ObjectInfo, 'place' | 'holds'>>;

export class ObjectTable {
  readonly #infos = new Map<string, ObjectInfo>();
  readonly #merged = new Map<string, string>();

  get all(): Iterable<ObjectInfo> {
    return this.#infos.values();
  }

  /** The same place again gives the same object. */
  create(place: string, info: NewObject = {}): ObjectInfo {
    const known = this.#infos.get(place);
    if (known) return known;
    const made: ObjectInfo = {
      place,
      origin: info.origin ?? null,
      fact: info.fact ?? null,
      type: info.type ?? null,
      sensitivity: info.sensitivity ?? UNSEEN,
      layer: info.layer ?? null,
      isModule: info.isModule ?? false,
      managed: info.managed ?? false,
      freezesNorms: info.freezesNorms ?? false,
      holds: new Set(),
    };
    this.#infos.set(place, made);
    return made;
  }

  get(place: string): ObjectInfo | undefined {
    return this.#infos.get(place);
  }

  /** A part of a class of this file is what its constructor makes it. */
  part(place: string, name: string): ObjectInfo {
    return this.create(`${place}.${name}`);
  }

  /** One value for two that may be there. Two modules become one with what both have. */
  merge(a: Value, b: Value): Value {
    if (a.kind === 'object' && b.kind === 'object') return this.#mergeObjects(a, b);
    const data = mergeData(a.data, b.data);
    if (a.kind === b.kind && sameValue(a, b)) return { ...a, data };
    if (a.kind === 'object' && isNothing(b)) return { ...a, data };
    if (b.kind === 'object' && isNothing(a)) return { ...b, data };
    if (a.kind === 'grad' || b.kind === 'grad') return { kind: 'grad', off: 'maybe', data };
    if (a.kind === 'loader' && (isNothing(b) || b.kind === 'loader')) return { ...a, data };
    if (b.kind === 'loader' && isNothing(a)) return { ...b, data };
    if (a.kind === 'sequence' && b.kind === 'sequence' && a.items.length === b.items.length)
      return { kind: 'sequence', items: a.items.map((item, i) => this.merge(item, b.items[i] as Value)), data };
    return unknown(mergeData(fullData(a), fullData(b)));
  }

  #mergeObjects(a: Extract<Value, { kind: 'object' }>, b: Extract<Value, { kind: 'object' }>): Value {
    const data = mergeData(a.data, b.data);
    if (a.place === b.place) return { ...a, data };
    const key = [a.place, b.place].sort().join(' ');
    let place = this.#merged.get(key);
    if (place === undefined) {
      place = `either:${this.#merged.size}`;
      this.#merged.set(key, place);
      const [one, two] = [this.get(a.place), this.get(b.place)];
      const info = this.create(place, {
        origin: one?.origin ?? two?.origin ?? null,
        type: one?.type === two?.type ? (one?.type ?? null) : null,
        sensitivity: either(one?.sensitivity ?? UNSEEN, two?.sensitivity ?? UNSEEN),
        isModule: one?.isModule === true || two?.isModule === true,
        managed: one?.managed === true || two?.managed === true,
        freezesNorms: one?.freezesNorms === true && two?.freezesNorms === true,
      });
      for (const held of [...(one?.holds ?? []), ...(two?.holds ?? [])]) info.holds.add(held);
    }
    return { kind: 'object', place, data };
  }

  /** The objects that one may be, after ways that made different ones. */
  waysOf(place: string): readonly string[] {
    const key = place.startsWith('either:') ? [...this.#merged].find(([, one]) => one === place)?.[0] : undefined;
    return key === undefined ? [place] : key.split(' ').flatMap((one) => this.waysOf(one));
  }

  /** After a join, what two objects became has the mode both had. */
  settle(state: State): void {
    for (const [key, place] of this.#merged) {
      const [a, b] = key.split(' ');
      if (a === undefined || b === undefined || state.mode(place).mode !== 'U') continue;
      const [one, two] = [state.mode(a), state.mode(b)];
      if (one.mode !== 'U' || two.mode !== 'U')
        state.setMode(place, one.mode === two.mode ? one : { mode: 'X', write: null, explicit: false });
    }
  }

  /** The module's and, through attributes, its parts'. */
  setMode(place: string, entry: ModeEntry, state: State): void {
    for (const part of this.#reach(place, state)) state.setMode(part, entry);
  }

  /** Parts that were put into eval mode on their own, by name or through attributes. */
  evaluatedParts(place: string, state: State): ReturnType<State['evaluatedParts']> {
    const own = state.mode(place).write;
    return [...this.#reach(place, state)].flatMap((part) => {
      const { mode, write, explicit, since } = state.mode(part);
      const itself =
        part !== place && mode === 'E' && explicit && write && since !== undefined && write.start !== own?.start
          ? [{ place: part, write, since }]
          : [];
      return [...itself, ...state.evaluatedParts(part).filter((one) => one.write.start !== own?.start)];
    });
  }

  /** The modules an object holds, itself included if it is one. */
  modulesIn(value: Value, state: State): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (item: Value, depth: number) => {
      if (depth > 4) return;
      if (item.kind === 'sequence') for (const inner of item.items) visit(inner, depth + 1);
      if (item.kind === 'mapping') for (const inner of item.entries.values()) visit(inner, depth + 1);
      if (item.kind !== 'object' || found.has(item.place)) return;
      const info = this.get(item.place);
      found.add(item.place);
      for (const held of info?.holds ?? []) found.add(held);
      for (const inner of state.held(item.place)) visit(inner, depth + 1);
    };
    visit(value, 0);
    return found;
  }

  /** What a forward call really runs in: X where parts disagree. */
  effectiveMode(place: string, state: State): ModeEntry {
    const own = state.mode(place);
    const parts = [...this.#reach(place, state)].filter((part) => part !== place && !this.#isInert(part));
    let entry = own;
    if (parts.length > 0) {
      const [first, ...rest] = parts.map((part) => state.mode(part));
      entry = first ?? own;
      if (rest.some((other) => other.mode !== entry.mode)) return { ...own, mode: 'X', perhapsEval: null };
      if (own.mode !== entry.mode && this.#hasOwnParts(place)) return { ...own, mode: 'X', perhapsEval: null };
    }
    return state.partModes(place).some((part) => part.mode !== entry.mode)
      ? { ...entry, mode: 'X', perhapsEval: null }
      : entry;
  }

  /** Sensitivity of an object and of the objects it was built from. */
  sensitivity(place: string, state: State): Sensitivity {
    let sum: Sensitivity = INSENSITIVE;
    for (const part of this.#reach(place, state)) sum = addSensitivity(sum, this.get(part)?.sensitivity ?? UNSEEN);
    return sum;
  }

  layersIn(place: string, state: State): readonly LayerFact[] {
    return [...this.#reach(place, state)].flatMap((part) => this.get(part)?.layer ?? []);
  }

  /** Whether a module is another, or a part of it, by name or through attributes. */
  isWithin(place: string, whole: string, state: State): boolean {
    for (const part of this.#reach(whole, state))
      if (place === part || place.startsWith(`${part}.`) || part.startsWith(`${place}.[part]`)) return true;
    return false;
  }

  #hasOwnParts(place: string): boolean {
    const own = this.get(place)?.sensitivity;
    return own !== undefined && (own.batchNorm > 0 || own.dropout > 0);
  }

  #isInert(place: string): boolean {
    const info = this.get(place);
    if (!info) return false;
    const { batchNorm, dropout, unknown: unseen } = info.sensitivity;
    return !unseen && batchNorm === 0 && dropout === 0;
  }

  /** The object and every object its attributes hold, as `nn.Module.modules()` would find them. */
  #reach(place: string, state: State, found: Set<string> = new Set()): ReadonlySet<string> {
    if (found.has(place) || found.size > 64) return found;
    found.add(place);
    for (const value of state.held(place)) {
      const items = value.kind === 'sequence' ? value.items : [value];
      for (const item of items)
        if (item.kind === 'object' && this.get(item.place)?.isModule) this.#reach(item.place, state, found);
    }
    // A module of another file's class has the modules it was given as parts.
    const info = this.get(place);
    if (info?.isModule && info.type && !info.layer)
      for (const held of info.holds) {
        if (this.get(held)?.isModule) this.#reach(held, state, found);
      }
    return found;
  }
}

function isNothing(value: Value): boolean {
  return value.kind === 'constant' && value.value === null;
}

function fullData(value: Value) {
  return value.kind === 'sequence'
    ? value.items.reduce((sum, item) => mergeData(sum, item.data), value.data)
    : value.data;
}

function sameValue(a: Value, b: Value): boolean {
  if (a.kind === 'constant' && b.kind === 'constant') return a.value === b.value;
  if (a.kind === 'external' && b.kind === 'external') return a.path === b.path;
  if (a.kind === 'function' && b.kind === 'function') return a.def === b.def && a.frame === b.frame;
  if (a.kind === 'class' && b.kind === 'class') return a.fact === b.fact;
  if (a.kind === 'mode' && b.kind === 'mode') return a.place === b.place && a.mode === b.mode;
  return a.kind === 'unknown';
}

/** What follows the mode in one of two objects follows it in their union only perhaps. */
function either(a: Sensitivity, b: Sensitivity): Sensitivity {
  const both = (x: number, y: number) => (x > 0 && y > 0 ? Math.max(x, y) : 0);
  const batchNorm = both(a.batchNorm, b.batchNorm);
  const dropout = both(a.dropout, b.dropout);
  const some = a.batchNorm + a.dropout > 0 && b.batchNorm + b.dropout > 0;
  const different = batchNorm === 0 && dropout === 0 && (a.batchNorm + a.dropout > 0 || b.batchNorm + b.dropout > 0);
  return {
    batchNorm: batchNorm || (some && !dropout ? 1 : 0),
    dropout,
    exact: false,
    unknown: a.unknown || b.unknown || different,
  };
}
