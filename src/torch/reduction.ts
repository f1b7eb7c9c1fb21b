// PyTorch's deprecated pair (size_average, reduce) still decides where either is given.

import type { Reduction } from './compose/loss.ts';
import type { Value } from './signature.ts';

export interface WithReduction {
  readonly size_average: Value;
  readonly reduce: Value;
  readonly reduction: Reduction;
}

export function reductionOf({ size_average, reduce, reduction }: WithReduction): Reduction {
  if (size_average === null && reduce === null) return reduction;
  if (reduce === false) return 'none';
  return size_average === false ? 'sum' : 'mean';
}
