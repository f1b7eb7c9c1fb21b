// A family of ops: forward and backward side by side, and samples on which every op of the family is checked
// by finite differences and against every backend. Output types come from torch/shape.ts.

import type { Ops, TensorType } from '../../torch/ops.ts';
import type { Builder, Value } from '../values.ts';

/** Inputs of `run`: a shape draws normal numbers; `low`–`high` draws uniform ones, or integers for int64 and bool. */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly dtype?: TensorType['dtype'];
  readonly low?: number;
  readonly high?: number;
}

export interface Sample {
  readonly name: string;
  readonly inputs: readonly (readonly number[] | SampleInput)[];
  /** How far fast kernels may be off, relative to the largest number, where that is more than usual. */
  readonly tolerance?: number;
  run(ops: Ops<Value>, inputs: readonly Value[]): Value;
}

export interface Family<F extends Partial<Ops<Value>> = Partial<Ops<Value>>> {
  readonly name: string;
  ops(builder: Builder): F;
  readonly samples: readonly Sample[];
}

export function family<F extends Partial<Ops<Value>>>(definition: Family<F>): Family<F> {
  return definition;
}
