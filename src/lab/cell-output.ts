// What a cell shows: the plan, what has been measured so far, expectations, and what it takes to make it again.

import { checkExpectations } from './expect.ts';
import { dataHash, planHash } from './hash.ts';
import type { CellOutput } from './output.ts';
import type { Plan, RunResult } from './plan.ts';

export interface OutputQuestion {
  readonly cell: string;
  readonly plan: Plan;
  readonly measure: readonly string[];
  readonly expect: readonly string[];
  readonly results: readonly RunResult[];
  readonly state: CellOutput['state'];
  readonly message: string;
  /** The product's version; its engine makes the numbers. */
  readonly version: string;
  /** `fused`, `simd` or `reference`, as the session names it; empty while it is not known. */
  readonly backend: string;
}

export function toCellOutput(question: OutputQuestion): CellOutput {
  const { cell, plan, measure, expect, results, state, message } = question;
  const runs = plan.runs.map(({ id, axes, seed, steps }) => ({ id, axes, seed, steps }));
  return {
    version: 1,
    cell,
    title: plan.title,
    axes: axesOf(plan),
    measures: measure,
    runs,
    results: inPlanOrder(plan, results),
    expectations: checkExpectations(expect, runs, results),
    state,
    message,
    provenance: provenance(question),
  };
}

/** Every axis with its values in the order they first come. */
export function axesOf(plan: Plan): Readonly<Record<string, readonly (string | number)[]>> {
  const axes: Record<string, (string | number)[]> = {};
  for (const run of plan.runs) {
    for (const [axis, value] of Object.entries(run.axes)) {
      const values = axes[axis] ?? [];
      axes[axis] = values;
      if (!values.includes(value)) values.push(value);
    }
  }
  return axes;
}

/** Results may end in any order; what is stored does not depend on it. */
function inPlanOrder(plan: Plan, results: readonly RunResult[]): readonly RunResult[] {
  const byRun = new Map(results.map((result) => [result.run, result]));
  return plan.runs.flatMap((run) => byRun.get(run.id) ?? []);
}

function provenance({ plan, version, backend }: OutputQuestion): Readonly<Record<string, string>> {
  const seeds = [...new Set(plan.runs.map((run) => run.seed))];
  const data = [...new Set(plan.runs.map((run) => `${dataName(run.data)} ${dataHash(run.data)}`))];
  return {
    seeds: seeds.join(', '),
    engine: `Norm Lab ${version}`,
    ...(backend === '' ? {} : { kernels: backend }),
    specification: planHash(plan),
    data: data.join(', '),
  };
}

function dataName(data: Plan['runs'][number]['data']): string {
  return data.kind === 'digits' ? 'digits' : data.name;
}

/** Stored results of another specification are shown greyed, and say so. */
export function markStale(output: CellOutput, hash: string): CellOutput {
  if (output.provenance['specification'] === hash) return output;
  return { ...output, state: 'stale', message: 'The cell has changed since these results were made; run it again.' };
}
