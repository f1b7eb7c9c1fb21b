// Tensors seen by unit: which dimension counts the units of a layer.

import type { Graph } from '../graph/graph.ts';
import { layersOf } from './layers.ts';
import type { Layer } from './observer.ts';

/** How many units, and how many values each has. */
export function unitsOf(shape: readonly number[], dim: number): { units: number; count: number } {
  const units = shape[dim] ?? 1;
  return { units, count: shape.reduce((product, n) => product * n, 1) / units };
}

const CHANNELS_FIRST = /\.(Conv|LazyConv|BatchNorm|LazyBatchNorm|InstanceNorm|GroupNorm|MaxPool|AvgPool)/;
const CHANNELS_LAST = /\.(Linear|LazyLinear|LayerNorm|RMSNorm|Embedding|MultiheadAttention)/;

/** Dimension 1 after convolutions, the last after linear layers: the nearest layer above decides. */
export function unitDimension(graph: Graph, layer: Layer): number {
  const rank = graph.train.find(({ name }) => name === layer.node)?.outputs[0]?.shape.length ?? 2;
  if (rank <= 2) return rank - 1;
  const byNode = new Map(layersOf(graph).map((one) => [one.node, one]));
  const inputs = new Map(
    graph.train.map((node) => [
      node.name,
      Object.values(node.args).flatMap((value) =>
        value !== null && typeof value === 'object' && 'node' in value ? [String(value['node'])] : [],
      ),
    ]),
  );
  let node: string | undefined = layer.node;
  while (node !== undefined) {
    const name = byNode.get(node)?.class ?? '';
    if (CHANNELS_FIRST.test(name)) return 1;
    if (CHANNELS_LAST.test(name)) return rank - 1;
    node = inputs.get(node)?.[0];
  }
  return rank === 3 ? 2 : 1;
}
