// The layers of a graph in the order they are computed, as observers and people count them.

import type { Graph, GraphNode, ModuleInfo } from '../graph/graph.ts';
import type { NodeRef, Value } from '../torch/signature.ts';
import type { Layer } from './observer.ts';

/** Functions that are layers in all but name. */
const ACTIVATIONS = new Set(
  [
    'relu',
    'relu6',
    'leaky_relu',
    'elu',
    'selu',
    'celu',
    'gelu',
    'silu',
    'mish',
    'hardswish',
    'hardsigmoid',
    'hardtanh',
    'softplus',
    'softsign',
    'sigmoid',
    'tanh',
    'softmax',
    'log_softmax',
  ].flatMap((name) => [`torch.${name}`, `torch.nn.functional.${name}`, `torch.Tensor.${name}`, `torch.${name}_`]),
);

/** They hand on what they get; a histogram of theirs says nothing new. */
const UNCHANGING = new Set(['torch.nn.Identity', 'torch.nn.Flatten', 'torch.nn.Unflatten']);

export function layersOf(graph: Graph): readonly Layer[] {
  const modules = new Map(graph.modules.map((module) => [module.path, module]));
  const calls = new Map<string, number>();
  const layers: Layer[] = [];
  for (const node of graph.train) {
    const module = node.op === 'call_module' ? (modules.get(node.target) ?? null) : null;
    if (module ? UNCHANGING.has(module.class) : !isActivation(node)) continue;
    const count = (calls.get(node.target) ?? 0) + 1;
    calls.set(node.target, count);
    const name = module ? (count > 1 ? `${module.path}#${count}` : module.path) : node.name;
    const className = module?.class ?? node.target;
    layers.push({ name, class: className, module, node: node.name, input: inputOf(node), place: node.place });
  }
  return layers;
}

function isActivation(node: GraphNode): boolean {
  return node.op === 'call_function' && ACTIVATIONS.has(node.target);
}

/** The one tensor a node takes. */
function inputOf(node: GraphNode): string | null {
  const refs = Object.values(node.args).filter(isRef);
  return refs.length === 1 && refs[0]?.index === undefined ? (refs[0]?.node ?? null) : null;
}

function isRef(value: Value): value is NodeRef {
  return typeof value === 'object' && value !== null && 'node' in value;
}

/** Parameters of a layer, by state_dict's names; none for a function. A shared one belongs to its first layer. */
export function parametersOf(graph: Graph, module: ModuleInfo | null): readonly string[] {
  const names = Object.values(module?.state ?? {});
  return graph.tensors
    .filter((tensor) => tensor.kind === 'parameter' && tensor.requires_grad && names.includes(tensor.name))
    .map((tensor) => tensor.name);
}

/** A BatchNorm that keeps running statistics, with their names. */
export interface RunningNorm {
  readonly layer: Layer;
  readonly running_mean: string;
  readonly running_var: string;
}

export function runningNorms(layers: readonly Layer[]): readonly RunningNorm[] {
  return layers.flatMap((layer) => {
    const { running_mean, running_var } = layer.module?.state ?? {};
    return typeof running_mean === 'string' && typeof running_var === 'string' && !layer.name.includes('#')
      ? [{ layer, running_mean, running_var }]
      : [];
  });
}
