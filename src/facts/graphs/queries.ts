// What rules ask of module graphs: the norms of a file, what stands before and behind a node, how to name it.

import type { Facts } from '../facts.ts';
import { type ModuleGraph, readGraphs } from './graphs.ts';
import { type GraphNode, type LayerModule, numberOf, type Value } from './values.ts';

export type NormFamily = 'batch' | 'instance' | 'group' | 'layer';

export interface NormNode {
  readonly graph: ModuleGraph;
  readonly node: GraphNode;
  readonly module: LayerModule;
  readonly family: NormFamily;
}

/** Every use of a norm of torch.nn in a forward() of the file. */
export function readNorms(facts: Facts): readonly NormNode[] {
  if (!/Norm(?:[123]d)?\b/.test(facts.text)) return [];
  return facts.of(readGraphs).flatMap((graph) =>
    graph.nodes.flatMap((node): NormNode[] => {
      const family = node.module && normFamily(node.module.type);
      return family && node.module ? [{ graph, node, module: node.module, family }] : [];
    }),
  );
}

export function normFamily(type: string): NormFamily | null {
  const match = /^torch\.nn\.(?:Lazy)?(?:Sync)?(Batch|Instance|Group|Layer|RMS)Norm(?:[123]d)?$/.exec(type);
  switch (match?.[1]) {
    case 'Batch':
      return 'batch';
    case 'Instance':
      return 'instance';
    case 'Group':
      return 'group';
    case 'Layer':
    case 'RMS':
      return 'layer';
    default:
      return null;
  }
}

/** `` `BatchNorm2d` `` or, where it has a name, `` `bn1` ``. */
export function nameOfLayer({ type, path }: LayerModule): string {
  return `\`${path || bareName(type)}\``;
}

/** `BatchNorm2d` of `torch.nn.BatchNorm2d`. */
export function bareName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

/** Backward through nodes that pass, while each has one input and one taker. */
export function behind(node: GraphNode, passes: (node: GraphNode) => boolean): GraphNode | null {
  let at = onlyInput(node);
  while (at && passes(at)) at = onlyInput(at);
  return at;
}

/** What goes in, where it goes nowhere else. */
export function onlyInput(node: GraphNode): GraphNode | null {
  const [input] = node.inputs;
  return node.inputs.length === 1 && input?.consumers.length === 1 && !input.escapes ? input : null;
}

/** Who takes it, where nobody else does. */
export function onlyConsumer(node: GraphNode): GraphNode | null {
  const [consumer] = node.consumers;
  return node.consumers.length === 1 && consumer && !node.escapes ? consumer : null;
}

/** Neither changes values nor order. */
export function isTransparent({ op, name }: GraphNode): boolean {
  return (
    (op === 'layer' && name === 'torch.nn.Identity') || (op === 'function' && /^(?:contiguous|clone|to)$/.test(name))
  );
}

/** The rectifier, sigmoid or tanh a node is: `relu`; null for anything else. */
export function activationIn({ op, name }: GraphNode): string | null {
  if (op !== 'layer' && op !== 'function') return null;
  const bare = bareName(name).toLowerCase().replace(/_$/, '').replace('leaky_relu', 'leakyrelu');
  return /^(?:relu6?|leakyrelu|prelu|rrelu|elu|celu|selu|gelu|silu|mish|tanh|sigmoid|softplus|hardswish|hardtanh|hardsigmoid)$/.test(
    bare,
  )
    ? bare
    : null;
}

/** Linear or convolutional. */
export function isWeightedNode({ op, name }: GraphNode): boolean {
  return op === 'layer' && /^torch\.nn\.(?:Linear|Bilinear|Conv(?:Transpose)?[123]d)$/.test(name);
}

export function isDefaultValue(value: Value | undefined): boolean {
  return value?.kind === 'plain' && value.isDefault;
}

/** A whole number above zero that an argument is. */
export function countOf(value: Value | undefined): number | null {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number > 0 ? number : null;
}

/** One of each constructor, in the order of the file. */
export function oncePerLayer<T extends { readonly module: LayerModule }>(items: readonly T[]): readonly T[] {
  const seen = new Set<number>();
  return items.filter(({ module }) => !seen.has(module.call.start) && seen.add(module.call.start));
}
