// A program for several threads: its parts as tickets in the memory they share. See threads.ts.

import { Assembler, type Backend } from './backend.ts';
import type { Phase } from './parts.ts';
import type { Running, StopWord } from './slices.ts';
import { type Attached, MOST_TICKETS, type Threads, type TicketedProgram } from './threads.ts';

/** Nanoseconds of work that can be shared out, below which threads cost more than they give. */
const WORTH = 1_000_000;

/** Threads and the session they work for. */
export interface Crew {
  readonly threads: Threads;
  readonly session: Attached;
  /** Scratch memory of the threads but the owner's, one after another; the session's programs share it. */
  scratch: { address: number; bytes: number };
}

/** Whether threads pay for a program. */
export function worthThreads(phases: readonly Phase[]): boolean {
  const tickets = phases.reduce((sum, { parts }) => sum + parts.length, 0);
  let shared = 0;
  for (const { parts } of phases) if (parts.length > 1) for (const { work } of parts) shared += work;
  return shared >= WORTH && tickets <= MOST_TICKETS;
}

export class Tickets implements Running {
  readonly #crew: Crew;
  readonly #program: TicketedProgram;

  constructor(backend: Backend, phases: readonly Phase[], crew: Crew) {
    const assembler = new Assembler();
    const tickets: Int32Array[] = [];
    for (const { parts } of phases) {
      const before = tickets.length;
      for (const { calls } of parts) {
        const start = assembler.length;
        for (const { name, args } of calls) assembler.kernel(name, args);
        tickets.push(Int32Array.of(start, assembler.length, before, Number(parts.length > 1)));
      }
    }
    const code = backend.place(assembler.finish());
    const table = tickets.flatMap(([start, end, ...rest]) => [code + 4 * start, code + 4 * end, ...rest]);
    this.#crew = crew;
    this.#program = {
      address: backend.place(Int32Array.from(table)),
      count: tickets.length,
      scratch: crew.scratch.address,
      scratchBytes: crew.scratch.bytes,
    };
  }

  run(stop: StopWord | null): boolean {
    return this.#crew.threads.run(this.#crew.session, this.#program, stop);
  }
}
