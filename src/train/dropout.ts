// A graph without its dropout: what remains of the difference between the modes is normalization's.

import type { Graph, GraphNode, ModuleInfo } from '../graph/graph.ts';

const isDropoutModule = ({ class: name, args }: ModuleInfo) =>
  /^torch\.nn\.\w*Dropout\w*$/.test(name) && args['p'] !== 0;
const isDropoutCall = ({ op, target, args }: GraphNode) =>
  op === 'call_function' && /^torch\.(nn\.functional\.)?\w*dropout\w*$/.test(target) && args['p'] !== 0;

export function hasDropout(graph: Graph): boolean {
  return graph.modules.some(isDropoutModule) || graph.train.some(isDropoutCall);
}

export function withoutDropout(graph: Graph): Graph {
  const zero = <T extends { readonly args: GraphNode['args'] }>(thing: T): T => ({
    ...thing,
    args: { ...thing.args, p: 0 },
  });
  return {
    ...graph,
    modules: graph.modules.map((module) => (isDropoutModule(module) ? zero(module) : module)),
    train: graph.train.map((node) => (isDropoutCall(node) ? zero(node) : node)),
  };
}
