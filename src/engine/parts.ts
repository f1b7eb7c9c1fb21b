// A program's calls in the order they run, large ones cut into parts (see kernels/cuts.ts). Parts of one phase write
// disjoint memory and may run at the same time; phases run one after another.

import type { KernelName } from './kernels/all.ts';
import { cuts } from './kernels/cuts.ts';
import type { KernelArgs } from './kernels/kernel.ts';
import { align } from './memory.ts';

export interface Call {
  readonly name: KernelName;
  readonly args: KernelArgs;
}

/** Calls that run one after another on one thread. */
export interface Part {
  readonly calls: readonly Call[];
  /** About how many nanoseconds it takes one core. */
  readonly work: number;
}

export interface Phase {
  readonly parts: readonly Part[];
}

export interface Cutting {
  /** Nanoseconds below which handing over a part costs more than it gives. */
  readonly leastWork: number;
  readonly mostParts: number;
  /** The share of a call that may be done anew by its parts. */
  readonly mostAgain: number;
}

const USUAL: Cutting = { leastWork: 60_000, mostParts: 16, mostAgain: 0.06 };
/** Of a call nothing is known of. */
const SMALL = 2_000;

export function isCut(call: Call): boolean {
  return partsOf(call, USUAL) > 1;
}

/** Bytes that the parts of one call need at most for sums of their own. */
export function partialBytes(calls: readonly Call[], cutting: Cutting = USUAL): number {
  let most = 0;
  for (const call of calls) {
    const own = sumsOf(call).reduce((total, { elements }) => total + align(4 * elements), 0);
    most = Math.max(most, own * Math.max(0, partsOf(call, cutting) - 1));
  }
  return most;
}

/** `partials` is the address of partialBytes(calls) free bytes. */
export function arrange(calls: readonly Call[], partials: number, cutting: Cutting = USUAL): readonly Phase[] {
  const phases: Phase[] = [];
  let alone: Call[] = [];
  let work = 0;
  const together = () => {
    if (alone.length > 0) phases.push({ parts: [{ calls: alone, work }] });
    [alone, work] = [[], 0];
  };
  for (const call of calls) {
    const count = partsOf(call, cutting);
    if (count < 2) {
      alone.push(call);
      work += workOf(call);
      continue;
    }
    together();
    for (const phase of cutInto(call, count, { partials, cutting })) phases.push(phase);
  }
  together();
  return phases;
}

/** About how many nanoseconds a call takes one core. */
export function workOf({ name, args }: Call): number {
  return cuts[name]?.work(args) ?? SMALL;
}

function partsOf(call: Call, { leastWork, mostParts, mostAgain }: Cutting): number {
  const { name, args } = call;
  const cut = cuts[name];
  if (cut === undefined) return 1;
  const whole = Math.floor(cut.units(args) / (cut.grain?.(args) ?? 1));
  const again = cut.again?.(args) ?? 0;
  const cheap = again === 0 ? mostParts : Math.max(1, Math.floor((mostAgain * workOf(call)) / again));
  return Math.min(mostParts, whole, cheap, Math.floor(workOf(call) / leastWork));
}

function sumsOf({ name, args }: Call): { readonly param: string; readonly elements: number }[] {
  return Object.entries(cuts[name]?.sums?.(args) ?? {})
    .filter(([param]) => args[param] !== 0)
    .map(([param, elements]) => ({ param, elements }));
}

function cutInto(
  call: Call,
  count: number,
  { partials, cutting }: { readonly partials: number; readonly cutting: Cutting },
): Phase[] {
  const { name, args } = call;
  const cut = cuts[name];
  if (cut === undefined) return [];
  const grain = cut.grain?.(args) ?? 1;
  const whole = Math.ceil(cut.units(args) / grain);
  const bound = (i: number) => Math.min(cut.units(args), Math.round((i * whole) / count) * grain);
  const sums = sumsOf(call);
  const [parts, copies]: [Part[], Map<string, number[]>] = [[], new Map()];
  let free = partials;
  for (let i = 0; i < count; i++) {
    const own: Record<string, number> = {};
    // The first part sums where the result shall be.
    if (i > 0)
      for (const { param, elements } of sums) {
        own[param] = free;
        copies.set(param, [...(copies.get(param) ?? []), free]);
        free += align(4 * elements);
      }
    const part = { ...cut.part(args, bound(i), bound(i + 1) - bound(i)), ...own };
    parts.push({ calls: [{ name, args: part }], work: workOf({ name, args: part }) });
  }
  if (sums.length === 0) return [{ parts }];
  const added = sums.map(({ param, elements }) =>
    additions(args[param], { elements, terms: copies.get(param) ?? [], cutting }),
  );
  return [{ parts }, { parts: added.flat() }];
}

/** y += each of `terms`, in their order, which is the same for every element. */
function additions(
  y: number,
  {
    elements,
    terms,
    cutting,
  }: { readonly elements: number; readonly terms: readonly number[]; readonly cutting: Cutting },
): Part[] {
  const add = (b: number): Call => ({ name: 'binary', args: { ...SUM, d3: elements, a: y, b, y } });
  const calls = terms.map(add);
  const work = calls.reduce((total, call) => total + workOf(call), 0);
  const count = Math.max(
    1,
    Math.min(cutting.mostParts, Math.floor(work / cutting.leastWork), Math.floor(elements / 64)),
  );
  const bound = (i: number) => (i === count ? elements : Math.round((i * elements) / count / 16) * 16);
  return Array.from({ length: count }, (_, i) => {
    const [first, size] = [bound(i), bound(i + 1) - bound(i)];
    const own = calls.map(({ name, args }) => ({ name, args: cuts.binary?.part(args, first, size) ?? args }));
    return { calls: own, work: work / count };
  });
}

/** The elementwise sum of two contiguous runs; the code of `add` is 0. */
const SUM = { op: 0, d0: 1, d1: 1, d2: 1, a0: 0, a1: 0, a2: 0, a3: 1, b0: 0, b1: 0, b2: 0, b3: 1 };
