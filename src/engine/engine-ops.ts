import type { Ops } from '../torch/ops.ts';
import { all } from './ops/all.ts';
import type { Builder, Value } from './values.ts';

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/** Every family's ops in one table. */
export function engineOps(builder: Builder): Ops<Value> {
  const table = Object.assign({}, ...all.map((family) => family.ops(builder))) as Intersection<
    ReturnType<(typeof all)[number]['ops']>
  >;
  return { type: (x) => x, ...table };
}
