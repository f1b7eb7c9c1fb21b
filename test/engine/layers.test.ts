// The engine against what PyTorch computed: outputs, gradients of inputs and parameters, buffers afterwards.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type Backend, referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import type { Sample } from '../../src/engine/ops/op.ts';
import type { Value as Handle } from '../../src/engine/values.ts';
import { leaves } from '../../src/torch/layer.ts';
import { findLayer } from '../../src/torch/lookup.ts';
import type { DType } from '../../src/torch/ops.ts';
import type { Values } from '../../src/torch/signature.ts';
import { currentKernels, relativeError, sampleProgram } from './support.ts';

const ORACLE = new URL('../oracle/', import.meta.url);
const kernels = currentKernels();

const TOLERANCE = 1e-5;
/** Twice float32's rounding, for what a float32 mean costs where inputs lie far from zero. */
const ROUNDING = 2 ** -23;

interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
}

interface Case {
  readonly name: string;
  readonly args: Values;
  readonly training: boolean;
  /** How many times its spread an input lies from zero. */
  readonly condition: number;
  /** The call's arguments; tensors by the names of `inputs`. */
  readonly call: Values;
  readonly inputs: Readonly<Record<string, Recorded>>;
  readonly state: Readonly<Record<string, Recorded>>;
  readonly outputs: readonly Recorded[];
  /** What each output is weighed with in the loss. */
  readonly cotangents?: readonly (readonly number[])[];
  readonly gradients?: Readonly<Record<string, readonly number[]>>;
  readonly buffers: Readonly<Record<string, readonly number[]>>;
}

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
  const oracle: LayerOracle = JSON.parse(readFileSync(new URL(file, ORACLE), 'utf8'));
  const name = oracle.layer;
  if (name === undefined) continue;
  suite(name, () => {
    for (const recorded of oracle.cases)
      for (const [backend, make] of backends)
        test(`${recorded.name} (${backend})`, () => checkCase(name, recorded, make()));
  });
}

function checkCase(name: string, recorded: Case, backend: Backend): void {
  const { inputs, state, outputs, cotangents, gradients, buffers, training } = recorded;
  const tolerance = Math.max(TOLERANCE, recorded.condition * ROUNDING);
  const named = Object.entries({ ...inputs, ...state });
  const shapes: (readonly number[])[] = [];
  const sample: Sample = {
    name: recorded.name,
    inputs: named.map(([, { shape, dtype }]) => ({ shape, dtype })),
    run(ops, handles) {
      const made = forward(name, recorded, ops, handles);
      shapes.push(...made.map(({ shape }) => shape));
      return together(ops, made);
    },
  };
  const weights = cotangents?.flat();
  const program = sampleProgram(sample, backend, { ...(weights ? { weights } : {}), track: true });
  const found = program.run(named.map(([, { data }]) => data));
  assert.deepEqual(
    shapes,
    outputs.map(({ shape }) => shape),
  );
  let end = 0;
  for (const [i, { data }] of outputs.entries()) {
    const part = found.output.slice(end, end + data.length);
    close(part, data, { what: outputs.length === 1 ? 'the output' : `output ${i}`, tolerance });
    end += data.length;
  }
  for (const [i, [key]] of named.entries()) {
    const expected = gradients?.[key];
    if (expected !== undefined)
      close(found.gradients[i] ?? [], expected, {
        what: `the gradient of ${key}`,
        tolerance,
        floor: gradientScale(name, recorded),
      });
    const buffer = buffers[key];
    if (buffer !== undefined) close(program.input(i), buffer, { what: key, tolerance });
  }
  assert.ok(training || Object.keys(buffers).length === 0);
}

function forward(
  name: string,
  { args, call, inputs, state, training }: Case,
  ops: Parameters<Sample['run']>[0],
  handles: readonly Handle[],
): Handle[] {
  const layer = findLayer(name);
  assert.ok(layer, `${name} is not known`);
  const at = new Map([...Object.keys(inputs), ...Object.keys(state)].map((key, i) => [key, handles[i]]));
  const handle = (key: string) => at.get(key) ?? null;
  const spec = layer.state(args);
  const output = layer.forward({
    ops,
    args,
    inputs: call,
    tensor: ({ node }) => handle(node) ?? assert.fail(`no input ${node}`),
    state: Object.fromEntries(Object.entries(spec).map(([key, tensor]) => [key, tensor && handle(key)])),
    training,
  });
  return leaves(output);
}

/** Several outputs as one, behind each other. */
function together(ops: Parameters<Sample['run']>[0], outputs: readonly Handle[]): Handle {
  const [only] = outputs;
  assert.ok(only);
  if (outputs.length === 1) return only;
  return ops.cat(
    outputs.map((one) => ops.reshape(ops.cast(one, 'float32'), [one.size])),
    0,
  );
}

/** Behind a normalization a gradient may cancel to nothing (its batch of two, a bias): then it is small beside the output's. */
function gradientScale(name: string, { cotangents = [] }: Case): number {
  return name.includes('Norm') ? Math.max(...cotangents.flat().map(Math.abs)) : 0;
}

interface Closeness {
  readonly what: string;
  readonly tolerance: number;
  readonly floor?: number;
}

function close(
  actual: readonly number[],
  expected: readonly number[],
  { what, tolerance, floor = 0 }: Closeness,
): void {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(1e-30, ...expected.map(Math.abs));
  const error = (relativeError(actual, expected) * scale) / Math.max(scale, floor);
  assert.ok(error <= tolerance, `${what} differs by ${error}`);
}
