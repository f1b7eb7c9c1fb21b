// From a cell to its plan, and the plan as people read it before it runs.

import { UserError } from '../base/errors.ts';
import type { Experiment, Sources } from './experiment.ts';
import { all } from './experiments/all.ts';
import type { DataSpec, Plan } from './plan.ts';
import type { DataChoice, ExperimentSpec } from './spec.ts';

export function planCell(spec: ExperimentSpec, sources: Sources): Plan {
  const experiment = (all as readonly Experiment[]).find(({ name }) => name === spec.kind);
  if (!experiment) throw new UserError('plan/kind', `There is no experiment \`${spec.kind}\`.`);
  return experiment.plan(spec, sources);
}

/** `bytes` of the file a cell names; null where it names none. */
export function dataOf(choice: DataChoice, bytes: Uint8Array | null): DataSpec {
  if (choice.kind !== 'file') return choice;
  if (!bytes) throw new UserError('plan/data', `The file \`${choice.file}\` could not be read.`);
  const name = choice.file.split(/[\\/]/).at(-1) ?? choice.file;
  return { kind: 'file', name, bytes, target: choice.target };
}

export function printPlan(plan: Plan): string {
  const { runs } = plan;
  const axes = new Map<string, Set<string>>();
  for (const run of runs) {
    for (const [axis, value] of Object.entries({ ...run.axes, seed: run.seed })) {
      const values = axes.get(axis) ?? new Set();
      axes.set(axis, values.add(String(value)));
    }
  }
  const steps = runs.reduce((sum, run) => sum + run.steps, 0);
  const samples = runs.reduce((sum, run) => sum + run.steps * run.batch, 0);
  const first = runs[0];
  const lines = [
    `${plan.title}`,
    `${runs.length} run${runs.length === 1 ? '' : 's'}: ${[...axes].map(([axis, values]) => `${axis} ${[...values].join(', ')}`).join(' × ')}`,
    `${group(steps)} steps and ${group(samples)} samples in all`,
  ];
  if (first) {
    const args = Object.entries(first.optimizer.args).filter(([name]) => !(name in first.axes));
    const list = args.map(([name, value]) => `${name}=${String(value)}`).join(', ');
    lines.push(`${first.optimizer.target}(${list}), data ${first.data.kind === 'digits' ? 'digits' : first.data.name}`);
  }
  return lines.join('\n');
}

function group(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
