// The types of a graph's values at any batch size: every node's forward run on shapes. What does not fit is
// a problem with the node's place, and ends the inference; the types found before it stand.

import { UserError } from '../base/errors.ts';
import { leaves } from '../torch/layer.ts';
import { findFunction, findLayer, functionOutput, layerOutput } from '../torch/lookup.ts';
import type { Ops, TensorType } from '../torch/ops.ts';
import { isNodeRef, resolveBatches, type Value } from '../torch/signature.ts';
import type { Graph, GraphNode, GraphProblem } from './graph.ts';

export interface InferOptions {
  readonly batch: number;
  readonly mode: 'train' | 'eval';
  /** Shape arithmetic, or what watches it. */
  readonly ops?: Ops<TensorType>;
}

export interface InferredShapes {
  /** By node; one type for each of its outputs. */
  readonly types: ReadonlyMap<string, readonly TensorType[]>;
  /** What the output node returns, in order. */
  readonly outputs: readonly TensorType[];
  readonly problem: (GraphProblem & { readonly node: string }) | null;
}

export function inferShapes(graph: Graph, options: InferOptions): InferredShapes {
  const types = new Map<string, readonly TensorType[]>();
  let outputs: readonly TensorType[] = [];
  for (const node of graph[options.mode]) {
    try {
      if (node.op === 'output') outputs = references(node.args['output'] ?? null, types);
      else types.set(node.name, nodeTypes(graph, node, types, options));
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
      const problem = { code: cause.code, message: cause.message, place: node.place, node: node.name };
      return { types, outputs, problem };
    }
  }
  return { types, outputs, problem: null };
}

function nodeTypes(
  graph: Graph,
  node: GraphNode,
  types: ReadonlyMap<string, readonly TensorType[]>,
  { batch, mode, ops }: InferOptions,
): readonly TensorType[] {
  const args = resolveBatches(node.args, batch);
  const training = mode === 'train';
  switch (node.op) {
    case 'placeholder':
      return [inputType(graph, node, batch)];
    case 'get_attr': {
      const found = graph.tensors.find(({ name }) => name === node.target);
      if (found === undefined) throw new RangeError(`The graph has no tensor ${node.target}.`);
      return [{ shape: found.shape, dtype: found.dtype }];
    }
    case 'call_module': {
      const module = graph.modules.find(({ path }) => path === node.target);
      if (module === undefined) throw new RangeError(`The graph has no module ${node.target}.`);
      const layer = findLayer(module.class);
      if (layer === null) throw new UserError('torch/unknown-layer', `The layer \`${module.class}\` is not known.`);
      const given = resolveBatches(module.args, batch);
      return leaves(layerOutput(layer, given, args, Object.fromEntries(types), training, ops));
    }
    case 'call_function': {
      const found = findFunction(node.target);
      if (found === null)
        throw new UserError('torch/unknown-function', `The function \`${node.target}\` is not known.`);
      return leaves(functionOutput(found.fn, args, Object.fromEntries(types), training, ops));
    }
    case 'output':
      return [];
    default:
      return node.op satisfies never;
  }
}

function inputType(graph: Graph, node: GraphNode, batch: number): TensorType {
  const input = graph.inputs.find(({ name }) => name === node.target);
  if (input === undefined) throw new RangeError(`The graph has no input ${node.target}.`);
  const { shape, dtype, batched } = input;
  return { shape: batched ? [batch, ...shape.slice(1)] : shape, dtype };
}

function references(value: Value, types: ReadonlyMap<string, readonly TensorType[]>): TensorType[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isNodeRef(value)) {
    const type = types.get(value.node)?.[value.index ?? 0];
    return type === undefined ? [] : [type];
  }
  return Object.values(value).flatMap((item) => references(item, types));
}
