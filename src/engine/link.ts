// Gives a program's values addresses in a backend's memory and writes its instructions.

import { UserError } from '../base/errors.ts';
import type { Backend } from './backend.ts';
import type { KernelArgs } from './kernels/kernel.ts';
import { align, planMemory } from './memory.ts';
import { arrange, type Call, isCut, partialBytes, workOf } from './parts.ts';
import type { Program } from './program.ts';
import { type Running, Slices } from './slices.ts';
import type { State } from './state.ts';
import { type Crew, Tickets, worthThreads } from './tickets.ts';
import { rootOf, type Value } from './values.ts';

/** Temporaries of all programs of a session share it; programs run one at a time. */
export interface Arena {
  address: number;
  bytes: number;
}

export interface LinkOptions {
  readonly backend: Backend;
  readonly state: State;
  readonly arena: Arena;
  /** Threads to run on; null for none but this. */
  readonly crew: Crew | null;
  /** Bytes the session may use in all. */
  readonly limit: number;
  /** Ends the program with the optimizer's update, or with the gradients kept for a later one. */
  readonly ending: 'update' | 'accumulate' | 'none';
  /** What a person knows a node by, for messages. */
  describe(node: string): string;
}

export interface Linked {
  readonly runnable: Running;
  /** About how many nanoseconds it takes one core. */
  readonly work: number;
  at(value: Value): number;
  /** The calls of the program's step `i`, whole. */
  lower(i: number): readonly Call[];
  /** The calls after the last step. */
  readonly ending: readonly Call[];
}

/** Whether threads pay for the program, before there is memory for it. */
export function wantsThreads(program: Program): boolean {
  const calls: Call[] = [];
  // Where things lie does not matter to how calls are cut.
  const kernel = (name: Call['name'], args: KernelArgs) => calls.push({ name, args });
  for (const step of program.steps) step.lower({ at: (value) => (value === null ? 0 : 64), scratch: 64, kernel });
  return worthThreads(arrange(calls, 64));
}

export function link(program: Program, options: LinkOptions): Linked {
  const { backend, state, arena, limit, ending, describe } = options;
  const { memory } = backend;
  const addresses = new Map<Value, number>();
  const pinned = new Set<Value>();
  for (const [name, value] of program.gradients) {
    addresses.set(rootOf(value), state.gradientAddress(name));
    pinned.add(rootOf(value));
  }
  const kept = [program.loss, program.output];
  for (const { value, gradient } of program.probes.values()) kept.push(value, ...(gradient === null ? [] : [gradient]));
  const own = [...program.inputs, program.target];
  for (const value of kept.map(rootOf))
    if (value.home.kind === 'temporary' && !pinned.has(value)) {
      pinned.add(value);
      own.push(value);
    }
  const plan = planMemory(program.steps, pinned);
  const growth = plan.bytes > arena.bytes ? plan.bytes : 0;
  const needed = memory.bytes + growth + own.reduce((sum, { size }) => sum + align(4 * size), 0);
  if (needed > limit) throw tooLarge(needed, limit, describe(program.steps[plan.peak]?.node ?? ''));
  if (growth > 0) {
    arena.address = memory.reserve(plan.bytes);
    arena.bytes = plan.bytes;
  }
  for (const value of own)
    if (!addresses.has(rootOf(value))) addresses.set(rootOf(value), memory.reserve(4 * value.size));
  const at = (value: Value): number => {
    const root = rootOf(value);
    const known = addresses.get(root);
    if (known !== undefined) return known;
    const { home } = root;
    if (home.kind === 'temporary') return arena.address + plan.offsetOf(root);
    if (home.kind === 'state') return state.address(home.name);
    if (home.kind === 'input') throw new RangeError(`The input ${home.index} has no address.`);
    const address = memory.reserve(4 * root.size);
    (home.data instanceof Float32Array ? memory.f : memory.i).set(home.data, address >>> 2);
    addresses.set(root, address);
    return address;
  };
  const lower = (i: number): Call[] => {
    const calls: Call[] = [];
    program.steps[i].lower({
      at: (value) => (value === null ? 0 : at(value)),
      scratch: arena.address + plan.scratch[i],
      kernel: (name, args: KernelArgs) => calls.push({ name, args }),
    });
    return calls;
  };
  const calls: Call[] = [];
  let scratch = 0;
  for (const [i, step] of program.steps.entries()) {
    const made = lower(i);
    calls.push(...made);
    if (made.some(isCut)) scratch = Math.max(scratch, align(4 * step.scratch));
  }
  const last = endOf(state, ending);
  calls.push(...last);
  const work = calls.reduce((sum, call) => sum + workOf(call), 0);
  return { runnable: running(calls, scratch, options), work, at, lower, ending: last };
}

function endOf(state: State, ending: LinkOptions['ending']): readonly Call[] {
  if (ending === 'none') return [];
  return ending === 'update' ? state.update() : state.accumulation();
}

/** `scratch` is what a thread needs of its own. */
function running(calls: readonly Call[], scratch: number, { backend, crew, limit }: LinkOptions): Running {
  const { memory } = backend;
  const partials = partialBytes(calls);
  const lanes = crew === null || scratch <= crew.scratch.bytes ? 0 : scratch * (crew.threads.count - 1);
  const needed = memory.bytes + partials + lanes;
  if (needed > limit) throw tooLarge(needed, limit, 'the work of several parts at a time');
  const phases = arrange(calls, partials > 0 ? memory.reserve(partials) : 0);
  if (crew === null || !worthThreads(phases)) return new Slices(backend, phases);
  if (lanes > 0) crew.scratch = { address: memory.reserve(lanes), bytes: scratch };
  return new Tickets(backend, phases, crew);
}

function tooLarge(needed: number, limit: number, layer: string): UserError {
  return new UserError(
    'engine/memory',
    `Training needs ${megabytes(needed)}, more than the limit of ${megabytes(limit)}; most of it is in use at ${layer}. A smaller batch needs less.`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}
