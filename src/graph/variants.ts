// The same model with another normalization or another initialization. Places, paths and what the user's code
// did to a tensor that remains are kept, so that every finding still points at the user's line.

import { findLayer, layerState } from '../torch/lookup.ts';
import type { DType } from '../torch/ops.ts';
import type { Value, Values } from '../torch/signature.ts';
import type { Graph, GraphNode, InitCall, ModuleInfo, TensorInfo } from './graph.ts';
import { type NormKind, type NormOptions, normLayer } from './norms.ts';
import { withStandardizedWeights } from './standardized-weights.ts';

const NORM_LAYER =
  /^(torch\.nn\.(BatchNorm[123]d|SyncBatchNorm|InstanceNorm[123]d|GroupNorm|LayerNorm|RMSNorm)|lab\.(GhostBatchNorm|BatchRenorm))$/;

/** Layers that normalize, in the graph's order. */
export function normModules(graph: Graph): readonly ModuleInfo[] {
  return graph.modules.filter((module) => module.layer && NORM_LAYER.test(module.class));
}

/** Every normalization layer replaced by one of another kind; `none` leaves an Identity. */
export function withNorm(graph: Graph, kind: NormKind, options: Pick<NormOptions, 'groups'> = {}): Graph {
  const changes = normModules(graph).flatMap((module) => {
    const change = changeOf(graph, module, kind, options);
    return change === null ? [] : [change];
  });
  const byPath = new Map(changes.map((change) => [change.module.path, change]));
  const before = new Set(changes.flatMap(({ old }) => Object.values(old.state)));
  const tensors = graph.tensors.flatMap((tensor) => {
    if (!before.has(tensor.name)) return [tensor];
    const owner = changes.find(({ old }) => Object.values(old.state).indexOf(tensor.name) === 0) ?? null;
    return owner === null ? [] : owner.tensors;
  });
  const changed = {
    ...graph,
    modules: graph.modules.map((module) => byPath.get(module.path)?.module ?? module),
    tensors: withMissing(tensors, changes),
    train: graph.train.flatMap((node) => changedNodes(node, byPath)),
    eval: graph.eval.flatMap((node) => changedNodes(node, byPath)),
  };
  return kind === 'standardized' ? withStandardizedWeights(changed) : changed;
}

interface Change {
  readonly old: ModuleInfo;
  readonly module: ModuleInfo;
  readonly tensors: readonly TensorInfo[];
  /** The channels come last, (B, T, C), and the new layer wants them in dimension 1. */
  readonly channelsLast: boolean;
}

function changeOf(graph: Graph, old: ModuleInfo, kind: NormKind, options: Pick<NormOptions, 'groups'>): Change | null {
  const rank = inputRank(graph, old);
  const channelsFirst = !/LayerNorm|RMSNorm/.test(old.class);
  // A layer over the last dimension already is what `layer` asks for.
  if (rank === null || (!channelsFirst && kind === 'layer')) return null;
  const C = channelsOf(old);
  const eps = typeof old.args['eps'] === 'number' ? old.args['eps'] : 1e-5;
  const affine = (old.args['affine'] ?? old.args['elementwise_affine'] ?? true) !== false;
  const wanted = normLayer(kind, C, rank, { ...options, eps, affine });
  if (wanted.class === old.class && sameArguments(wanted.args, old.args)) return null;
  const { module, tensors } = remade(graph, old, wanted.class, wanted.args);
  return { old, module, tensors, channelsLast: !channelsFirst && rank > 2 && kind !== 'none' };
}

/** A tensor of the same name and shape keeps what the user's code did to it. */
function remade(
  graph: Graph,
  old: ModuleInfo,
  name: string,
  args: Values,
): { readonly module: ModuleInfo; readonly tensors: readonly TensorInfo[] } {
  const layer = findLayer(name);
  if (layer === null) throw new RangeError(`The layer ${name} is not known.`);
  const names: Record<string, string | null> = {};
  const tensors: TensorInfo[] = [];
  for (const [attribute, tensor] of Object.entries(layerState(layer, args))) {
    const full = old.state[attribute] ?? (old.path === '' ? attribute : `${old.path}.${attribute}`);
    names[attribute] = tensor === null ? null : full;
    if (tensor === null) continue;
    const kept = graph.tensors.find((one) => one.name === full && one.shape.join() === tensor.shape.join());
    const { kind, shape, dtype, persistent } = tensor;
    const init = tensor.init.map((step): InitCall => ({ ...step, place: null }));
    tensors.push(kept ?? { name: full, kind, shape, dtype, requires_grad: kind === 'parameter', persistent, init });
  }
  const bound = Object.entries(layer.args).map(([key, param]): [string, Value] => [key, args[key] ?? param.default]);
  const plain = Object.fromEntries(bound.filter(([key]) => key !== 'device' && key !== 'dtype'));
  return { module: { ...old, class: name, args: plain, state: names }, tensors };
}

/** Layers that had no tensor before have theirs at the end. */
function withMissing(tensors: readonly TensorInfo[], changes: readonly Change[]): readonly TensorInfo[] {
  const present = new Set(tensors.map(({ name }) => name));
  const seen = new Set<string>();
  const missing = changes.flatMap((change) => change.tensors).filter(({ name }) => !present.has(name));
  return [...tensors, ...missing].filter(({ name }) => !seen.has(name) && seen.add(name));
}

function changedNodes(node: GraphNode, changes: ReadonlyMap<string, Change>): readonly GraphNode[] {
  const change = node.op === 'call_module' ? changes.get(node.target) : undefined;
  if (change === undefined) return [node];
  const input = node.args['input'] ?? null;
  // Identity and the norms alike are called with one input.
  if (!change.channelsLast) return [{ ...node, args: { input } }];
  const [type] = node.outputs;
  if (type === undefined) return [node];
  const { shape, dtype } = type;
  const moved = [shape[0] ?? 1, shape.at(-1) ?? 1, ...shape.slice(1, -1)];
  const first = movedim(node, `${node.name}_channels_first`, input, [-1, 1], { shape: moved, dtype });
  const norm = { ...node, name: `${node.name}_norm`, args: { input: { node: first.name } }, outputs: first.outputs };
  return [first, norm, movedim(node, node.name, { node: norm.name }, [1, -1], type)];
}

function movedim(
  node: GraphNode,
  name: string,
  input: Value,
  [source, destination]: readonly [number, number],
  type: { readonly shape: readonly number[]; readonly dtype: DType },
): GraphNode {
  const args = { input, source: [source], destination: [destination] };
  return { ...node, name, op: 'call_function', target: 'torch.movedim', args, outputs: [type] };
}

/** Dimensions of what the layer is called with first. */
function inputRank(graph: Graph, module: ModuleInfo): number | null {
  const node = graph.train.find(({ op, target }) => op === 'call_module' && target === module.path);
  return node?.outputs[0]?.shape.length ?? null;
}

function channelsOf({ args }: ModuleInfo): number {
  const C = args['num_features'] ?? args['num_channels'] ?? args['normalized_shape'] ?? 1;
  const last = Array.isArray(C) ? C.at(-1) : C;
  return typeof last === 'number' ? last : 1;
}

function sameArguments(wanted: Values, found: Values): boolean {
  return Object.entries(wanted).every(([name, value]) => JSON.stringify(value) === JSON.stringify(found[name]));
}

/** `default` is what the layer's own reset_parameters does. */
export type InitVariant = 'default' | { readonly target: string; readonly args: Values };

const WEIGHTED_LAYER = /^torch\.nn\.(Linear|Bilinear|Conv(Transpose)?[123]d|MultiheadAttention)$/;

/** Every weight matrix and kernel initialized anew; biases, norms and embeddings stay. */
export function withInit(graph: Graph, init: InitVariant): Graph {
  const steps = new Map<string, readonly InitCall[]>();
  for (const module of graph.modules) {
    const layer = WEIGHTED_LAYER.test(module.class) ? findLayer(module.class) : null;
    if (layer === null) continue;
    for (const [attribute, tensor] of Object.entries(layerState(layer, module.args))) {
      const name = module.state[attribute] ?? null;
      if (tensor === null || name === null || tensor.shape.length < 2) continue;
      const calls = init === 'default' ? tensor.init : [init];
      steps.set(
        name,
        calls.map(({ target, args }) => ({ target, args, place: null })),
      );
    }
  }
  return {
    ...graph,
    tensors: graph.tensors.map((tensor) => ({ ...tensor, init: steps.get(tensor.name) ?? tensor.init })),
  };
}
