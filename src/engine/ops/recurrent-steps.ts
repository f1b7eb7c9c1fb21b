// Where a recurrent layer's tensors lie at each step in time, and the instructions its lowering is made of.

import type { RecurrentInputs, RecurrentMode } from '../../torch/ops.ts';
import { gemmPacked, gemmScratch } from '../kernels/gemm.ts';
import type { Emit, Value } from '../values.ts';
import { contiguousCopy } from './elementwise.ts';

export interface Layout {
  readonly mode: RecurrentMode;
  readonly reverse: boolean;
  /** Steps in time; sequences; hidden units; units of the state after its projection; gates · h. */
  readonly steps: number;
  readonly n: number;
  readonly h: number;
  readonly p: number;
  readonly width: number;
}

/** What the forward pass keeps for the gradient. */
export interface Saved {
  readonly y: Value;
  /** Activated; an LSTM's and a GRU's. */
  readonly gates: Value | null;
  /** An LSTM's cell states; of a GRU what the state before gives to n. */
  readonly cells: Value | null;
  /** o tanh(c) of an LSTM that projects it. */
  readonly unprojected: Value | null;
}

export function layoutOf(
  { x, weight_hh, weight_hr }: RecurrentInputs<Value>,
  { mode, reverse }: { readonly mode: RecurrentMode; readonly reverse: boolean },
): Layout {
  const [steps, n, width] = x.shape;
  const p = weight_hh.shape[1];
  return { mode, reverse, steps, n, h: weight_hr === null ? p : weight_hr.shape[1], p, width };
}

/** The steps in time as the layer goes through them. */
export function timesOf({ steps, reverse }: Layout): number[] {
  return Array.from({ length: steps }, (_, i) => (reverse ? steps - 1 - i : i));
}

/** The step in time before `t`; null where the layer begins. */
export function before({ steps, reverse }: Layout, t: number): number | null {
  const last = reverse ? t + 1 : t - 1;
  return last < 0 || last >= steps ? null : last;
}

/** Byte address of a tensor (T, N, size) at `t`; 0 for an absent tensor. */
export function at(emit: Emit, { n }: Layout, value: Value | null, t: number): number {
  return value === null ? 0 : emit.at(value) + 4 * t * n * value.shape[2];
}

/** Byte address of the state the layer comes to `t` with; 0 where that is zero. */
export function stateBefore(
  emit: Emit,
  layout: Layout,
  states: Value | null,
  initial: Value | null,
  t: number,
): number {
  const last = before(layout, t);
  return last === null ? emit.at(initial) : at(emit, layout, states, last);
}

/** Scratch memory cut to pieces: byte addresses from `start`, and the elements of all. */
export function scratchOf(layout: Layout, start: number) {
  const { steps, n, h, p, width } = layout;
  const products = [
    gemmScratch(n, width, p),
    gemmScratch(n, p, width),
    gemmScratch(n, p, h),
    gemmScratch(n, h, p),
    gemmScratch(width, p, steps * n),
    gemmScratch(p, h, steps * n),
  ];
  let elements = 0;
  const piece = (count: number) => {
    const address = start + 4 * elements;
    elements += Math.ceil(count / 16) * 16;
    return address;
  };
  const pieces = {
    gemm: piece(Math.max(...products)),
    /** (N, G·H) */
    product: piece(n * width),
    /** weight_hh as the products read it, or a gradient of its shape. */
    weight: piece(Math.max(gemmPacked(width, p), gemmPacked(p, width))),
    /** The states of all steps as the weights' gradient reads them. */
    states: piece(gemmPacked(p, steps * n)),
    /** (N, P) */
    state: piece(n * p),
    /** (N, H) */
    carry: piece(n * h),
    /** (N, H) */
    hidden: piece(n * h),
  };
  return { ...pieces, elements };
}

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly a_transposed?: boolean;
  readonly b: number;
  readonly b_transposed?: boolean;
  readonly b_packed?: boolean;
  readonly c: number;
  readonly bias?: number;
  readonly scratch: number;
}

/** c (m, n) = op(a) op(b) + bias, of byte addresses. */
export function product(emit: Emit, { a_transposed = false, b_transposed = false, ...others }: Product): void {
  const { b_packed = false, bias = 0, ...rest } = others;
  emit.kernel('gemm', {
    ...rest,
    batch: 1,
    lda: a_transposed ? rest.m : rest.k,
    ldb: b_transposed ? rest.k : rest.n,
    ldc: rest.n,
    a_stride: 0,
    a_transposed: Number(a_transposed),
    b_stride: 0,
    b_transposed: Number(b_transposed),
    b_packed: Number(b_packed),
    bias,
    alpha: 1,
    relu: 0,
    accumulate: 0,
  });
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly x: number;
  readonly y: number;
}

/** Every row of y (rows, columns) is x. */
export function repeatRows(emit: Emit, { rows, columns, x, y }: Matrix): void {
  emit.kernel('copy', { ...contiguousCopy({ n: columns, x, y }), d4: rows, y4: columns });
}

/** y = a + b, of n numbers. */
export function addUp(
  emit: Emit,
  n: number,
  { a, b, y }: { readonly a: number; readonly b: number; readonly y: number },
) {
  const strides = { a0: 0, a1: 0, a2: 0, a3: 1, b0: 0, b1: 0, b2: 0, b3: 1 };
  emit.kernel('binary', { op: 0, d0: 1, d1: 1, d2: 1, d3: n, a, b, y, ...strides });
}
