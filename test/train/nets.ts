// Small graphs for tests, built of the layer table as the reader would.

import type { Graph, GraphNode, InitCall, ModuleInfo, TensorInfo } from '../../src/graph/graph.ts';
import { findLayer, layerOutput } from '../../src/torch/lookup.ts';
import type { TensorType } from '../../src/torch/ops.ts';
import type { Values } from '../../src/torch/signature.ts';

export interface Part {
  readonly name: string;
  /** Below torch.nn. */
  readonly class: string;
  readonly args?: Values;
  /** After the layer's own initialization. */
  readonly init?: Readonly<Record<string, InitCall>>;
}

export function constant(value: number): InitCall {
  return { target: 'torch.nn.init.constant_', args: { val: value }, place: null };
}

export function sequence(input: readonly number[], parts: readonly Part[]): Graph {
  const modules: ModuleInfo[] = [];
  const tensors: TensorInfo[] = [];
  const node = (name: string, op: GraphNode['op'], target: string, args: GraphNode['args'], type?: TensorType) => ({
    name,
    op,
    target,
    args,
    outputs: type ? [type] : [],
    place: null,
    stack: [],
    fidelity: 'exact' as const,
    reason: '',
  });
  let type: TensorType = { shape: input, dtype: 'float32' };
  const nodes: GraphNode[] = [node('x', 'placeholder', 'x', {}, type)];
  for (const [i, { name, class: short, args = {}, init = {} }] of parts.entries()) {
    const layer = findLayer(`torch.nn.${short}`);
    if (!layer) throw new Error(`no layer ${short}`);
    const state: Record<string, string | null> = {};
    for (const [key, tensor] of Object.entries(layer.state(args))) {
      state[key] = tensor && `${name}.${key}`;
      if (!tensor) continue;
      const own = tensor.init.map((step): InitCall => ({ ...step, place: null }));
      const added = init[key] ? [init[key]] : [];
      const requires_grad = tensor.kind === 'parameter';
      tensors.push({ ...tensor, name: `${name}.${key}`, requires_grad, init: [...own, ...added] });
    }
    const place = { path: 'net.py', line: i + 5, column: 1, endLine: i + 5, endColumn: 2 };
    modules.push({ path: name, class: layer.name, args, layer: true, state, place });
    const from = (nodes.at(-1) as GraphNode).name;
    const output = layerOutput(layer, args, { input: { node: from } }, { [from]: type }, true);
    type = output as TensorType;
    nodes.push(node(name, 'call_module', name, { input: { node: from } }, type));
  }
  nodes.push(node('output', 'output', 'output', { output: { node: (nodes.at(-1) as GraphNode).name } }));
  return {
    version: 1,
    rootClass: 'Net',
    construct: 'Net()',
    path: 'net.py',
    place: null,
    inputs: [{ name: 'x', shape: input, dtype: 'float32', batched: true }],
    modules,
    tensors,
    train: nodes,
    eval: nodes,
    problems: [],
  };
}

/** The seed's net: 10 features, 20 units, BatchNorm, ReLU, one output. */
export function simpleNet({ faulty = false } = {}): Graph {
  return sequence(
    [5, 10],
    [
      {
        name: 'fc1',
        class: 'Linear',
        args: { in_features: 10, out_features: 20 },
        ...(faulty ? { init: { weight: constant(0.1) } } : {}),
      },
      { name: 'bn1', class: 'BatchNorm1d', args: { num_features: 20 } },
      { name: 'relu', class: 'ReLU' },
      { name: 'fc2', class: 'Linear', args: { in_features: 20, out_features: 1 } },
    ],
  );
}
