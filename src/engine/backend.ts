// Which implementation of the kernels runs. Both read the same instructions: words of
// [kernel, number of arguments, arguments…], addresses in bytes, floats by their bits.

import { KERNEL_LIST, KERNEL_NAMES, type KernelName } from './kernels/all.ts';
import { fingerprint } from './kernels/fingerprint.ts';
import type { Kernel, KernelArgs } from './kernels/kernel.ts';
import { ArrayMemory, type LinearMemory, WebAssemblyMemory } from './memory.ts';

/** A program's instructions, ready to run. */
export interface Runnable {
  run(): void;
}

export interface Backend {
  readonly name: 'simd' | 'reference';
  readonly memory: LinearMemory;
  load(code: Int32Array): Runnable;
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
  return { name: 'reference', memory, load: (code) => new ReferenceProgram(decode(code), memory) };
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

interface KernelExports {
  /** Runs from `start` to `end`; stops at an instruction it has no kernel for and returns its address. */
  run(start: number, end: number): number;
  fingerprint(): number;
}

/** The kernels compiled to WebAssembly; what they lack runs as reference on the same memory. */
export function simdBackend(kernels: Uint8Array): Backend {
  const memory = new WebAssemblyMemory();
  const instance = new WebAssembly.Instance(new WebAssembly.Module(kernels), { env: { memory: memory.memory } });
  const exports = instance.exports as unknown as KernelExports;
  if (exports.fingerprint() !== fingerprint())
    throw new Error('The compiled kernels are of another version than the engine; build them again.');
  return {
    name: 'simd',
    memory,
    load(code) {
      const start = memory.reserve(4 * code.length);
      memory.i.set(code, start >>> 2);
      return new SimdProgram(exports, memory, { code, start });
    },
  };
}

class SimdProgram implements Runnable {
  readonly #exports: KernelExports;
  readonly #memory: LinearMemory;
  readonly #code: Int32Array;
  readonly #start: number;
  readonly #end: number;

  constructor(
    exports: KernelExports,
    memory: LinearMemory,
    { code, start }: { readonly code: Int32Array; readonly start: number },
  ) {
    this.#exports = exports;
    this.#memory = memory;
    this.#code = code;
    this.#start = start;
    this.#end = start + 4 * code.length;
  }

  run(): void {
    let at = this.#exports.run(this.#start, this.#end) >>> 0;
    while (at !== this.#end) {
      const word = (at - this.#start) >>> 2;
      const length = 2 + this.#code[word + 1];
      const [call] = decode(this.#code.slice(word, word + length));
      call.kernel.run(this.#memory, call.args);
      at = this.#exports.run(at + 4 * length, this.#end) >>> 0;
    }
  }
}
