// Which initializer a layer's weight got last, where the file says so for certain, and what the numbers of it
// do to a signal that passes many such layers in a row.

import type { Call, Expression } from '../../python/tree.ts';
import type { Facts } from '../facts.ts';
import { type ModuleGraph, readGraphs } from '../graphs/graphs.ts';
import { activationIn, countOf, isTransparent, isWeightedNode, normFamily } from '../graphs/queries.ts';
import type { GraphNode, LayerModule } from '../graphs/values.ts';
import { isDropout } from '../knowledge.ts';
import { type LayerFact, selfPath } from '../layers.ts';
import type { ClassFact } from '../modules.ts';
import { type InitPass, type InitWrite, readInitializers, writesFor } from './initializers.ts';

/** By the constructor's call; null where several write, or something unknown decides. */
export type LayerInits = ReadonlyMap<Call, InitWrite | null>;

export function readLayerInits(facts: Facts): LayerInits {
  const { passes, singles } = facts.of(readInitializers);
  const inits = new Map<Call, InitWrite | null>();
  const note = (layer: LayerFact, write: InitWrite) => {
    const known = inits.get(layer.call);
    inits.set(layer.call, known === undefined || known?.call === write.call ? write : null);
  };
  for (const pass of passes)
    for (const owner of ownersOf(pass, facts))
      for (const layer of layersWithin(owner, facts))
        for (const write of writesFor(layer.type, pass.initializer))
          if (write.attribute === 'weight') note(layer, write);
  for (const write of singles) {
    const { owner } = write.place;
    const path = selfPath(write.holder);
    const [layer, ...others] = owner?.layers.filter((item) => item.path !== '' && item.path === path) ?? [];
    if (layer && others.length === 0 && write.attribute === 'weight') note(layer, write);
  }
  return inits;
}

/** The classes whose layers a pass goes through. */
export function ownersOf({ root, place }: InitPass, facts: Facts): readonly ClassFact[] {
  if (root.kind === 'name' && root.id === 'self') return place.owner?.isModule ? [place.owner] : [];
  const fact = facts.receivers.of(root, place)?.fact;
  return fact ? [fact] : [];
}

/** Those of the class, of its bases, and of the file's classes it makes. */
export function layersWithin(
  owner: ClassFact,
  facts: Facts,
  seen: ReadonlySet<ClassFact> = new Set(),
): readonly LayerFact[] {
  if (seen.has(owner)) return [];
  const inner = new Set([...seen, owner]);
  const parts = owner.layers.flatMap(({ type }) => {
    const fact = facts.classes.all.find(({ name }) => name === type);
    return fact ? layersWithin(fact, facts, inner) : [];
  });
  return [...owner.layers, ...parts, ...owner.bases.flatMap((base) => layersWithin(base, facts, inner))];
}

/** One weighted layer of a chain. */
export interface Link {
  readonly node: GraphNode;
  readonly module: LayerModule;
  /** null: PyTorch's own initialization, or one that is not known. */
  readonly write: InitWrite | null;
  /** What comes right behind: `relu`, `tanh`; null for nothing, or another linear layer. */
  readonly activation: string | null;
}

/** Weighted layers in a row, with nothing between but activations, dropout, pooling and views: no norm, no sum. */
export interface Chain {
  readonly graph: ModuleGraph;
  readonly links: readonly Link[];
}

export function readChains(facts: Facts): readonly Chain[] {
  const inits = facts.of(readLayerInits);
  if (inits.size === 0) return [];
  return facts.of(readGraphs).flatMap((graph) => chainsOf(graph, inits));
}

function chainsOf(graph: ModuleGraph, inits: LayerInits): readonly Chain[] {
  const byEnd = new Map<GraphNode, readonly Link[]>();
  const ended = new Set<GraphNode>();
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    if (!isWeightedNode(node) || !node.module || !input || node.inputs.length !== 1) continue;
    const before = carrierOf(input);
    const next = consumersOf(node);
    // A norm behind a layer takes its scale away.
    if (next.isNormed) continue;
    const link = { node, module: node.module, write: inits.get(node.module.call) ?? null, activation: next.activation };
    byEnd.set(node, [...((before && byEnd.get(before)) ?? []), link]);
    if (before) ended.add(before);
  }
  return [...byEnd].flatMap(([node, links]) => (ended.has(node) ? [] : [{ graph, links }]));
}

/** The weighted layer a tensor comes from, through what keeps its scale. */
function carrierOf(node: GraphNode): GraphNode | null {
  let at: GraphNode | undefined = node;
  while (at && !isWeightedNode(at)) {
    if (at.inputs.length !== 1 || !keepsScale(at)) return null;
    [at] = at.inputs;
  }
  return at ?? null;
}

function keepsScale(node: GraphNode): boolean {
  const { op, name } = node;
  if (activationIn(node) !== null || isTransparent(node)) return true;
  if (op === 'layer')
    return isDropout(name) || /^torch\.nn\.(?:Adaptive)?(?:Max|Avg)Pool\dd$|\.(?:Flatten|Upsample)$/.test(name);
  return (
    op === 'function' &&
    /^(?:dropout\w*|(?:adaptive_)?(?:max|avg)_pool\dd|view|reshape|flatten|squeeze|unsqueeze|transpose|permute|interpolate)$/.test(
      name,
    )
  );
}

function consumersOf(node: GraphNode): { activation: string | null; isNormed: boolean } {
  const [next, ...others] = node.consumers;
  if (!next || others.length > 0) return { activation: null, isNormed: false };
  const activation = activationIn(next);
  const behind = activation === null ? next : next.consumers[0];
  const isNorm = (other: GraphNode | undefined) =>
    other !== undefined && (normFamily(other.name) !== null || /_norm$/.test(other.name));
  return { activation, isNormed: isNorm(next) || (activation !== null && isNorm(behind)) };
}

/** Inputs of one unit, and units that take one input. */
export function fansOf({ type, args }: LayerModule): { in: number | null; out: number | null } {
  if (type === 'torch.nn.Linear')
    return { in: countOf(args.get('in_features')), out: countOf(args.get('out_features')) };
  const dimensions = Number(/([123])d$/.exec(type)?.[1]);
  const kernel = args.get('kernel_size');
  const sizes =
    kernel?.kind === 'list' ? kernel.items.map(countOf) : Array.from({ length: dimensions }, () => countOf(kernel));
  const groups = args.has('groups') ? countOf(args.get('groups')) : 1;
  const [inputs, outputs] = [countOf(args.get('in_channels')), countOf(args.get('out_channels'))];
  if (groups === null || sizes.includes(null)) return { in: null, out: null };
  const field = sizes.reduce((a: number, b) => a * (b ?? 1), 1) / groups;
  return { in: inputs === null ? null : inputs * field, out: outputs === null ? null : outputs * field };
}

/** A number an initializer is given; undefined where it is not known. */
export function initNumber(write: InitWrite, name: string, missing: number, facts: Facts): number | undefined {
  const given: Expression | undefined = write.args.get(name);
  return given ? facts.values.number(given, write.scope) : missing;
}

/** Of what an initializer draws: deviation and mean; null where it is not known. */
export function spreadOf(write: InitWrite, facts: Facts): { std: number; mean: number } | null {
  const number = (name: string, missing: number) => initNumber(write, name, missing, facts);
  if (write.how === 'normal_' || write.how === 'trunc_normal_') {
    const [mean, std] = [number('mean', 0), number('std', 1)];
    return mean === undefined || std === undefined ? null : { std, mean };
  }
  if (write.how !== 'uniform_') return null;
  const [a, b] = [number('a', 0), number('b', 1)];
  return a === undefined || b === undefined ? null : { std: (b - a) / Math.sqrt(12), mean: (a + b) / 2 };
}
