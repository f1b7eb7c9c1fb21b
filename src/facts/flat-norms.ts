// BatchNorms that see one value of a channel per sample: 1d ones behind a Linear layer, and those behind a
// global pooling. A batch of one leaves them nothing to compute a variance from, and PyTorch refuses it.

import type { Facts } from './facts.ts';
import { behind, type NormNode, readNorms } from './graphs/queries.ts';
import type { GraphNode } from './graphs/values.ts';
import type { Training } from './loops.ts';
import type { Loader } from './modes/values.ts';

export interface LastBatch {
  readonly loader: Loader;
  readonly batch: number;
  /** How many samples the last batch has; null where the number of rows is not known. */
  readonly rest: number | null;
  readonly norm: NormNode;
}

/** Loaders of trainings that may end with one sample, for a model that cannot take it. */
export function readLastBatches(facts: Facts): readonly LastBatch[] {
  if (!/\bDataLoader\(/.test(facts.text) || !/BatchNorm/.test(facts.text)) return [];
  const found: LastBatch[] = [];
  for (const training of facts.loops.trainings) {
    const { loader, inEval } = training;
    const batch = loader?.batchSize;
    if (!loader?.keepsRest || !batch || batch < 2 || inEval || found.some((one) => one.loader === loader)) continue;
    const rest = loader.rows === null ? null : loader.rows % batch;
    if (rest !== null && rest !== 1) continue;
    const norm = normsOf(training, facts).find((one) => isFlat(one.node));
    if (norm) found.push({ loader, batch, rest, norm });
  }
  return found;
}

/** Those of the trained module's graph. */
function normsOf({ place, layers }: Training, facts: Facts): readonly NormNode[] {
  const fact = facts.modes.objects.get(place)?.fact;
  const calls = new Set(layers.map(({ call }) => call));
  return facts
    .of(readNorms)
    .filter(({ family, graph, module }) => family === 'batch' && (fact ? graph.fact === fact : calls.has(module.call)));
}

function isFlat(node: GraphNode): boolean {
  const [input] = node.inputs;
  if (!input) return false;
  const { axes, open } = input.shape;
  if (!open && axes.length >= 2) return axes.slice(2).every(({ size }) => size === 1);
  if (!node.name.endsWith('BatchNorm1d')) return false;
  return behind(node, ({ op, name }) => op === 'function' && name !== 'transpose')?.name === 'torch.nn.Linear';
}
