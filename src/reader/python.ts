// What the Python side gives back, and the port over which it is asked. Places are indices into one table.

import type { DType } from '../torch/ops.ts';
import type { Values } from '../torch/signature.ts';

/** CPython with the tracing torch: a request as JSON in, a `RawReading` as JSON out. */
export interface Python {
  run(request: string): string;
}

type PlaceIndex = number | null;

export interface RawProblem extends ReadonlyArray<unknown> {
  readonly 0: string;
  readonly 1: string;
  readonly 2: PlaceIndex;
}

export interface RawClass {
  readonly name: string;
  readonly place: PlaceIndex;
  readonly required: readonly string[];
  readonly usedBy: readonly string[];
}

export interface RawInit {
  readonly target: string;
  readonly args: Values;
  readonly place: PlaceIndex;
}

export interface RawTensor {
  readonly name: string;
  readonly kind: 'parameter' | 'buffer';
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly requires_grad: boolean;
  readonly persistent: boolean;
  readonly init: readonly RawInit[];
  readonly complex?: true;
}

export interface RawModule {
  readonly path: string;
  readonly class: string;
  readonly userClass?: string;
  readonly args: Values;
  readonly layer: boolean;
  readonly state: Readonly<Record<string, string | null>>;
  readonly place: PlaceIndex;
}

export interface RawNode {
  readonly name: string;
  readonly op: 'placeholder' | 'get_attr' | 'call_module' | 'call_function' | 'output';
  readonly target: string;
  readonly args: Values;
  readonly outputs: readonly (readonly [readonly number[], DType])[];
  readonly place: PlaceIndex;
  readonly stack: readonly number[];
  /** Why it is not exactly what the model does; null when it is. */
  readonly note: string | null;
}

export interface RawInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly batched: boolean;
}

export type RawTraces = readonly (readonly RawNode[])[];

export interface RawModel {
  readonly rootClass: string;
  readonly construct: string;
  readonly place: PlaceIndex;
  readonly inputs: readonly RawInput[];
  readonly modules: readonly RawModule[];
  readonly tensors: readonly RawTensor[];
  /** Numbers that tensors begin with, as float32 in base64; named by index. */
  readonly packed: readonly string[];
  /** For each mode the nodes at each size of `batches`; empty where forward could not be run. */
  readonly nodes: { readonly train?: RawTraces; readonly eval?: RawTraces | 'train' };
  /** Two sizes; one where the model takes no other. */
  readonly batches: readonly number[];
}

export interface RawReading {
  readonly classes: readonly RawClass[];
  readonly problems: readonly RawProblem[];
  readonly model: RawModel | null;
  readonly input: string;
  /** Path, line, column, end line, end column. */
  readonly places: readonly (readonly [string, number, number, number, number])[];
}
