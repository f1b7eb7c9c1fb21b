// A kernel is a function over one linear memory: numbers in, nothing out. What is written here and beside is
// the specification, in plain loops with sums in double precision; kernels/wasm has the fast ones under the
// same names and parameters. An address is a byte offset in the instruction list and an element's index here;
// 0 stands for an absent tensor.

export type Kind = 'address' | 'int' | 'float';
export const address = 'address';
export const int = 'int';
export const float = 'float';

/** Two views of one memory. A float64 `f` beside its own `i` runs the same program in double precision. */
export interface Memory {
  readonly f: Float32Array | Float64Array;
  readonly i: Int32Array;
}

export type KernelParams = Readonly<Record<string, Kind>>;
export type KernelArgs<P extends KernelParams = KernelParams> = { readonly [K in keyof P]: number };

export interface Kernel<P extends KernelParams = KernelParams> {
  /** In the order of the instruction's words. */
  readonly params: P;
  run(memory: Memory, args: KernelArgs<P>): void;
}

export function kernel<const P extends KernelParams>(
  params: P,
  run: (memory: Memory, args: KernelArgs<P>) => void,
): Kernel<P> {
  return { params, run };
}
