// A graph as the Observatory's header and layer list show it.

import type { Graph, TensorInfo } from '../graph/graph.ts';
import type { LayerView, ModelView } from '../protocol/messages.ts';

export function modelView(graph: Graph, choices: readonly string[]): ModelView {
  return {
    name: graph.rootClass,
    path: graph.path,
    place: graph.place,
    parameters: graph.tensors.filter(isParameter).reduce((sum, tensor) => sum + size(tensor), 0),
    layers: layerViews(graph),
    fidelity: fidelity(graph),
    choices,
  };
}

/** In the order of the forward pass; layers that are never called come last. */
function layerViews(graph: Graph): LayerView[] {
  const tensors = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]));
  const order = graph.train.filter(({ op }) => op === 'call_module');
  const rank = new Map(order.map(({ target }, i) => [target, i]));
  const place = (path: string) => rank.get(path) ?? order.length;
  return graph.modules
    .filter(({ layer }) => layer)
    .sort((a, b) => place(a.path) - place(b.path))
    .map((module) => ({
      path: module.path,
      class: module.class,
      place: module.place,
      parameters: Object.values(module.state)
        .flatMap((name) => (name === null ? [] : (tensors.get(name) ?? [])))
        .filter(isParameter)
        .reduce((sum, tensor) => sum + size(tensor), 0),
      shape: order.find(({ target }) => target === module.path)?.outputs[0]?.shape ?? [],
    }));
}

function fidelity(graph: Graph): ModelView['fidelity'] {
  const counted = graph.train.filter(({ op }) => op === 'call_module' || op === 'call_function');
  const count = (wanted: string) => counted.filter((node) => node.fidelity === wanted).length;
  return { exact: count('exact'), approximated: count('approximated'), skipped: count('skipped') };
}

function isParameter({ kind }: TensorInfo): boolean {
  return kind === 'parameter';
}

function size({ shape }: TensorInfo): number {
  return shape.reduce((product, length) => product * length, 1);
}
