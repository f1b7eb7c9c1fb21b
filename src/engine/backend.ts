// Which implementation of the kernels runs. All read the same instructions: words of
// [kernel, number of arguments, arguments…], addresses in bytes, floats by their bits.
// The compiled kernels exist twice: `simd` rounds after every operation, `fused` rounds a multiply-add once. A fused
// multiply-add is IEEE 754's, the same bits on every processor that has it; one that is not fused is refused.

import { KERNEL_LIST, KERNEL_NAMES, type KernelName } from './kernels/all.ts';
import { fingerprint } from './kernels/fingerprint.ts';
import type { Kernel, KernelArgs, Memory } from './kernels/kernel.ts';
import { ArrayMemory, type LinearMemory, WebAssemblyMemory } from './memory.ts';

/** A program's instructions, ready to run. */
export interface Runnable {
  run(): void;
}

export type BackendName = 'fused' | 'simd' | 'reference' | 'fused, 256 bits' | 'simd, 256 bits';

export interface Backend {
  readonly name: BackendName;
  readonly memory: LinearMemory;
  /** Copies instructions into the memory; their address. */
  place(code: Int32Array): number;
  load(code: Int32Array): Runnable;
  /** What other threads need to run the same instructions; null where they cannot. */
  readonly shared: SharedKernels | null;
}

/** Compiled kernels and the memory they share. */
export interface SharedKernels {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly exports: KernelExports;
}

/** Writes instructions. */
export class Assembler {
  readonly #words: number[] = [];
  readonly #float = new Float32Array(1);
  readonly #bits = new Int32Array(this.#float.buffer);

  kernel(name: KernelName, args: Readonly<Record<string, number>>): void {
    const opcode = KERNEL_NAMES.indexOf(name);
    const { params } = KERNEL_LIST[opcode];
    const entries = Object.entries(params);
    this.#words.push(opcode, entries.length);
    for (const [param, kind] of entries)
      this.#words.push(kind === 'float' ? this.#bitsOf(args[param]) : args[param] | 0);
  }

  /** Words until now. */
  get length(): number {
    return this.#words.length;
  }

  finish(): Int32Array {
    return Int32Array.from(this.#words);
  }

  #bitsOf(value: number): number {
    this.#float[0] = value;
    return this.#bits[0];
  }
}

/** The readable kernels, one by one. `double` computes in float64. */
export function referenceBackend(double = false): Backend {
  const memory = new ArrayMemory(double);
  const place = (code: Int32Array) => copyTo(memory, code);
  return { name: 'reference', memory, shared: null, place, load: (code) => new ReferenceProgram(decode(code), memory) };
}

interface Call {
  readonly kernel: Kernel;
  readonly args: KernelArgs;
}

class ReferenceProgram implements Runnable {
  readonly #calls: readonly Call[];
  readonly #memory: LinearMemory;

  constructor(calls: readonly Call[], memory: LinearMemory) {
    this.#calls = calls;
    this.#memory = memory;
  }

  run(): void {
    for (const { kernel, args } of this.#calls) kernel.run(this.#memory, args);
  }
}

function decode(code: Int32Array): Call[] {
  const floats = new Float32Array(code.buffer, code.byteOffset, code.length);
  const calls: Call[] = [];
  for (let at = 0; at < code.length; at += 2 + code[at + 1]) {
    const kernel = KERNEL_LIST[code[at]];
    const args: Record<string, number> = {};
    for (const [i, [param, kind]] of Object.entries(kernel.params).entries()) {
      const word = at + 2 + i;
      // An address above 2 GiB is negative as an int.
      args[param] = kind === 'float' ? floats[word] : kind === 'address' ? code[word] >>> 2 : code[word];
    }
    calls.push({ kernel, args });
  }
  return calls;
}

export interface KernelExports {
  /** Runs from `start` to `end`; stops at an instruction it has no kernel for and returns its address. */
  run(start: number, end: number): number;
  fingerprint(): number;
  /** Scratch memory of this thread's own, at this address. */
  useScratch(address: number): void;
  /** Of a multiply-add: 0 twice, 1 once, 2 not as the module promises. */
  rounding(): number;
}

const ROUNDINGS: readonly ('simd' | 'fused' | undefined)[] = ['simd', 'fused'];

/** A custom section of this name marks kernels whose 128-bit operations were merged; see wide.ts. */
export const WIDE_SECTION = 'wide';

/**
 * The first module that this runtime compiles and this processor computes as promised; null where there is none.
 * Give the fused kernels before the plain ones.
 */
export function chooseKernels(modules: Iterable<Uint8Array | null>): Uint8Array | null {
  if (typeof WebAssembly !== 'object') return null;
  for (const module of modules)
    if (module !== null && WebAssembly.validate(module)) {
      const exports = instantiate(compile(module), new WebAssemblyMemory().memory);
      if (ROUNDINGS[exports.rounding()] !== undefined) return module;
    }
  return null;
}

/** Of this thread: lane 0 is the one that owns the memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, lane = 0): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, lane } });
  return exports as unknown as KernelExports;
}

const compiled = new WeakMap<Uint8Array, WebAssembly.Module>();
const compiledShared = new WeakMap<Uint8Array, WebAssembly.Module>();

/** Once for each array of bytes; `shared` for a memory that threads share. */
function compile(kernels: Uint8Array, shared = false): WebAssembly.Module {
  const known = shared ? compiledShared : compiled;
  const module = known.get(kernels) ?? new WebAssembly.Module(shared ? importShared(kernels) : kernels);
  known.set(kernels, module);
  return module;
}

/** The compiled kernels; what they lack runs as reference on the same memory. */
export function wasmBackend(kernels: Uint8Array, { shared = false }: { readonly shared?: boolean } = {}): Backend {
  const memory = new WebAssemblyMemory(shared);
  const module = compile(kernels, shared);
  const exports = instantiate(module, memory.memory);
  const wide = WebAssembly.Module.customSections(module, WIDE_SECTION).length > 0;
  if (exports.fingerprint() !== fingerprint())
    throw new Error('The compiled kernels are of another version than the engine; build them again.');
  const name = ROUNDINGS[exports.rounding()];
  if (name === undefined) throw new Error('This processor has no fused multiply-add; use the plain kernels.');
  const place = (code: Int32Array) => copyTo(memory, code);
  return {
    name: wide ? `${name}, 256 bits` : name,
    memory,
    shared: shared ? { module, memory: memory.memory, exports } : null,
    place,
    load(code) {
      const start = place(code);
      const end = start + 4 * code.length;
      return { run: () => runInstructions(exports, memory, start, end) };
    },
  };
}

function copyTo(memory: LinearMemory, code: Int32Array): number {
  const start = memory.reserve(4 * code.length);
  memory.i.set(code, start >>> 2);
  return start;
}

export function runInstructions(exports: KernelExports, memory: Memory, start: number, end: number): void {
  let at = exports.run(start, end) >>> 0;
  while (at !== end) {
    const word = at >>> 2;
    const length = 2 + memory.i[word + 1];
    const [call] = decode(memory.i.slice(word, word + length));
    call.kernel.run(memory, call.args);
    at = exports.run(at + 4 * length, end) >>> 0;
  }
}

const IMPORTS = 2;
const MEMORY = 2;
const BOUNDED = 1;
const BOUNDED_AND_SHARED = 3;

/** The module with its memory imported as shared: one bit of the import, which the compiler sets for threads only. */
function importShared(kernels: Uint8Array): Uint8Array {
  const bytes = kernels.slice();
  let at = 8;
  const number = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) return value;
    }
  };
  const skipName = () => {
    const length = number();
    at += length;
  };
  while (at < bytes.length) {
    const [section, size] = [bytes[at++], number()];
    if (section !== IMPORTS) {
      at += size;
      continue;
    }
    for (let left = number(); left > 0; left--) {
      skipName();
      skipName();
      if (bytes[at++] !== MEMORY)
        at += 2; // A global: its type and whether it changes.
      else if (bytes[at] === BOUNDED) {
        bytes[at] = BOUNDED_AND_SHARED;
        return bytes;
      }
    }
  }
  throw new Error('The compiled kernels import no memory that could be shared; build them again.');
}
