// The product of a cell's axes as a plan's runs. An axis with one value is an axis too: expectations name it.

import { UserError } from '../base/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { withNorm } from '../graph/variants.ts';
import type { Recipe } from '../torch/optim/recipe.ts';
import type { Sources } from './experiment.ts';
import { buildFamily } from './families.ts';
import type { Plan, RunSpec } from './plan.ts';
import type { ExperimentSpec, NormName } from './spec.ts';

export function combinations(spec: ExperimentSpec, sources: Sources, observers: readonly string[]): Plan {
  const norms: readonly (NormName | null)[] = spec.norm.length > 0 ? spec.norm : [null];
  const base = baseGraph(spec, sources);
  const options = spec.groups === null ? {} : { groups: spec.groups };
  const graphs = norms.map((norm) => (norm === null ? base : withNorm(base, norm, options)));
  const runs = norms.flatMap((norm, graph) =>
    spec.batch.flatMap((batch) =>
      spec.accumulate.flatMap((accumulate) =>
        spec.lr.flatMap((lr) =>
          spec.seeds.map((seed) =>
            makeRun(spec, { norm, graph, batch, accumulate, lr, seed, data: sources.data, observers }),
          ),
        ),
      ),
    ),
  );
  return { version: 1, title: spec.title || defaultTitle(spec), graphs, runs };
}

interface Combination extends Pick<RunSpec, 'graph' | 'batch' | 'seed' | 'data' | 'observers'> {
  readonly norm: NormName | null;
  readonly accumulate: number;
  readonly lr: number;
}

function makeRun(spec: ExperimentSpec, { norm, accumulate, lr, ...run }: Combination): RunSpec {
  const { batch, seed } = run;
  const axes = {
    ...(norm === null ? {} : { norm }),
    batch,
    ...(spec.accumulate.length > 1 ? { accumulate } : {}),
    ...(spec.lr.length > 1 ? { lr } : {}),
  };
  const id = Object.entries({ ...axes, seed }).map(([axis, value]) => `${axis}=${value}`);
  const optimizer = { target: spec.optimizer.target, args: { ...spec.optimizer.args, lr } };
  const recipe: Recipe = { ...spec.recipe, ...(accumulate > 1 ? { accumulate } : {}) };
  const made = { ...run, id: id.join(','), axes, steps: stepsOf(spec, batch * accumulate), optimizer };
  return { ...made, ...(Object.keys(recipe).length > 0 ? { recipe } : {}), loss: 'auto' };
}

function baseGraph({ model }: ExperimentSpec, { graph, data }: Sources): Graph {
  if (model.kind === 'family') return buildFamily(model, data);
  if (!graph) throw new UserError('plan/model', `The model of \`${model.file}\` could not be read.`);
  return graph;
}

/** A budget of samples is the same number of rows for every batch size, so small batches make more steps. */
function stepsOf({ budget }: ExperimentSpec, batch: number): number {
  return budget.kind === 'steps' ? budget.amount : Math.ceil(budget.amount / batch);
}

function defaultTitle({ kind, model }: ExperimentSpec): string {
  const name =
    model.kind === 'file' ? (model.construct ?? model.file) : `${model.family} ${model.depth}×${model.width}`;
  return kind === 'observe' ? `Observe ${name}` : `Sweep of ${name}`;
}
