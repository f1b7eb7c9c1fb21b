// What is known at one point of a path: the values of names and attributes, and the mode of every module.
// A module is named by the place it was made at or reached by (`new:120`, `param:net`, `new:120.backbone`),
// so two names for one object share one mode. States are forked at branches and joined after them; where
// two paths disagree about a mode, the mode is `X`, and X is never reported.

import type { Span } from '../../base/finding.ts';
import type { Mode, Off, Value } from './values.ts';

export interface ModeEntry {
  readonly mode: Mode;
  /** The call that set it: `train()`, `eval()` or the constructor. */
  readonly write: Span | null;
  /** How many forwards had been met when it was written. */
  readonly since?: number;
  /** A `train()` or `eval()` was written out, rather than a constructor's default. */
  readonly explicit: boolean;
  /** Of X: the `eval()` on one of two paths, where the other is in training mode. */
  readonly perhapsEval?: Span | null;
  /** Parts that were in eval mode on their own until this `train()` of the whole. */
  readonly undone?: readonly UndonePart[];
}

/** An `eval()` of a part that a later `train()` of its whole took back. */
export interface UndonePart {
  readonly place: string;
  readonly write: Span;
  /** How many forwards had been met when each of the two was called. */
  readonly since: number;
  readonly until: number;
}

/** A map that forks for free and copies on the first write after. */
class Layer<V> {
  #map: Map<string, V>;
  #owned: boolean;

  constructor(map: Map<string, V> = new Map(), owned = true) {
    this.#map = map;
    this.#owned = owned;
  }

  get map(): ReadonlyMap<string, V> {
    return this.#map;
  }

  fork(): Layer<V> {
    this.#owned = false;
    return new Layer(this.#map, false);
  }

  set(key: string, value: V): void {
    if (this.#map.get(key) === value) return;
    this.#own();
    this.#map.set(key, value);
  }

  delete(key: string): void {
    if (!this.#map.has(key)) return;
    this.#own();
    this.#map.delete(key);
  }

  #own(): void {
    if (this.#owned) return;
    this.#map = new Map(this.#map);
    this.#owned = true;
  }
}

export class State {
  #frames: Map<number, Layer<Value>>;
  /** Frames whose names this state alone holds; the others' are copied before the first write. */
  #own: Set<number> | null;
  #heap: Layer<Value>;
  #modes: Layer<ModeEntry>;
  gradOff: Off;

  constructor() {
    this.#frames = new Map();
    this.#own = new Set();
    this.#heap = new Layer();
    this.#modes = new Layer();
    this.gradOff = 'no';
  }

  fork(): State {
    const copy = new State();
    copy.#frames = this.#frames;
    copy.#own = null;
    this.#own = null;
    copy.#heap = this.#heap.fork();
    copy.#modes = this.#modes.fork();
    copy.gradOff = this.gradOff;
    return copy;
  }

  /** Becomes the other state, for a call in the middle of an expression. */
  become(other: State): void {
    if (other === this) return;
    this.#frames = other.#frames;
    this.#own = other.#own;
    this.#heap = other.#heap;
    this.#modes = other.#modes;
    this.gradOff = other.gradOff;
  }

  variable(frame: number, name: string): Value | undefined {
    return this.#frames.get(frame)?.map.get(name);
  }

  setVariable(frame: number, name: string, value: Value): void {
    const known = this.#frames.get(frame);
    if (known && known.map.get(name) === value) return;
    if (!this.#own) {
      this.#frames = new Map(this.#frames);
      this.#own = new Set();
    }
    let layer = known;
    if (!layer || !this.#own.has(frame)) {
      layer = layer ? layer.fork() : new Layer();
      this.#own.add(frame);
      this.#frames.set(frame, layer);
    }
    layer.set(name, value);
  }

  attribute(place: string, name: string): Value | undefined {
    return this.#heap.map.get(`${place}.${name}`);
  }

  setAttribute(place: string, name: string, value: Value): void {
    this.#heap.set(`${place}.${name}`, value);
  }

  clearAttribute(place: string, name: string): void {
    this.#heap.delete(`${place}.${name}`);
    const prefix = `${place}.`;
    const suffix = `.${name}`;
    for (const key of [...this.#heap.map.keys()])
      if (key.startsWith(prefix) && key.endsWith(suffix)) this.#heap.delete(key);
  }

  /** Every object with an attribute of this name. */
  attributesNamed(name: string): readonly { readonly owner: string; readonly value: Value }[] {
    const suffix = `.${name}`;
    return [...this.#heap.map].flatMap(([key, value]) =>
      key.endsWith(suffix) ? [{ owner: key.slice(0, -suffix.length), value }] : [],
    );
  }

  /** Everything written to an object's attributes, and to theirs. */
  held(place: string): readonly Value[] {
    const prefix = `${place}.`;
    return [...this.#heap.map].flatMap(([key, value]) => (key.startsWith(prefix) ? [value] : []));
  }

  clearAttributes(place: string): void {
    const prefix = `${place}.`;
    for (const key of [...this.#heap.map.keys()]) if (key.startsWith(prefix)) this.#heap.delete(key);
    for (const key of [...this.#modes.map.keys()]) if (key.startsWith(prefix)) this.#modes.delete(key);
  }

  /** A part that nobody touched has its whole's mode. */
  mode(place: string): ModeEntry {
    for (let at = place; ; at = at.slice(0, at.lastIndexOf('.'))) {
      const entry = this.#modes.map.get(at);
      if (entry) return entry;
      if (!at.includes('.')) return UNTOUCHED;
    }
  }

  /** Of the module and of all its parts. */
  setMode(place: string, entry: ModeEntry): void {
    const prefix = `${place}.`;
    for (const key of [...this.#modes.map.keys()]) if (key.startsWith(prefix)) this.#modes.delete(key);
    this.#modes.set(place, entry);
  }

  /** Parts that were put into eval mode on their own, with the call that did. */
  evaluatedParts(place: string): readonly { readonly place: string; readonly write: Span; readonly since: number }[] {
    const prefix = `${place}.`;
    return [...this.#modes.map].flatMap(([key, { mode, write, explicit, since }]) =>
      mode === 'E' && explicit && write && since !== undefined && key.startsWith(prefix)
        ? [{ place: key, write, since }]
        : [],
    );
  }

  /** Modes of the parts that were set on their own. */
  partModes(place: string): readonly ModeEntry[] {
    const prefix = `${place}.`;
    return [...this.#modes.map].flatMap(([key, entry]) => (key.startsWith(prefix) ? [entry] : []));
  }

  /** Forgets which mode anything is in, but not what it is. */
  forgetModes(mode: Mode): void {
    for (const key of [...this.#modes.map.keys()]) this.#modes.set(key, { mode, write: null, explicit: false });
  }

  sameModes(other: State): boolean {
    if (this.#modes.map === other.#modes.map) return true;
    if (this.#modes.map.size !== other.#modes.map.size) return false;
    for (const [key, entry] of this.#modes.map) if (other.#modes.map.get(key)?.mode !== entry.mode) return false;
    return true;
  }

  /** What holds whichever of the two paths was taken. `merge` joins two values that differ. */
  join(other: State, merge: (a: Value, b: Value) => Value): State {
    if (other === this) return this;
    const result = new State();
    result.gradOff = this.gradOff === other.gradOff ? this.gradOff : 'maybe';
    result.#frames = this.#joinFrames(other, merge);
    result.#own = null;
    result.#heap = joinLayers(this.#heap, other.#heap, merge);
    result.#modes = this.#joinModes(other);
    return result;
  }

  #joinFrames(other: State, merge: (a: Value, b: Value) => Value): Map<number, Layer<Value>> {
    this.#own = null;
    other.#own = null;
    if (this.#frames === other.#frames) return this.#frames;
    const joined = new Map(this.#frames);
    for (const [id, layer] of other.#frames) {
      const mine = joined.get(id);
      if (mine !== layer) joined.set(id, mine ? joinLayers(mine, layer, merge) : layer);
    }
    return joined;
  }

  #joinModes(other: State): Layer<ModeEntry> {
    if (this.#modes.map === other.#modes.map) return this.#modes.fork();
    const result = new Layer<ModeEntry>();
    for (const key of new Set([...this.#modes.map.keys(), ...other.#modes.map.keys()])) {
      const a = this.#modes.map.get(key) ?? other.#inherited(key);
      const b = other.#modes.map.get(key) ?? this.#inherited(key);
      result.set(key, joinEntries(a, b));
    }
    return result;
  }

  /** For a key the other side has: what it inherits here, or, where nothing is known of it, itself. */
  #inherited(key: string): ModeEntry | undefined {
    const entry = this.mode(key);
    return entry === UNTOUCHED ? undefined : entry;
  }
}

const UNTOUCHED: ModeEntry = { mode: 'U', write: null, explicit: false };

function joinEntries(a: ModeEntry | undefined, b: ModeEntry | undefined): ModeEntry {
  if (!a || !b) return a ?? b ?? UNTOUCHED;
  if (a === b || a.mode === b.mode) return a.explicit ? a : b;
  return { mode: 'X', write: null, explicit: true, perhapsEval: evalBeside(a, b) ?? evalBeside(b, a) };
}

/** The `eval()` of the first, where the second is in training mode for certain or half the time. */
function evalBeside(a: ModeEntry, b: ModeEntry): Span | null {
  const written = a.mode === 'E' && a.explicit ? a.write : a.perhapsEval;
  return written && (b.mode === 'T' || b.perhapsEval || (b.mode === 'E' && a.mode === 'X')) ? written : null;
}

function joinLayers(a: Layer<Value>, b: Layer<Value>, merge: (a: Value, b: Value) => Value): Layer<Value> {
  if (a.map === b.map) return a.fork();
  const result = a.fork();
  for (const [key, value] of b.map) {
    const mine = a.map.get(key);
    if (mine === value) continue;
    result.set(key, mine === undefined ? value : merge(mine, value));
  }
  return result;
}
