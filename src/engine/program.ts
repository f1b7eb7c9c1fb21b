// Graph → values and steps → gradients → what is needed of it → instructions. Everything that can be decided
// before the first step is decided here; running decides nothing.

import { UserError } from '../base/errors.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { leaves, type Tree } from '../torch/layer.ts';
import { findFunction, findLayer } from '../torch/lookup.ts';
import type { TensorType } from '../torch/ops.ts';
import { isNodeRef, type NodeRef, resolveBatches } from '../torch/signature.ts';
import { differentiate, fuse, withoutDeadSteps } from './autodiff.ts';
import { engineOps } from './engine-ops.ts';
import { type LossArgs, type LossName, lossOf } from './loss.ts';
import { contiguousCopy } from './ops/elementwise.ts';
import { Builder, rootOf, type Step, type Value } from './values.ts';

export interface ProgramOptions {
  readonly graph: Graph;
  readonly seed: number;
  readonly batch: number;
  readonly mode: 'train' | 'eval';
  /** Gradients of all parameters that require one; else forward and loss only. */
  readonly gradients: boolean;
  readonly track: boolean;
  readonly loss: LossName;
  readonly lossArgs?: LossArgs;
  readonly target: TensorType;
  readonly probes: readonly string[];
}

export interface Probe {
  readonly value: Value;
  /** null where no gradient reaches the node. */
  readonly gradient: Value | null;
}

export interface Program {
  readonly builder: Builder;
  readonly steps: readonly Step[];
  readonly inputs: readonly Value[];
  readonly target: Value;
  readonly output: Value;
  readonly loss: Value;
  readonly probes: ReadonlyMap<string, Probe>;
  /** By parameter's name; those the loss depends on. */
  readonly gradients: ReadonlyMap<string, Value>;
}

export function makeProgram(options: ProgramOptions): Program {
  const { graph, seed, track, gradients: wanted } = options;
  const builder = new Builder({ seed, track, gradients: wanted }, engineOps);
  const states = new Map(
    graph.tensors.map(({ name, shape, dtype, kind, requires_grad }) => [
      name,
      builder.state(name, shape, dtype, kind === 'parameter' && requires_grad),
    ]),
  );
  const inputs = graph.inputs.map(({ shape, dtype, batched }, i) =>
    builder.input(
      i,
      { shape: batched ? [options.batch, ...shape.slice(1)] : shape, dtype },
      wanted && options.probes.length > 0 && dtype === 'float32',
    ),
  );
  const nodes = lowerNodes(builder, options, { states, inputs });
  const output = outputOf(graph, options.mode, nodes);
  const target = builder.input(inputs.length, options.target);
  builder.node = '';
  const loss = lossOf(builder, options.loss, { output, target, args: options.lossArgs ?? {} });
  const grads = wanted ? differentiate(builder, loss) : new Map<Value, Value>();
  const probes = new Map<string, Probe>();
  for (const name of options.probes) {
    const value = nodes.get(name)?.[0];
    if (value !== undefined) probes.set(name, { value, gradient: grads.get(value) ?? null });
  }
  const { kept, gradients } = ownGradients(builder, states, grads, probes);
  const live = withoutDeadSteps(builder.steps, [loss, output, ...kept]);
  const steps = fuse(live, builder, new Set([output, ...kept].map(rootOf)));
  return { builder, steps, inputs, target, output, loss, probes, gradients };
}

/** The values of every node, by name. */
function lowerNodes(
  builder: Builder,
  { graph, batch, mode }: ProgramOptions,
  { states, inputs }: { readonly states: ReadonlyMap<string, Value>; readonly inputs: readonly Value[] },
): ReadonlyMap<string, readonly Value[]> {
  const made = new Map<string, readonly Value[]>();
  const tensor = ({ node, index = 0 }: NodeRef): Value => {
    const value = made.get(node)?.[index];
    if (value === undefined) throw new RangeError(`The graph's node ${node} has no output ${index}.`);
    return value;
  };
  for (const node of graph[mode]) {
    if (node.op === 'output') continue;
    builder.node = node.name;
    try {
      made.set(
        node.name,
        leaves(lowerNode(builder, node, { graph, batch, training: mode === 'train', states, inputs, tensor })),
      );
    } catch (cause) {
      throw located(cause, node);
    }
  }
  return made;
}

interface Lowering {
  readonly graph: Graph;
  readonly batch: number;
  readonly training: boolean;
  readonly states: ReadonlyMap<string, Value>;
  readonly inputs: readonly Value[];
  tensor(ref: NodeRef): Value;
}

function lowerNode(builder: Builder, node: GraphNode, context: Lowering): Tree<Value> {
  const { graph, batch, training, states, inputs, tensor } = context;
  const args = resolveBatches(node.args, batch);
  switch (node.op) {
    case 'placeholder': {
      const position = graph.inputs.findIndex(({ name }) => name === node.target);
      return inputs[position] ?? null;
    }
    case 'get_attr':
      return states.get(node.target) ?? null;
    case 'call_module': {
      const module = graph.modules.find(({ path }) => path === node.target);
      const layer = module === undefined ? null : findLayer(module.class);
      if (module === undefined || layer === null) throw unsupported(module?.class ?? node.target, node);
      const state = Object.fromEntries(
        Object.entries(module.state).map(([name, full]) => [name, full === null ? null : (states.get(full) ?? null)]),
      );
      return layer.forward({
        ops: builder.ops,
        args: resolveBatches(module.args, batch),
        inputs: args,
        tensor,
        state,
        training,
      });
    }
    case 'call_function': {
      const found = findFunction(node.target);
      if (found === null) throw unsupported(node.target, node);
      return found.fn.forward({ ops: builder.ops, args, tensor, training });
    }
    case 'output':
      return null;
    default:
      return node.op satisfies never;
  }
}

function unsupported(name: string, node: GraphNode): UserError {
  return new UserError('engine/unsupported', `\`${name}\`${at(node)} is not an operation the engine can compute.`);
}

/** The user's errors, with the line of the node they arose at. */
function located(cause: unknown, node: GraphNode): unknown {
  if (!(cause instanceof UserError) || cause.code === 'engine/unsupported' || node.place === null) return cause;
  return new UserError(cause.code, `${node.place.path}:${node.place.line}: ${cause.message}`, { cause });
}

function at({ place }: GraphNode): string {
  return place === null ? '' : ` at ${place.path}:${place.line}`;
}

function outputOf(graph: Graph, mode: 'train' | 'eval', nodes: ReadonlyMap<string, readonly Value[]>): Value {
  const node = graph[mode].find(({ op }) => op === 'output');
  const returned = node?.args['output'];
  const ref = Array.isArray(returned) ? returned.find(isNodeRef) : returned;
  const value = isNodeRef(ref) ? nodes.get(ref.node)?.[ref.index ?? 0] : undefined;
  if (value === undefined)
    throw new UserError('engine/output', 'The model expects to be trained by a tensor it returns, and returns none.');
  return value;
}

/**
 * Each parameter's gradient in a value of its own, which the session places beside the others. A gradient that
 * is also something else (another parameter's, a probe's, an alias of either) is copied.
 */
function ownGradients(
  builder: Builder,
  states: ReadonlyMap<string, Value>,
  grads: ReadonlyMap<Value, Value>,
  probes: ReadonlyMap<string, Probe>,
): { readonly kept: readonly Value[]; readonly gradients: ReadonlyMap<string, Value> } {
  const kept = [...probes.values()].flatMap(({ value, gradient }) => (gradient === null ? [value] : [value, gradient]));
  const taken = new Set(kept.map(rootOf));
  const gradients = new Map<string, Value>();
  builder.withoutGradients(() => {
    for (const [name, state] of states) {
      const gradient = grads.get(state);
      if (gradient === undefined) continue;
      const root = rootOf(gradient);
      const owned = root.home.kind === 'temporary' && !taken.has(root) ? gradient : copyOf(builder, gradient);
      taken.add(rootOf(owned));
      gradients.set(name, owned);
    }
  });
  return { kept: [...kept, ...gradients.values()], gradients };
}

function copyOf(builder: Builder, value: Value): Value {
  return builder.add(value, {
    inputs: [value],
    lower: (emit, y) => emit.kernel('copy', contiguousCopy({ n: value.size, x: emit.at(value), y: emit.at(y) })),
  });
}
