// The engine against what PyTorch computed: outputs, gradients of inputs and parameters, buffers afterwards.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type Backend, referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import type { Value as Handle } from '../../src/engine/values.ts';
import { leaves } from '../../src/torch/layer.ts';
import { findFunction, findLayer } from '../../src/torch/lookup.ts';
import type { NodeRef } from '../../src/torch/signature.ts';
import { type Case, checkCase, type EngineOps } from './oracle.ts';
import { currentKernels } from './support.ts';

const ORACLE = new URL('../oracle/', import.meta.url);
const kernels = currentKernels();

interface LayerOracle {
  readonly layer?: string;
  readonly cases: readonly Case[];
}

const backends: [string, () => Backend][] = [
  ['reference', () => referenceBackend()],
  ['simd', () => wasmBackend(kernels.simd)],
  ['fused', () => wasmBackend(kernels.fused)],
];

for (const file of readdirSync(ORACLE).sort()) {
  if (!file.endsWith('.json')) continue;
  const oracle: LayerOracle = JSON.parse(readFileSync(new URL(file, ORACLE), 'utf8'));
  const name = oracle.layer;
  if (name === undefined) continue;
  suite(name, () => {
    for (const recorded of oracle.cases)
      for (const [backend, make] of backends)
        test(`${recorded.name} (${backend})`, () =>
          checkCase(name, recorded, make(), (ops, handles) => forward(name, recorded, ops, handles)));
  });
}

function forward(
  name: string,
  { args, call, computed = {}, training }: Case,
  ops: EngineOps,
  handles: ReadonlyMap<string, Handle>,
): Handle[] {
  const layer = findLayer(name);
  assert.ok(layer, `${name} is not known`);
  const known = new Map(handles);
  const tensor = ({ node }: NodeRef) => known.get(node) ?? assert.fail(`no tensor ${node}`);
  for (const [key, { function: target, args: given }] of Object.entries(computed)) {
    const [made] = leaves(findFunction(target)?.fn.forward({ ops, args: given, tensor, training }) ?? null);
    known.set(key, made ?? assert.fail(`${target} makes nothing`));
  }
  const spec = layer.state(args);
  const output = layer.forward({
    ops,
    args,
    inputs: { ...call, ...Object.fromEntries(Object.keys(computed).map((key) => [key, { node: key }])) },
    tensor,
    state: Object.fromEntries(Object.entries(spec).map(([key, one]) => [key, one && (handles.get(key) ?? null)])),
    training,
  });
  return leaves(output);
}
