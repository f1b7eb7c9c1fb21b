// A model as a tree of its modules, for people: what each gives, holds and begins with. Modules stand in the order
// they are registered in, as in the code that makes them.

import type { Place } from '../base/finding.ts';
import { beginningOf, describeLayer, grouped, outputsOf } from './describe-line.ts';
import type { Graph, ModuleInfo, TensorInfo } from './graph.ts';

export interface OutlineItem {
  /** As in `named_modules()`; empty for the model itself. */
  readonly path: string;
  readonly name: string;
  readonly class: string;
  readonly layer: boolean;
  /** `(2, 64, 56, 56)`; empty for what is not called as one. */
  readonly output: string;
  /** How often forward() calls it; a container is not called by itself. */
  readonly calls: number;
  /** With those of the modules in it; a shared one is counted once. */
  readonly parameters: number;
  /** How the weight begins, as `kaiming_uniform_`; empty where it has none. */
  readonly beginning: string;
  readonly place: Place | null;
  /** Markdown; empty for what is no layer. */
  readonly detail: string;
  readonly children: readonly OutlineItem[];
}

/** null where the graph has no modules. */
export function outlineOf(graph: Graph): OutlineItem | null {
  const below = new Map<string, ModuleInfo[]>();
  const paths = new Set(graph.modules.map(({ path }) => path));
  for (const module of graph.modules) {
    if (module.path === '') continue;
    let parent = parentOf(module.path);
    while (!paths.has(parent) && parent !== '') parent = parentOf(parent);
    below.set(parent, [...(below.get(parent) ?? []), module]);
  }
  const tensors = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]));
  const item = (module: ModuleInfo): OutlineItem => {
    const children = (below.get(module.path) ?? []).map(item);
    return { ...about(graph, module, tensors), children };
  };
  const root = graph.modules.find(({ path }) => path === '') ?? null;
  return root && item(root);
}

function about(
  graph: Graph,
  module: ModuleInfo,
  tensors: ReadonlyMap<string, TensorInfo>,
): Omit<OutlineItem, 'children'> {
  const { path, layer, place } = module;
  const calls = graph.train.filter(({ op, target }) => op === 'call_module' && target === path);
  const first = calls[0];
  const weight = module.state['weight'];
  const tensor = typeof weight === 'string' ? tensors.get(weight) : undefined;
  return {
    path,
    name: path.split('.').at(-1) ?? path,
    class: (module.userClass ?? module.class).replace(/^torch\.(nn\.)?/, ''),
    layer,
    output: first ? outputsOf(first) : '',
    calls: calls.length,
    parameters: parametersBelow(graph, path, tensors),
    beginning: tensor ? beginningOf(tensor) : '',
    place,
    detail: layer ? describeLayer(graph, module) : '',
  };
}

function parametersBelow(graph: Graph, path: string, tensors: ReadonlyMap<string, TensorInfo>): number {
  const inside = ({ path: other }: ModuleInfo) => path === '' || other === path || other.startsWith(`${path}.`);
  const names = new Set(graph.modules.filter(inside).flatMap(({ state }) => Object.values(state)));
  let count = 0;
  for (const name of names) {
    const tensor = name === null ? undefined : tensors.get(name);
    if (tensor?.kind === 'parameter') count += tensor.shape.reduce((n, size) => n * size, 1);
  }
  return count;
}

/** What stands beside a module's name: `Conv2d → (2, 64, 56, 56) · 9,408 · kaiming_uniform_`; `spoken` says it in full. */
export function outlineLine(
  { class: name, layer, output, calls, parameters, beginning }: OutlineItem,
  { spoken = false } = {},
): string {
  const parts = [name + (output === '' ? '' : `${spoken ? ' gives' : ' →'} ${output}`)];
  if (calls > 1) parts.push(`called ${calls} times`);
  if (layer && calls === 0) parts.push('never called');
  if (parameters > 0) parts.push(`${grouped(parameters)}${spoken ? ' parameters' : ''}`);
  if (beginning !== '') parts.push(spoken ? `begins with ${beginning}` : beginning);
  return parts.join(spoken ? ', ' : ' · ');
}

function parentOf(path: string): string {
  return path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
}
