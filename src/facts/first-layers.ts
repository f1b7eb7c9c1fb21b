// What a model does first with what it is given: whether its input goes into a layer with weights as it comes.

import type { Facts } from './facts.ts';
import { type ModuleGraph, readGraphs } from './graphs/graphs.ts';
import { isWeightedNode, normFamily } from './graphs/queries.ts';
import type { GraphNode } from './graphs/values.ts';
import { factoryOf } from './knowledge.ts';
import type { ObjectInfo } from './modes/objects.ts';

export type FirstStep =
  /** A convolution or linear layer, of the numbers as they come. */
  | 'weights'
  | 'norm'
  /** Something else, or it cannot be seen. */
  | 'other';

export function firstStepOf(model: ObjectInfo, facts: Facts): FirstStep {
  const graph = graphOf(model, facts);
  if (graph) return firstStep(graph);
  return model.type && /^torchvision\.models\.(?!detection|optical_flow)/.test(model.type) && factoryOf(model.type)
    ? 'weights'
    : 'other';
}

export function graphOf({ fact, origin }: ObjectInfo, facts: Facts): ModuleGraph | null {
  const graphs = facts.of(readGraphs);
  if (fact) return graphs.find((graph) => graph.fact === fact) ?? null;
  return (
    graphs.find(
      ({ root }) => root.kind === 'module' && root.module.kind === 'sequence' && root.module.call === origin,
    ) ?? null
  );
}

/** Everything that takes the first input must be of one kind. */
export function firstStep({ inputs }: ModuleGraph): FirstStep {
  const [input] = inputs;
  if (!input || input.escapes) return 'other';
  const kinds = new Set(takers(input, 0).map(kindOf));
  const [only] = kinds;
  return kinds.size === 1 && only ? only : 'other';
}

/** Through what changes the shape alone. */
function takers(node: GraphNode, depth: number): readonly GraphNode[] {
  if (depth > 6) return [];
  return node.consumers.flatMap((consumer) => (isReshape(consumer) ? takers(consumer, depth + 1) : [consumer]));
}

function isReshape({ op, name, escapes }: GraphNode): boolean {
  if (escapes) return false;
  if (op === 'layer') return /^torch\.nn\.(?:Flatten|Identity|Unflatten)$/.test(name);
  return (
    op === 'function' &&
    /^(?:view|reshape|flatten|permute|transpose|unsqueeze|squeeze|float|to|contiguous|cuda)$/.test(name)
  );
}

function kindOf(node: GraphNode): FirstStep {
  if (isWeightedNode(node)) return 'weights';
  return node.module && normFamily(node.module.type) ? 'norm' : 'other';
}
