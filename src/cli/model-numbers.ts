// A model's counts as PyTorch's own tools give them: `sum(p.numel() for p in model.parameters())`, classes of
// `model.modules()`, the shape of what forward() returns.

import type { Graph, GraphNode, ModuleInfo, TensorInfo } from '../graph/graph.ts';
import { isList, isNodeRef, type Value } from '../torch/signature.ts';

/** A tensor's shape; `NoneType` and the like for what is no tensor; a list for a tuple. */
export type ShapeTree = readonly number[] | string | readonly ShapeTree[] | { readonly [key: string]: ShapeTree };

export function parameterCount(graph: Graph, counts: (tensor: TensorInfo) => boolean): number {
  return total(graph.tensors.filter((tensor) => tensor.kind === 'parameter' && counts(tensor)));
}

export function bufferElements(graph: Graph): number {
  return total(graph.tensors.filter((tensor) => tensor.kind === 'buffer' && registered(tensor.name)));
}

export function moduleCounts(graph: Graph): Record<string, number> {
  return count(graph.modules.filter((module) => registered(module.path)));
}

export function leafModuleCounts(graph: Graph): Record<string, number> {
  const modules = graph.modules.filter((module) => registered(module.path));
  const parents = new Set(modules.map(({ path }) => path.slice(0, Math.max(path.lastIndexOf('.'), 0))));
  // The root is its own parent by that reckoning, and has children unless it is alone.
  return count(modules.filter(({ path }) => (path === '' ? modules.length === 1 : !parents.has(path))));
}

export function outputShape(graph: Graph): ShapeTree {
  const byName = new Map(graph.eval.map((node) => [node.name, node]));
  const output = graph.eval.at(-1)?.args['output'];
  return output === undefined ? 'NoneType' : shapeOf(output, byName);
}

function shapeOf(value: Value, nodes: ReadonlyMap<string, GraphNode>): ShapeTree {
  if (isNodeRef(value)) return nodes.get(value.node)?.outputs[value.index ?? 0]?.shape ?? [];
  if (isList(value)) return value.map((item) => shapeOf(item, nodes));
  if (value === null) return 'NoneType';
  if (typeof value !== 'object') return PYTHON_TYPES[typeof value] ?? typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item as Value, nodes)]));
}

const PYTHON_TYPES: Readonly<Record<string, string>> = { boolean: 'bool', string: 'str', number: 'number' };

/** What is not in `model.modules()` has a path in parentheses. */
function registered(path: string): boolean {
  return !path.startsWith('(');
}

function count(modules: readonly ModuleInfo[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const module of modules) {
    const name = module.userClass ?? module.class.slice(module.class.lastIndexOf('.') + 1);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function total(tensors: readonly TensorInfo[]): number {
  return tensors.reduce((sum, { shape, complex }) => {
    const numbers = shape.reduce((product, size) => product * size, 1);
    return sum + (complex ? numbers / 2 : numbers);
  }, 0);
}
