// Every convolution's weight standardized before each call.

import type { Graph, GraphNode } from './graph.ts';

const FUNCTION = 'lab.weight_standardization';
const CONVOLUTION = /^torch\.nn\.Conv[123]d$/;

export function withStandardizedWeights(graph: Graph): Graph {
  const weights = new Map(
    graph.modules
      .filter((module) => CONVOLUTION.test(module.class))
      .flatMap(({ path, state }): [string, string][] => {
        const weight = state['weight'] ?? null;
        return weight === null ? [] : [[path, weight]];
      }),
  );
  const before = (node: GraphNode): readonly GraphNode[] => {
    const weight = node.op === 'call_module' ? weights.get(node.target) : undefined;
    const tensor = graph.tensors.find(({ name }) => name === weight);
    // A weight that is computed already, as by weight_norm, stays so.
    if (tensor === undefined || node.args['weight'] !== undefined) return [node];
    const type = { shape: tensor.shape, dtype: tensor.dtype };
    const [own, made] = [`${node.name}_weight`, `${node.name}_standardized`];
    const common = { ...node, outputs: [type] };
    return [
      { ...common, name: own, op: 'get_attr', target: tensor.name, args: {} },
      { ...common, name: made, op: 'call_function', target: FUNCTION, args: { weight: { node: own } } },
      { ...node, args: { ...node.args, weight: { node: made } } },
    ];
  };
  return { ...graph, train: graph.train.flatMap(before), eval: graph.eval.flatMap(before) };
}
