// Gives a session the tensors of a file by their names, as load_state_dict(strict=True) does: all of them or none.

import { UserError } from '../../base/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Weights, WeightTensor } from './weights.ts';

/** What wrappers put before every name. */
const PREFIXES = ['', 'module.', 'model.', '_orig_mod.', 'net.', 'state_dict.'];
const NAMED = 5;

/** By the graph's names; throws a UserError that lists what is missing, left over or of another shape. */
export function matchWeights(file: string, { tensors }: Weights, graph: Graph): ReadonlyMap<string, WeightTensor> {
  const names = namesOf(graph);
  const hits = (prefix: string) => [...names.keys()].filter((name) => tensors.has(prefix + name)).length;
  const prefix = PREFIXES.reduce((best, one) => (hits(one) > hits(best) ? one : best));
  const matched = new Map<string, WeightTensor>();
  const over: string[] = [];
  for (const [written, tensor] of tensors) {
    const name = names.get(written.slice(prefix.length));
    if (name !== undefined && written.startsWith(prefix)) matched.set(name, tensor);
    else if (!written.startsWith('#')) over.push(written);
  }
  const saved = graph.tensors.filter(({ persistent }) => persistent);
  // Files from before num_batches_tracked load without it, as in PyTorch.
  const missing = saved.filter(({ name }) => !matched.has(name) && !name.endsWith('num_batches_tracked'));
  const problems = saved.flatMap(({ name, shape }) => {
    const found = matched.get(name);
    if (found === undefined || fits(found.shape, shape)) return [];
    return [`\`${name}\` is (${found.shape.join(', ')}) in the file and (${shape.join(', ')}) in the model`];
  });
  if (missing.length > 0) problems.push(`the file lacks ${some(missing.map(({ name }) => name))}`);
  if (over.length > 0) problems.push(`the model has no ${some(over)}`);
  if (problems.length === 0) return matched;
  throw new UserError(
    'weights/mismatch',
    `The weights of \`${file}\` are not this model's: ${problems.slice(0, NAMED).join('; ')}.`,
  );
}

/** Every name state_dict has, to the graph's: a shared tensor has several. */
function namesOf({ tensors, modules }: Graph): ReadonlyMap<string, string> {
  const names = new Map(tensors.map(({ name }) => [name, name]));
  for (const { path, state } of modules)
    for (const [attribute, name] of Object.entries(state))
      if (name !== null) names.set(path === '' ? attribute : `${path}.${attribute}`, name);
  return names;
}

/** A scalar of shape () is a vector of one where a format has no scalars. */
function fits(found: readonly number[], wanted: readonly number[]): boolean {
  if (found.length === wanted.length) return found.every((size, i) => size === wanted[i]);
  const one = (shape: readonly number[]) => shape.every((size) => size === 1) && shape.length <= 1;
  return one(found) && one(wanted);
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => `\`${name}\``);
  return `${shown.join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;
}
