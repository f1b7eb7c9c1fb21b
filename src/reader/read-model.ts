// The user's nn.Module as a Graph, or reasons with places. Python builds the model and runs its forward twice in
// each mode, at two batch sizes; here the two become one graph for any batch size, and indices become places.
// There is always an answer: what could be read, next to what could not.

import type { Place } from '../base/finding.ts';
import type { Graph, GraphInput, GraphNode, GraphProblem, InitCall, ModuleInfo } from '../graph/graph.ts';
import { isList, isNodeRef, type Value } from '../torch/signature.ts';
import { mergeBatches } from './batch.ts';
import { decodeFloats } from './floats.ts';
import type {
  Python,
  RawClass,
  RawInit,
  RawInput,
  RawModel,
  RawModule,
  RawNode,
  RawReading,
  RawTraces,
} from './python.ts';
import type { ModelClass, ReadRequest, ReadResult } from './request.ts';

type PlaceAt = (index: number | null) => Place | null;

export function readModel(request: ReadRequest, python: Python): ReadResult {
  const raw = JSON.parse(python.run(JSON.stringify(request))) as RawReading;
  const places = raw.places.map(([path, line, column, endLine, endColumn]): Place => {
    return { path, line, column, endLine, endColumn };
  });
  const at: PlaceAt = (index) => (index === null ? null : (places[index] ?? null));
  const problems = raw.problems.map(([code, message, place]): GraphProblem => ({ code, message, place: at(place) }));
  const classes = raw.classes.map((one) => modelClass(one, at));
  const { model } = raw;
  const graph = model === null ? null : toGraph(request.entry, model, problems, at);
  return { graph, problems: graph?.problems ?? problems, classes, input: raw.input };
}

function modelClass({ name, place, required, usedBy }: RawClass, at: PlaceAt): ModelClass {
  return { name, place: at(place), required, usedBy };
}

function toGraph(path: string, model: RawModel, found: readonly GraphProblem[], at: PlaceAt): Graph | null {
  const train = oneGraph(model, model.nodes.train);
  const evaluation = model.nodes.eval === 'train' ? train : oneGraph(model, model.nodes.eval);
  if (train === null || evaluation === null) return null;
  const differs = train.differs ?? evaluation.differs;
  const problems = [...found];
  if (model.batches.length < 2 || differs !== null) problems.push(oneSizeOnly(model, differs, at));
  const trainNodes = useful(train.nodes).map((node) => graphNode(node, at));
  const evalNodes = evaluation === train ? trainNodes : useful(evaluation.nodes).map((node) => graphNode(node, at));
  const packed = model.packed.map(decodeFloats);
  const same = evaluation === train || JSON.stringify(trainNodes) === JSON.stringify(evalNodes);
  return {
    version: 1,
    rootClass: model.rootClass,
    construct: model.construct,
    path,
    place: at(model.place),
    inputs: model.inputs.map((input) => graphInput(sizedInput(input, differs === null, model), model, trainNodes)),
    modules: model.modules.map((module) => moduleInfo(module, at)),
    tensors: model.tensors.map((tensor) => ({
      ...tensor,
      init: tensor.init.map((call) => initCall(call, packed, at)),
    })),
    train: trainNodes,
    eval: same ? trainNodes : evalNodes,
    problems,
  };
}

/** The nodes for any batch size; `outputs` are at the example's. */
function oneGraph(model: RawModel, traces: RawTraces | undefined) {
  const [a, b] = traces ?? [];
  const [first, second] = model.batches;
  if (a === undefined || first === undefined) return null;
  const batch = model.inputs.find((input) => input.batched)?.shape[0] ?? first;
  if (b === undefined || second === undefined) return { nodes: a, differs: null };
  const { nodes, differs } = mergeBatches(a, b, { first, second });
  // Shapes of two different courses cannot be brought to another size.
  if (differs !== null) return { nodes, differs };
  const sized = nodes.map((node, i) => ({ ...node, outputs: sizedOutputs(node, b[i], { first, batch }) }));
  return { nodes: sized, differs };
}

/** Shapes as they are at the example's batch: what grew between the two traces is a multiple of it. */
function sizedOutputs(
  node: RawNode,
  other: RawNode | undefined,
  { first, batch }: { readonly first: number; readonly batch: number },
): RawNode['outputs'] {
  return node.outputs.map(([shape, dtype], i) => {
    const grown = other?.outputs[i]?.[0] ?? shape;
    return [shape.map((size, d) => (size === grown[d] ? size : (size / first) * batch)), dtype] as const;
  });
}

function oneSizeOnly(model: RawModel, differs: RawNode | null, at: PlaceAt): GraphProblem {
  const message =
    differs === null
      ? `The model takes a batch of ${model.batches[0]} only; the graph cannot be run at another size.`
      : 'The model does something else here at another batch size; the graph is right for its own size only.';
  return { code: 'model/batch-size', message, place: differs === null ? at(model.place) : at(differs.place) };
}

/** Without calls whose result nothing uses; a layer's call stays, as it may update running statistics. */
function useful(nodes: readonly RawNode[]): readonly RawNode[] {
  const used = new Set<string>();
  const kept: RawNode[] = [];
  for (const node of nodes.toReversed()) {
    const idle = node.op === 'call_function' || node.op === 'get_attr';
    if (idle && !used.has(node.name)) continue;
    collectRefs(node.args, used);
    kept.push(node);
  }
  return kept.reverse();
}

function collectRefs(value: Value, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (isNodeRef(value)) into.add(value.node);
  else for (const item of isList(value) ? value : Object.values(value)) collectRefs(item as Value, into);
}

function graphNode(node: RawNode, at: PlaceAt): GraphNode {
  return {
    name: node.name,
    op: node.op,
    target: node.target,
    args: node.args,
    outputs: node.outputs.map(([shape, dtype]) => ({ shape, dtype })),
    place: at(node.place),
    stack: node.stack.map(at).filter((place) => place !== null),
    fidelity: node.note === null ? 'exact' : 'approximated',
    reason: node.note ?? '',
  };
}

function graphInput(input: RawModel['inputs'][number], model: RawModel, nodes: readonly GraphNode[]): GraphInput {
  if (input.dtype !== 'int64') return input;
  const args = new Map(model.modules.map((module) => [module.path, module.args]));
  const rows = nodes
    .filter(
      (node) => node.op === 'call_module' && Object.values(node.args).some((value) => refersTo(value, input.name)),
    )
    .map((node) => args.get(node.target)?.['num_embeddings'])
    .filter((count) => typeof count === 'number');
  return rows.length === 0 ? input : { ...input, range: [0, Math.min(...rows) - 1] };
}

/** Where the graph is right for one size only, that is the size it was traced at. */
function sizedInput(input: RawInput, anySize: boolean, { batches: [first] }: RawModel): RawInput {
  return anySize || !input.batched || first === undefined
    ? input
    : { ...input, shape: [first, ...input.shape.slice(1)] };
}

function refersTo(value: Value, name: string): boolean {
  return isNodeRef(value) && value.node === name;
}

function moduleInfo(module: RawModule, at: PlaceAt): ModuleInfo {
  return { ...module, place: at(module.place) };
}

function initCall({ target, args, place }: RawInit, packed: readonly (readonly number[])[], at: PlaceAt): InitCall {
  const data = args['data'];
  const index = typeof data === 'object' && data !== null && 'packed' in data ? data['packed'] : null;
  if (typeof index !== 'number') return { target, args, place: at(place) };
  return { target, args: { ...args, data: packed[index] ?? [] }, place: at(place) };
}
