// A program runs in slices of about two milliseconds; between two of them it hears that it shall stop. The word that
// says so lies in memory shared with the thread that sets it, because a step lets no message in.

import { Cancelled } from '../base/errors.ts';
import { Assembler, type Backend, type Runnable } from './backend.ts';
import type { Phase } from './parts.ts';

const SLICE_NS = 2_000_000;
/** How much longer the readable kernels take than the estimates say. */
const REFERENCE = 100;

/** Element 0 is not 0 where the work shall stop. */
export type StopWord = Int32Array;

export function isStopped(stop: StopWord | null): boolean {
  return stop !== null && Atomics.load(stop, 0) !== 0;
}

export function throwIfStopped(stop: StopWord | null): void {
  if (isStopped(stop)) throw new Cancelled();
}

/** A program in a backend's memory. */
export interface Running {
  /** Whether it came to its end. */
  run(stop: StopWord | null): boolean;
}

export class Slices implements Running {
  readonly #slices: readonly Runnable[];

  constructor(backend: Backend, phases: readonly Phase[]) {
    const most = backend.name === 'reference' ? SLICE_NS / REFERENCE : SLICE_NS;
    const slices: Runnable[] = [];
    let assembler = new Assembler();
    let filled = 0;
    const close = () => {
      if (filled > 0) slices.push(backend.load(assembler.finish()));
      [assembler, filled] = [new Assembler(), 0];
    };
    for (const { parts } of phases)
      for (const { calls, work } of parts) {
        if (filled + work > most) close();
        for (const { name, args } of calls) assembler.kernel(name, args);
        filled += Math.max(1, work);
      }
    close();
    this.#slices = slices;
  }

  get count(): number {
    return this.#slices.length;
  }

  run(stop: StopWord | null): boolean {
    for (const slice of this.#slices) {
      if (isStopped(stop)) return false;
      slice.run();
    }
    return true;
  }
}
