// How a kernel's call may be cut into calls that write disjoint memory. Where to cut depends on sizes alone, and
// the cut is made with one thread too, so that a result never depends on how many threads there are. A kernel
// that is not here runs whole.

import type { KernelName, kernels } from './all.ts';
import type { KernelArgs, KernelParams } from './kernel.ts';

export interface Cut<P extends KernelParams = KernelParams> {
  /** About how many nanoseconds one core takes for it. */
  work(args: KernelArgs<P>): number;
  /** What can be shared out; 1 where nothing can. */
  units(args: KernelArgs<P>): number;
  /** Of `work`, what every part does anew. */
  again?(args: KernelArgs<P>): number;
  /** Units that stay together. */
  grain?(args: KernelArgs<P>): number;
  /** The call for `count` units from `first` on. */
  part(args: KernelArgs<P>, first: number, count: number): KernelArgs;
  /** Results that every part adds to, with their elements: parts get their own, which are summed afterwards. */
  sums?(args: KernelArgs<P>): Readonly<Record<string, number>>;
}

export type ParamsOf<N extends KernelName> = (typeof kernels)[N]['params'];

/** A call over `size` units; `strides` are the elements between two of them, by address. */
interface Rows<N extends KernelName> {
  readonly size: keyof ParamsOf<N> & string;
  strides(args: KernelArgs<ParamsOf<N>>): { readonly [K in keyof ParamsOf<N>]?: number };
  /** About how many nanoseconds one unit takes. */
  work(args: KernelArgs<ParamsOf<N>>): number;
  again?(args: KernelArgs<ParamsOf<N>>): number;
  grain?(args: KernelArgs<ParamsOf<N>>): number;
  sums?(args: KernelArgs<ParamsOf<N>>): Readonly<Record<string, number>>;
}

export function rows<N extends KernelName>({ size, strides, work, again, grain, sums }: Rows<N>): Cut<ParamsOf<N>> {
  return {
    work: (args) => args[size] * work(args),
    units: (args) => args[size],
    part: (args, first, count) => ({ ...args, [size]: count, ...moved(args, strides(args), first) }),
    ...(again === undefined ? {} : { again }),
    ...(grain === undefined ? {} : { grain }),
    ...(sums === undefined ? {} : { sums }),
  };
}

/** The addresses `first` units on; what is absent stays so. */
export function moved(
  args: KernelArgs,
  strides: Readonly<Record<string, number | undefined>>,
  first: number,
): KernelArgs {
  const at: Record<string, number> = {};
  for (const [name, stride = 0] of Object.entries(strides))
    at[name] = args[name] === 0 ? 0 : args[name] + 4 * stride * first;
  return at;
}
