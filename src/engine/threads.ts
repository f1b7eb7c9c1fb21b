// Threads that share a session's memory. The parts of a program are tickets, numbered in the order they were planned;
// whoever is free draws the next one, waits until the parts before its phase are done, and runs it. How many draw,
// and who draws what, changes no number, because where calls are cut and what is added to what was decided before.
//
// The owner of the memory draws too and never waits for a thread to start: threads come when they are ready. All that
// they agree on lies in one small block of shared words. Threads spin briefly for the next step, then sleep.

import { instantiate, type KernelExports, runInstructions, type SharedKernels } from './backend.ts';
import type { Memory } from './kernels/kernel.ts';
import { isStopped, type StopWord } from './slices.ts';

// Words of the block.
/** Changes when there is something to look at. */
const WAKE = 0;
/** Messages posted to every thread; one that has received fewer goes and gets them. */
const MAIL = 1;
/** The next ticket, in the low half; the number of the step in the high half. */
const TICKET = 2;
const DONE = 3;
const SLEEPING = 4;
const FAILED = 5;
const SESSION = 6;
/** Address of the tickets. */
const PROGRAM = 7;
const COUNT = 8;
/** Address and bytes of the scratch memory of the threads, one after another. */
const SCRATCH = 9;
const SCRATCH_BYTES = 10;
/** Pages of the memory; what a thread sees of it may lag behind. */
const PAGES = 11;
/** Tickets of the step that others than the owner ran. */
const HELPED = 12;
const WORDS = 16;
const PAGE = 65536;

const LOW = 0xffff;
/** A ticket that no program has: nothing is to be drawn. */
const CLOSED = LOW;
export const MOST_TICKETS = 0xfffe;
/**
 * Words of a ticket: the address of its first instruction, the one after its last, how many tickets must be done
 * before, and whether others of its phase may run meanwhile, so that it needs scratch memory of its own.
 */
export const TICKET_WORDS = 4;
/** Looks at a word before sleeping: some microseconds. */
const SPINS = 2_000;
const NAP_MS = 10;
/** How often the owner naps for the threads of a step that was stopped. */
const PATIENCE = 100;
const MOST_THREADS = 32;

export type ThreadMessage =
  | {
      readonly kind: 'attach';
      readonly session: number;
      readonly module: WebAssembly.Module;
      readonly memory: WebAssembly.Memory;
    }
  | { readonly kind: 'detach'; readonly session: number }
  | { readonly kind: 'end' };

/** What a thread is born with. */
export interface ThreadStart {
  readonly words: SharedArrayBuffer;
  /** From 1; the owner's is 0. */
  readonly lane: number;
}

/** A way to a thread; the shell makes the thread. Each message posted arrives at its Thread.receive. */
export interface ThreadPort {
  post(message: ThreadMessage): void;
}

export interface TicketedProgram {
  readonly address: number;
  readonly count: number;
  readonly scratch: number;
  readonly scratchBytes: number;
}

/** A program in the session's memory. */
export interface TicketedProgram {
  readonly address: number;
  readonly count: number;
  readonly scratch: number;
  readonly scratchBytes: number;
}

/** A session that threads know. */
export interface Attached extends SharedKernels {
  readonly number: number;
  /** The owner's views. */
  readonly views: Memory;
}

/** The owner's side: threads for one session after another, started when first needed. */
export class Threads {
  /** Threads that work on a step, the owner among them. */
  readonly count: number;
  readonly #start: (start: ThreadStart) => ThreadPort;
  #words = newWords();
  #ports: readonly ThreadPort[] | null = null;
  #sessions = 0;
  #step = 0;

  constructor(count: number, start: (start: ThreadStart) => ThreadPort) {
    this.count = Math.max(1, Math.min(count, MOST_THREADS));
    this.#start = start;
  }

  /** Parts of the last step that others than this thread ran. */
  get helped(): number {
    return Atomics.load(this.#words, HELPED);
  }

  attach(kernels: SharedKernels, views: Memory): Attached {
    this.#sessions += 1;
    const number = this.#sessions;
    this.#post({ kind: 'attach', session: number, module: kernels.module, memory: kernels.memory });
    return { ...kernels, number, views };
  }

  detach({ number }: Attached): void {
    this.#post({ kind: 'detach', session: number });
  }

  /** Ends the threads; they start again when a session attaches. */
  dispose(): void {
    if (this.#ports !== null) this.#post({ kind: 'end' });
    this.#ports = null;
    this.#words = newWords();
  }

  /** Runs a program to its end, or until `stop`; then false, and the session must not run again. */
  run({ number, exports, views }: Attached, program: TicketedProgram, stop: StopWord | null): boolean {
    const words = this.#words;
    this.#step = (this.#step + 1) & 0x7fff;
    const first = this.#step << 16;
    Atomics.store(words, DONE, 0);
    Atomics.store(words, FAILED, 0);
    Atomics.store(words, HELPED, 0);
    Atomics.store(words, SESSION, number);
    Atomics.store(words, PROGRAM, program.address);
    Atomics.store(words, COUNT, program.count);
    Atomics.store(words, SCRATCH, program.scratch);
    Atomics.store(words, SCRATCH_BYTES, program.scratchBytes);
    Atomics.store(words, PAGES, views.i.byteLength / PAGE);
    Atomics.store(words, TICKET, first);
    this.#wake();
    const finished = draw(words, { first, exports, views, stop });
    const drawn = Math.min(program.count, Atomics.exchange(words, TICKET, first | CLOSED) & LOW);
    // Threads that do not come to an end with what they drew are given up, words and all.
    if (!waitFor(words, drawn, finished ? stop : null, PATIENCE)) {
      this.dispose();
      return false;
    }
    if (Atomics.load(words, FAILED) !== 0) throw new Error('A thread of the engine failed inside a step.');
    return finished;
  }

  #post(message: ThreadMessage): void {
    this.#ports ??= Array.from({ length: this.count - 1 }, (_, i) =>
      this.#start({ words: this.#words.buffer, lane: i + 1 }),
    );
    // First the count: a thread that has it goes and waits for the message.
    Atomics.add(this.#words, MAIL, 1);
    for (const port of this.#ports) port.post(message);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
  }
}

interface Helped {
  readonly exports: KernelExports;
  readonly memory: WebAssembly.Memory;
}

/** A thread's side. It keeps its thread until there is a message, and gives it back to get it. */
export class Thread {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #lane: number;
  readonly #sessions = new Map<number, Helped>();
  #received = 0;

  constructor({ words, lane }: ThreadStart) {
    this.#words = new Int32Array(words);
    this.#lane = lane;
  }

  /** Returns when the next message is on its way; false when that was the last. */
  receive(message: ThreadMessage): boolean {
    this.#received += 1;
    if (message.kind === 'end') return false;
    if (message.kind === 'detach') this.#sessions.delete(message.session);
    else {
      const { session, module, memory } = message;
      this.#sessions.set(session, { memory, exports: instantiate(module, memory, this.#lane) });
    }
    this.#serve();
    return true;
  }

  #serve(): void {
    const words = this.#words;
    for (;;) {
      const wake = Atomics.load(words, WAKE);
      if (Atomics.load(words, MAIL) !== this.#received) return;
      this.#help();
      for (let i = 0; i < SPINS && Atomics.load(words, WAKE) === wake; i++);
      Atomics.wait(words, WAKE, wake);
    }
  }

  #help(): void {
    const words = this.#words;
    const first = Atomics.load(words, TICKET) & ~LOW;
    const helped = this.#sessions.get(Atomics.load(words, SESSION));
    if (helped === undefined) return;
    const { exports, memory } = helped;
    const bytes = Atomics.load(words, PAGES) * PAGE;
    // A growth made by the owner reaches this thread at its next turn of a loop.
    while (memory.buffer.byteLength < bytes && (Atomics.load(words, TICKET) & ~LOW) === first);
    const views = { f: new Float32Array(memory.buffer), i: new Int32Array(memory.buffer) };
    draw(words, { first, exports, views, stop: null, lane: this.#lane });
  }
}

interface Drawing {
  /** Of the step's tickets, without its number. */
  readonly first: number;
  readonly exports: KernelExports;
  readonly views: Memory;
  readonly stop: StopWord | null;
  /** Of a thread with scratch memory of its own. */
  readonly lane?: number;
}

interface Ticket {
  readonly start: number;
  readonly end: number;
  readonly before: number;
  /** Address of scratch memory to use instead of the instructions'; 0 for theirs. */
  readonly scratch: number;
}

/** Draws tickets and runs them while the step has some; false where it was stopped. */
function draw(words: Int32Array, drawing: Drawing): boolean {
  const { exports, views, stop, lane = 0 } = drawing;
  for (let ticket = drawNext(words, drawing); ticket !== null; ticket = drawNext(words, drawing)) {
    const stopped = isStopped(stop) || !waitFor(words, ticket.before, stop);
    if (!stopped) {
      if (lane > 0) exports.useScratch(ticket.scratch);
      try {
        runInstructions(exports, views, ticket.start, ticket.end);
      } catch (error) {
        if (lane === 0) throw error;
        Atomics.store(words, FAILED, 1);
      }
    }
    if (lane > 0) Atomics.add(words, HELPED, 1);
    Atomics.add(words, DONE, 1);
    if (Atomics.load(words, SLEEPING) > 0) Atomics.notify(words, DONE);
    if (stopped) return false;
  }
  return true;
}

/** null where the step has no more, or is over. */
function drawNext(words: Int32Array, { first, views, lane = 0 }: Drawing): Ticket | null {
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    const program = Atomics.load(words, PROGRAM) >>> 2;
    const count = Atomics.load(words, COUNT);
    const own = Atomics.load(words, SCRATCH) + (lane - 1) * Atomics.load(words, SCRATCH_BYTES);
    const number = ticket & LOW;
    // What was read above is the drawn step's, because a new step changes the ticket.
    if ((ticket & ~LOW) !== first || number >= count) return null;
    if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) !== ticket) continue;
    const at = program + TICKET_WORDS * number;
    const [start, end, before, meanwhile] = views.i.subarray(at, at + TICKET_WORDS);
    return { start: start >>> 0, end: end >>> 0, before, scratch: meanwhile === 0 ? 0 : own };
  }
}

/** Until so many tickets are done; false where it was stopped before, or after so many naps. */
function waitFor(words: Int32Array, count: number, stop: StopWord | null, naps = Number.POSITIVE_INFINITY): boolean {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, DONE) >= count) return true;
  for (let nap = 0; nap < naps; ) {
    const done = Atomics.load(words, DONE);
    if (done >= count) return true;
    if (isStopped(stop)) return false;
    Atomics.add(words, SLEEPING, 1);
    if (Atomics.wait(words, DONE, done, NAP_MS) === 'timed-out') nap += 1;
    Atomics.sub(words, SLEEPING, 1);
  }
  return false;
}

function newWords(): Int32Array<SharedArrayBuffer> {
  const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  Atomics.store(words, TICKET, CLOSED);
  return words;
}
