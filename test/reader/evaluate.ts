// A graph's numbers by the slow ops: what the reader wrote down, computed.

import assert from 'node:assert/strict';
import type { Graph, GraphNode } from '../../src/graph/graph.ts';
import { leaves } from '../../src/torch/layer.ts';
import { findFunction, findLayer } from '../../src/torch/lookup.ts';
import { isList, isNodeRef, type NodeRef, resolveBatches, type Value } from '../../src/torch/signature.ts';
import type { Dense } from '../torch/dense.ts';
import { slowOps } from '../torch/slow-ops.ts';

/** What the model returns for these inputs and this state, in order. */
export function evaluate(
  graph: Graph,
  nodes: readonly GraphNode[],
  inputs: readonly Dense[],
  state: Readonly<Record<string, Dense>> = {},
): Dense[] {
  const batch = inputs[0]?.shape[0] ?? 1;
  const values = new Map<string, readonly Dense[]>();
  const tensor = ({ node, index = 0 }: NodeRef) => {
    const found = values.get(node)?.[index];
    assert.ok(found, `${node} has no output ${index}`);
    return found;
  };
  const stateOf = (name: string) => {
    const found = state[name];
    assert.ok(found, `no numbers for ${name}`);
    return found;
  };
  for (const node of nodes) {
    const args = resolveBatches(node.args, batch);
    if (node.op === 'output') return refs(args).map(tensor);
    if (node.op === 'placeholder') {
      const input = inputs[graph.inputs.findIndex(({ name }) => name === node.target)];
      values.set(node.name, input === undefined ? [] : [input]);
    } else if (node.op === 'get_attr') values.set(node.name, [stateOf(node.target)]);
    else if (node.op === 'call_function') {
      const found = findFunction(node.target);
      assert.ok(found, node.target);
      values.set(node.name, leaves(found.fn.forward({ ops: slowOps, args, tensor, training: false })));
    } else {
      const module = graph.modules.find(({ path }) => path === node.target);
      const layer = findLayer(module?.class ?? '');
      assert.ok(module && layer, node.target);
      const own = Object.fromEntries(
        Object.entries(module.state).map(([key, name]) => [key, name === null ? null : stateOf(name)]),
      );
      const call = { ops: slowOps, args: module.args, inputs: args, tensor, state: own, training: false };
      values.set(node.name, leaves(layer.forward(call)));
    }
    const shapes = (values.get(node.name) ?? []).map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
    assert.deepEqual(shapes, node.outputs, `${node.name}: the shapes the graph names`);
  }
  throw new Error('The graph has no output.');
}

function refs(value: Value | Readonly<Record<string, Value>>): NodeRef[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isNodeRef(value)) return [value];
  return (isList(value) ? value : Object.values(value)).flatMap((item) => refs(item as Value));
}
