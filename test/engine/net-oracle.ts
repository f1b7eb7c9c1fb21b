// Twenty steps of a whole net as PyTorch recorded them: losses, all tensors afterwards, and the output in evaluation.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createSession, type SessionOptions, type Tensor } from '../../src/engine/session.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { DType } from '../../src/torch/ops.ts';
import type { Values } from '../../src/torch/signature.ts';
import { relativeError } from './support.ts';

const TOLERANCE = 1e-4;

interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
}

export interface Net {
  readonly name: string;
  readonly loss: SessionOptions['loss'];
  readonly optimizer: { readonly target: string; readonly args: Values };
  readonly start: Readonly<Record<string, Recorded>>;
  readonly batches: readonly { readonly inputs: readonly Recorded[]; readonly target: Recorded }[];
  readonly losses: readonly number[];
  readonly end: Readonly<Record<string, readonly number[]>>;
  readonly evalOutput: readonly number[];
}

export function recordedNets(file: string): readonly Net[] {
  return JSON.parse(readFileSync(new URL(`../oracle/${file}`, import.meta.url), 'utf8')).nets;
}

export function checkNet(net: Net, graph: Graph, kernels: Uint8Array | null): void {
  const session = createSession({
    graph,
    seed: 0,
    batch: net.batches[0]?.target.shape[0] ?? 0,
    loss: net.loss,
    optimizer: net.optimizer,
    probes: [],
    kernels,
  });
  for (const [name, { data }] of Object.entries(net.start)) session.write(name, Float32Array.from(data));
  const losses = net.losses.map((_, step) => {
    const { inputs, target } = net.batches[step % net.batches.length] ?? assert.fail();
    return session.step(inputs.map(tensor), tensor(target));
  });
  assert.ok(relativeError(losses, net.losses) <= TOLERANCE, `losses ${losses}, not ${net.losses}`);
  for (const [name, expected] of Object.entries(net.end)) {
    const error = relativeError(session.read(name), expected);
    assert.ok(error <= TOLERANCE, `${name} differs by ${error}`);
  }
  const first = net.batches[0] ?? assert.fail();
  const { output } = session.evaluate(first.inputs.map(tensor), tensor(first.target), { mode: 'eval' });
  assert.ok(relativeError(output, net.evalOutput) <= TOLERANCE);
  session.dispose();
}

function tensor({ shape, dtype, data }: Recorded): Tensor {
  return { shape, dtype, data: dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data) };
}
