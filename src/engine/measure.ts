// Measuring a tensor where it lies: one kernel call, whose instruction is made once for each tensor.

import { BIN_COUNT } from '../base/bins.ts';
import { Assembler, type Backend, type Runnable } from './backend.ts';
import { MEASURE_BINS, MEASURE_FLOATS } from './kernels/reduce.ts';

/** Of one tensor, in one pass. Moments are of the finite values; `bins` as in base/bins.ts. */
export interface Measured {
  readonly count: number;
  readonly mean: number;
  /** Biased: over `count`. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Euclidean norm. */
  readonly norm: number;
  readonly zeros: number;
  readonly nan: number;
  readonly inf: number;
  readonly bins: Uint32Array;
}

export class Measurements {
  readonly #live: () => Backend;
  readonly #out: number;
  readonly #runnables = new Map<string, Runnable>();

  /** `live` gives the backend, or throws where the session has ended. */
  constructor(live: () => Backend) {
    this.#live = live;
    this.#out = live().memory.reserve(4 * (MEASURE_BINS + BIN_COUNT));
  }

  /** Of `size` floats at `address`; of as many zeros when it is 0. */
  of(address: number, size: number): Measured {
    const backend = this.#live();
    if (address === 0) return { ...NOTHING, count: size, zeros: size, bins: new Uint32Array(BIN_COUNT) };
    this.#runnable(backend, address, size).run();
    const { f, i } = backend.memory;
    const at = this.#out >>> 2;
    const [mean, std, min, max, norm] = f.subarray(at, at + MEASURE_FLOATS);
    const [zeros, nan, inf] = i.subarray(at + MEASURE_FLOATS, at + MEASURE_BINS);
    const bins = Uint32Array.from(i.subarray(at + MEASURE_BINS, at + MEASURE_BINS + BIN_COUNT));
    return { count: size, mean, std, min, max, norm, zeros, nan, inf, bins };
  }

  dispose(): void {
    this.#runnables.clear();
  }

  #runnable(backend: Backend, address: number, size: number): Runnable {
    const key = `${address} ${size}`;
    const known = this.#runnables.get(key);
    if (known !== undefined) return known;
    const assembler = new Assembler();
    assembler.kernel('measure', { n: size, x: address, out: this.#out });
    const made = backend.load(assembler.finish());
    this.#runnables.set(key, made);
    return made;
  }
}

const NOTHING = { mean: 0, std: 0, min: 0, max: 0, norm: 0, nan: 0, inf: 0 };
