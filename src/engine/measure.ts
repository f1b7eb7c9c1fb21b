// Measuring a tensor where it lies: one kernel call, whose instruction is made once for each tensor.

import { BIN_COUNT } from '../base/bins.ts';
import { Assembler, type Backend, type Runnable } from './backend.ts';
import type { KernelName, kernels } from './kernels/all.ts';
import type { KernelArgs } from './kernels/kernel.ts';
import { MEASURE_BINS, MEASURE_FLOATS, MEASURE_SCRATCH, UNIT_WORDS } from './kernels/measure.ts';

/** What takes half the time to measure. Moments are of the finite values. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Biased: over `count`. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Euclidean norm. */
  readonly norm: number;
  readonly nan: number;
  readonly inf: number;
}

/** Of one tensor, in one pass; `bins` as in base/bins.ts. */
export interface Measured extends Moments {
  readonly zeros: number;
  readonly bins: Uint32Array;
}

/** Of each unit of one tensor. */
export interface MeasuredUnits {
  /** Values a unit has. */
  readonly count: number;
  readonly mean: Float32Array;
  /** Unbiased. */
  readonly variance: Float32Array;
  /** How many of its values are not 0. */
  readonly fired: Uint32Array;
}

export class Measurements {
  readonly #live: () => Backend;
  readonly #out: number;
  readonly #scratch: number;
  readonly #runnables = new Map<string, Runnable>();
  #units = { address: 0, count: 0 };

  /** `live` gives the backend, or throws where the session has ended. */
  constructor(live: () => Backend) {
    this.#live = live;
    this.#out = live().memory.reserve(4 * (MEASURE_BINS + BIN_COUNT));
    this.#scratch = live().memory.reserve(4 * MEASURE_SCRATCH);
  }

  /** Of `size` floats at `address`; of as many zeros when it is 0. */
  of(address: number, size: number): Measured {
    const moments = this.#measure(address, size, 1);
    if (address === 0) return { ...moments, zeros: size, bins: new Uint32Array(BIN_COUNT) };
    const { i } = this.#live().memory;
    const at = this.#out >>> 2;
    const bins = Uint32Array.from(i.subarray(at + MEASURE_BINS, at + MEASURE_BINS + BIN_COUNT));
    return { ...moments, zeros: i[at + MEASURE_FLOATS], bins };
  }

  /** The same without bins. */
  momentsOf(address: number, size: number): Moments {
    return this.#measure(address, size, 0);
  }

  /** Of the floats at `address`, whose dimension `dim` counts the units. */
  unitsOf(address: number, shape: readonly number[], dim: number): MeasuredUnits {
    const backend = this.#live();
    const size = (from: number, to?: number) => shape.slice(from, to).reduce((product, n) => product * n, 1);
    const [outer, units, inner] = [size(0, dim), shape[dim] ?? 1, size(dim + 1)];
    if (units > this.#units.count)
      this.#units = { address: backend.memory.reserve(4 * UNIT_WORDS * units), count: units };
    const out = this.#units.address;
    this.#run(backend, 'measure_units', { outer, units, inner, x: address, out });
    const { f, i } = backend.memory;
    const [mean, variance, fired] = [new Float32Array(units), new Float32Array(units), new Uint32Array(units)];
    for (let unit = 0, at = out >>> 2; unit < units; unit++, at += UNIT_WORDS) {
      mean[unit] = f[at];
      variance[unit] = f[at + 1];
      fired[unit] = i[at + 2];
    }
    return { count: outer * inner, mean, variance, fired };
  }

  dispose(): void {
    this.#runnables.clear();
  }

  #measure(address: number, size: number, binned: 0 | 1): Moments {
    const backend = this.#live();
    if (address === 0) return { ...NOTHING, count: size };
    this.#run(backend, 'measure', { n: size, binned, x: address, out: this.#out, scratch: this.#scratch });
    const { f, i } = backend.memory;
    const at = this.#out >>> 2;
    const [mean, std, min, max, norm] = f.subarray(at, at + MEASURE_FLOATS);
    const [, nan, inf] = i.subarray(at + MEASURE_FLOATS, at + MEASURE_BINS);
    return { count: size, mean, std, min, max, norm, nan, inf };
  }

  #run<N extends KernelName>(backend: Backend, name: N, args: KernelArgs<(typeof kernels)[N]['params']>): void {
    const key = `${name} ${Object.values(args).join(' ')}`;
    const known = this.#runnables.get(key) ?? load(backend, name, args);
    this.#runnables.set(key, known);
    known.run();
  }
}

function load(backend: Backend, name: KernelName, args: KernelArgs): Runnable {
  const assembler = new Assembler();
  assembler.kernel(name, args);
  return backend.load(assembler.finish());
}

const NOTHING = { mean: 0, std: 0, min: 0, max: 0, norm: 0, nan: 0, inf: 0 };
