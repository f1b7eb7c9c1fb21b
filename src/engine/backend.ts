// Which implementation of the kernels runs. All read the same instructions: words of
// [kernel, number of arguments, arguments…], addresses in bytes, floats by their bits.
// The compiled kernels exist twice: `simd` rounds after every operation, `fused` rounds a multiply-add once. A fused
// multiply-add is IEEE 754's, the same bits on every processor that has it; one that is not fused is refused.

import { KERNEL_LIST, KERNEL_NAMES, type KernelName } from './kernels/all.ts';
import { fingerprint } from './kernels/fingerprint.ts';
import type { Kernel, KernelArgs } from './kernels/kernel.ts';
import { ArrayMemory, type LinearMemory, WebAssemblyMemory } from './memory.ts';

/** A program's instructions, ready to run. */
export interface Runnable {
  run(): void;
}

export type BackendName = 'fused' | 'simd' | 'reference' | 'fused, 256 bits' | 'simd, 256 bits';

export interface Backend {
  readonly name: BackendName;
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
      const { exports } = instantiate(module, new WebAssemblyMemory());
      if (ROUNDINGS[exports.rounding()] !== undefined) return module;
    }
  return null;
}

function instantiate(kernels: Uint8Array, { memory }: WebAssemblyMemory) {
  const module = new WebAssembly.Module(kernels);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const wide = WebAssembly.Module.customSections(module, WIDE_SECTION).length > 0;
  return { exports: exports as unknown as KernelExports, wide };
}

/** The kernels compiled to WebAssembly; what they lack runs as reference on the same memory. */
export function wasmBackend(kernels: Uint8Array): Backend {
  const memory = new WebAssemblyMemory();
  const { exports, wide } = instantiate(kernels, memory);
  if (exports.fingerprint() !== fingerprint())
    throw new Error('The compiled kernels are of another version than the engine; build them again.');
  const name = ROUNDINGS[exports.rounding()];
  if (name === undefined) throw new Error('This processor has no fused multiply-add; use the plain kernels.');
  return {
    name: wide ? `${name}, 256 bits` : name,
    memory,
    load(code) {
      const start = memory.reserve(4 * code.length);
      memory.i.set(code, start >>> 2);
      return new WasmProgram(exports, memory, { code, start });
    },
  };
}

class WasmProgram implements Runnable {
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
