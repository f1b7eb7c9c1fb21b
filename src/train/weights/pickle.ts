// Python's pickle as torch.save writes it (protocol 2 to 5; https://docs.python.org/3/library/pickletools.html), read
// without running anything: a class or function is only a name, a call of it a record of its arguments. Who reads the
// result decides which names mean something.

import { UserError } from '../../base/errors.ts';

/** A class or function by its full name. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What `callee(*args)` would make, with the state and items given to it afterwards. */
export class Made {
  readonly callee: Pickled;
  readonly args: readonly Pickled[];
  readonly items = new Map<Pickled, Pickled>();
  readonly list: Pickled[] = [];
  state: Pickled = null;
  constructor(callee: Pickled, args: readonly Pickled[]) {
    this.callee = callee;
    this.args = args;
  }
}

/** A reference to what lies outside of the pickle, such as a tensor's storage. */
export class Persistent {
  readonly id: Pickled;
  constructor(id: Pickled) {
    this.id = id;
  }
}

export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Global
  | Made
  | Persistent
  | PickledList
  | PickledDict;
export type PickledList = Pickled[];
export type PickledDict = Map<Pickled, Pickled>;

const MARK = Symbol('mark');
type Entry = Pickled | typeof MARK;

export function unpickle(file: string, bytes: Uint8Array): Pickled {
  return new Unpickler(file, bytes).read();
}

class Unpickler {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Entry[] = [];
  readonly #memo: Pickled[] = [];
  #at = 0;

  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Pickled {
    while (this.#at < this.#bytes.length) {
      const code = this.#u1();
      if (code === 0x2e) return this.#pop();
      this.#step(code);
    }
    throw this.#broken('ends before its last object');
  }

  #broken(what: string): UserError {
    return new UserError('weights/pickle', `\`${this.#file}\` ${what} (byte ${this.#at} of data.pkl); it is damaged.`);
  }

  #step(code: number): void {
    const stack = this.#stack;
    switch (String.fromCharCode(code)) {
      case '\x80': // PROTO
        this.#at += 1;
        return;
      case '\x95': // FRAME
        this.#at += 8;
        return;
      case '(':
        stack.push(MARK);
        return;
      case 'N':
        stack.push(null);
        return;
      case '\x88':
        stack.push(true);
        return;
      case '\x89':
        stack.push(false);
        return;
      case '0': // POP
        stack.pop();
        return;
      case '1': // POP_MARK
        this.#toMark();
        return;
      case '2': // DUP
        stack.push(this.#top());
        return;
      case '}':
        stack.push(new Map());
        return;
      case ']':
      case '\x8f': // EMPTY_SET
      case ')':
        stack.push([]);
        return;
      default:
        if (!this.#number(code) && !this.#text(code) && !this.#memory(code)) this.#build(code);
    }
  }

  #number(code: number): boolean {
    const stack = this.#stack;
    switch (String.fromCharCode(code)) {
      case 'J':
        stack.push(this.#view.getInt32(this.#skip(4), true));
        return true;
      case 'K':
        stack.push(this.#u1());
        return true;
      case 'M':
        stack.push(this.#view.getUint16(this.#skip(2), true));
        return true;
      case 'G':
        stack.push(this.#view.getFloat64(this.#skip(8)));
        return true;
      case '\x8a': // LONG1
        stack.push(this.#long(this.#u1()));
        return true;
      default:
        return false;
    }
  }

  /** Two's complement, little-endian. */
  #long(size: number): number {
    const at = this.#skip(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i] ?? 0);
    return Number(BigInt.asIntN(8 * size || 1, value));
  }

  #text(code: number): boolean {
    const stack = this.#stack;
    switch (String.fromCharCode(code)) {
      case 'X': // BINUNICODE
        stack.push(this.#string(this.#u4()));
        return true;
      case '\x8c': // SHORT_BINUNICODE
        stack.push(this.#string(this.#u1()));
        return true;
      case '\x8d': // BINUNICODE8
        stack.push(this.#string(this.#u8()));
        return true;
      case 'T': // BINSTRING
        stack.push(this.#string(this.#u4()));
        return true;
      case 'U': // SHORT_BINSTRING
        stack.push(this.#string(this.#u1()));
        return true;
      case 'B': // BINBYTES
        stack.push(this.#slice(this.#u4()));
        return true;
      case 'C': // SHORT_BINBYTES
        stack.push(this.#slice(this.#u1()));
        return true;
      case '\x8e': // BINBYTES8
        stack.push(this.#slice(this.#u8()));
        return true;
      case 'c': // GLOBAL
        stack.push(new Global(`${this.#line()}.${this.#line()}`));
        return true;
      default:
        return false;
    }
  }

  #memory(code: number): boolean {
    const memo = this.#memo;
    switch (String.fromCharCode(code)) {
      case 'q':
        memo[this.#u1()] = this.#top();
        return true;
      case 'r':
        memo[this.#u4()] = this.#top();
        return true;
      case '\x94': // MEMOIZE
        memo.push(this.#top());
        return true;
      case 'h':
        this.#recall(this.#u1());
        return true;
      case 'j':
        this.#recall(this.#u4());
        return true;
      default:
        return false;
    }
  }

  #recall(index: number): void {
    const value = this.#memo[index];
    if (value === undefined) throw this.#broken('refers to an object it did not define');
    this.#stack.push(value);
  }

  #build(code: number): void {
    const stack = this.#stack;
    switch (String.fromCharCode(code)) {
      case 't':
      case 'l':
      case '\x91': // FROZENSET
        stack.push(this.#toMark());
        return;
      case '\x85':
      case '\x86':
      case '\x87':
        stack.push(this.#take(code - 0x84));
        return;
      case '\x93': {
        // STACK_GLOBAL
        const [module, name] = this.#take(2);
        stack.push(new Global(`${String(module)}.${String(name)}`));
        return;
      }
      case 'R':
      case '\x81': {
        // REDUCE, NEWOBJ
        const [callee, args] = this.#take(2);
        stack.push(made(callee ?? null, Array.isArray(args) ? args : []));
        return;
      }
      case 'b': {
        // BUILD
        const state = this.#pop();
        const target = this.#top();
        if (target instanceof Made) target.state = state;
        return;
      }
      case 'a':
        this.#append([this.#pop()]);
        return;
      case 'e':
      case '\x90': // ADDITEMS
        this.#append(this.#toMark());
        return;
      case 's':
        this.#set(this.#take(2));
        return;
      case 'u':
        this.#set(this.#toMark());
        return;
      case 'Q':
        stack.push(new Persistent(this.#pop()));
        return;
      default:
        throw this.#broken(`has an instruction (0x${code.toString(16)}) that torch.save does not write`);
    }
  }

  #append(items: readonly Pickled[]): void {
    const target = this.#top();
    const list = target instanceof Made ? target.list : target;
    if (!Array.isArray(list)) throw this.#broken('appends to what is no list');
    list.push(...items);
  }

  #set(items: readonly Pickled[]): void {
    const target = this.#top();
    const map = target instanceof Made ? target.items : target;
    if (!(map instanceof Map)) throw this.#broken('sets an item of what is no dictionary');
    for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i] as Pickled, items[i + 1] as Pickled);
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#broken('takes more objects than it has');
    return value;
  }

  #top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#broken('takes more objects than it has');
    return value;
  }

  #take(count: number): Pickled[] {
    const taken: Pickled[] = [];
    for (let i = 0; i < count; i++) taken.unshift(this.#pop());
    return taken;
  }

  #toMark(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#broken('takes more objects than it has');
    return this.#stack.splice(at).slice(1) as Pickled[];
  }

  /** The place of the next `size` bytes, which are passed. */
  #skip(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw this.#broken('ends inside an object');
    this.#at = at + size;
    return at;
  }

  #u1(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #u4(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #u8(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  #slice(size: number): Uint8Array {
    const at = this.#skip(size);
    return this.#bytes.subarray(at, at + size);
  }

  #string(size: number): string {
    return new TextDecoder().decode(this.#slice(size));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#broken('ends inside a name');
    const text = this.#string(end - this.#at);
    this.#at = end + 1;
    return text;
  }
}

/** An ordered dictionary is a dictionary; its items come afterwards. */
function made(callee: Pickled, args: readonly Pickled[]): Pickled {
  if (callee instanceof Global && callee.name === 'collections.OrderedDict') {
    const [pairs] = args;
    const map: PickledDict = new Map();
    if (Array.isArray(pairs))
      for (const pair of pairs) if (Array.isArray(pair)) map.set(pair[0] ?? null, pair[1] ?? null);
    return map;
  }
  return new Made(callee, args);
}
