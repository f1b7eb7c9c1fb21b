// Who lives where and until when. The plan gives every temporary of a program an offset in one arena: two
// values share memory when their lifetimes do not meet. All tensors begin at 64 bytes, a cache line.

import type { Memory } from './kernels/kernel.ts';
import { rootOf, type Step, type Value } from './values.ts';

export const ALIGNMENT = 64;
/** Below it the kernels keep their own constants; no tensor lives there, so 0 can mean absent. */
const RESERVED = 65536;
const PAGE = 65536;

export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** A piece of arena from the first step that writes it to the last that reads it. */
interface Block {
  readonly bytes: number;
  readonly first: number;
  last: number;
  offset: number;
}

export interface MemoryPlan {
  /** Bytes of the arena. */
  readonly bytes: number;
  /** Byte offsets in the arena. */
  offsetOf(value: Value): number;
  /** Of each step's scratch memory. */
  readonly scratch: readonly number[];
  /** Index of the step during which most is alive, for messages. */
  readonly peak: number;
}

/** Plans the temporaries of `steps`. Those with a root in `placed` live elsewhere. */
export function planMemory(steps: readonly Step[], placed: ReadonlySet<Value>): MemoryPlan {
  const lastUse = new Map<Value, number>();
  for (const [i, step] of steps.entries())
    for (const value of [...step.inputs, ...step.outputs]) lastUse.set(rootOf(value), i);
  const blocks = new Map<Value, Block>();
  const scratch = steps.map((step, i) => ({ bytes: align(4 * step.scratch), first: i, last: i, offset: 0 }));
  for (const [i, step] of steps.entries())
    for (const [position, output] of step.outputs.entries()) {
      const root = rootOf(output);
      if (root.home.kind !== 'temporary' || placed.has(root) || blocks.has(root)) continue;
      const last = lastUse.get(root) ?? i;
      const victim = position === 0 && step.inPlace ? dying(step, i, root, { lastUse, blocks }) : null;
      if (victim === null) blocks.set(root, { bytes: align(4 * root.size), first: i, last, offset: 0 });
      else {
        victim.last = last;
        blocks.set(root, victim);
      }
    }
  const all = [...new Set([...blocks.values(), ...scratch])].filter(({ bytes }) => bytes > 0);
  const bytes = assignOffsets(all);
  return {
    bytes,
    scratch: scratch.map(({ offset }) => offset),
    peak: peakOf(all, steps.length),
    offsetOf(value) {
      const block = blocks.get(rootOf(value));
      if (block === undefined) throw new RangeError(`The value ${value.id} of ${value.node} has no place.`);
      return block.offset;
    },
  };
}

/** The block of an input that is read here for the last time and that output 0 can take over. */
function dying(
  step: Step,
  i: number,
  output: Value,
  { lastUse, blocks }: { readonly lastUse: ReadonlyMap<Value, number>; readonly blocks: ReadonlyMap<Value, Block> },
): Block | null {
  for (const input of step.inputs.slice(0, 2)) {
    const root = rootOf(input);
    const block = blocks.get(root);
    if (block !== undefined && root.size === output.size && lastUse.get(root) === i && block.last === i) return block;
  }
  return null;
}

/** Largest first, each at the lowest offset that is free while it lives. */
function assignOffsets(blocks: readonly Block[]): number {
  const placed: Block[] = [];
  let end = 0;
  const bySize = [...blocks].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const block of bySize) {
    let offset = 0;
    for (const other of placed) {
      const meets = other.first <= block.last && block.first <= other.last;
      if (meets && offset + block.bytes > other.offset) offset = Math.max(offset, other.offset + other.bytes);
      else if (meets) break;
    }
    block.offset = offset;
    placed.splice(insertionPoint(placed, offset), 0, block);
    end = Math.max(end, offset + block.bytes);
  }
  return end;
}

/** `placed` is kept in the order of offsets. */
function insertionPoint(placed: readonly Block[], offset: number): number {
  const at = placed.findIndex((block) => block.offset >= offset);
  return at < 0 ? placed.length : at;
}

function peakOf(blocks: readonly Block[], steps: number): number {
  const change = new Float64Array(steps + 1);
  for (const { bytes, first, last } of blocks) {
    change[first] += bytes;
    change[last + 1] -= bytes;
  }
  let [alive, most, peak] = [0, 0, 0];
  for (let i = 0; i < steps; i++) {
    alive += change[i];
    if (alive > most) [most, peak] = [alive, i];
  }
  return peak;
}

/** One growing memory; addresses are bytes from its beginning and stay valid when it grows. */
export interface LinearMemory extends Memory {
  readonly bytes: number;
  /** The next free address, aligned; its bytes are zero. */
  reserve(bytes: number): number;
}

/** Inside a WebAssembly.Memory, for the kernels compiled to it. */
export class WebAssemblyMemory implements LinearMemory {
  readonly memory: WebAssembly.Memory;
  f: Float32Array;
  i: Int32Array;
  #end = RESERVED;

  /** `shared` by threads. */
  constructor(shared = false) {
    this.memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared });
    this.f = new Float32Array(this.memory.buffer);
    this.i = new Int32Array(this.memory.buffer);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  reserve(bytes: number): number {
    const address = this.#end;
    this.#end += align(bytes);
    const missing = Math.ceil((this.#end - this.bytes) / PAGE);
    if (missing > 0) {
      this.memory.grow(missing);
      this.f = new Float32Array(this.memory.buffer);
      this.i = new Int32Array(this.memory.buffer);
    }
    return address;
  }
}

/** For the reference kernels; in double precision, floats lie in an array of their own. */
export class ArrayMemory implements LinearMemory {
  readonly #double: boolean;
  f: Float32Array | Float64Array;
  i: Int32Array;
  #end = RESERVED;

  constructor(double: boolean) {
    this.#double = double;
    [this.f, this.i] = this.#views(2 * PAGE);
  }

  get bytes(): number {
    return this.i.byteLength + (this.#double ? this.f.byteLength : 0);
  }

  reserve(bytes: number): number {
    const address = this.#end;
    this.#end += align(bytes);
    if (this.#end > this.i.byteLength) {
      const [f, i] = this.#views(Math.max(this.#end, Math.ceil(this.i.byteLength * 1.5)));
      i.set(this.i);
      if (this.#double) f.set(this.f);
      this.f = f;
      this.i = i;
    }
    return address;
  }

  #views(bytes: number): [Float32Array | Float64Array, Int32Array] {
    const buffer = new ArrayBuffer(align(bytes));
    return [this.#double ? new Float64Array(align(bytes) / 4) : new Float32Array(buffer), new Int32Array(buffer)];
  }
}
