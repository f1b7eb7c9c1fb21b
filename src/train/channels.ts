// Tensors seen by unit: which dimension counts the units of a layer, and sums over all others.

import type { Graph } from '../graph/graph.ts';
import { layersOf } from './layers.ts';
import type { Layer } from './observer.ts';

export interface Activation {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Mean and unbiased variance of each channel of (N, C) or (N, C, …). */
export function channelMoments({ shape, data }: Activation, dim = 1): { mean: Float64Array; variance: Float64Array } {
  const { units, count } = unitsOf(shape, dim);
  const mean = new Float64Array(units);
  const variance = new Float64Array(units);
  eachUnit(shape, dim, (i, unit) => {
    mean[unit] = (mean[unit] as number) + (data[i] as number);
  });
  for (let unit = 0; unit < units; unit++) mean[unit] = (mean[unit] as number) / count;
  eachUnit(shape, dim, (i, unit) => {
    variance[unit] = (variance[unit] as number) + ((data[i] as number) - (mean[unit] as number)) ** 2;
  });
  for (let unit = 0; unit < units; unit++) variance[unit] = (variance[unit] as number) / Math.max(count - 1, 1);
  return { mean, variance };
}

/** How many units, and how many values each has. */
export function unitsOf(shape: readonly number[], dim: number): { units: number; count: number } {
  const units = shape[dim] ?? 1;
  return { units, count: shape.reduce((product, n) => product * n, 1) / units };
}

export function eachUnit(shape: readonly number[], dim: number, visit: (index: number, unit: number) => void): void {
  const units = shape[dim] ?? 1;
  const inner = shape.slice(dim + 1).reduce((product, n) => product * n, 1);
  const total = shape.reduce((product, n) => product * n, 1);
  for (let start = 0, unit = 0; start < total; start += inner) {
    for (let i = start; i < start + inner; i++) visit(i, unit);
    unit = unit + 1 === units ? 0 : unit + 1;
  }
}

const CHANNELS_FIRST = /\.(Conv|LazyConv|BatchNorm|LazyBatchNorm|InstanceNorm|GroupNorm|MaxPool|AvgPool)/;
const CHANNELS_LAST = /\.(Linear|LazyLinear|LayerNorm|RMSNorm|Embedding|MultiheadAttention)/;

/** Dimension 1 after convolutions, the last after linear layers: the nearest layer above decides. */
export function unitDimension(graph: Graph, layer: Layer, rank: number): number {
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
