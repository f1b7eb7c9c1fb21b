// A recorded case of PyTorch's against a backend: outputs, gradients of inputs and parameters, buffers afterwards.

import assert from 'node:assert/strict';
import { UserError } from '../../src/base/errors.ts';
import type { Backend } from '../../src/engine/backend.ts';
import type { Sample } from '../../src/engine/ops/op.ts';
import type { Value as Handle } from '../../src/engine/values.ts';
import type { DType } from '../../src/torch/ops.ts';
import type { Values } from '../../src/torch/signature.ts';
import { relativeError, sampleProgram } from './support.ts';

const TOLERANCE = 1e-5;
/** Twice float32's rounding, for what a float32 mean costs where inputs lie far from zero. */
const ROUNDING = 2 ** -23;

interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
}

export interface Case {
  readonly name: string;
  readonly args: Values;
  readonly training: boolean;
  /** How many times its spread an input lies from zero. */
  readonly condition: number;
  /** The call's arguments; tensors by the names of `inputs`. */
  readonly call: Values;
  /** What stands for parameters: functions of the tensors below. */
  readonly computed?: Readonly<Record<string, { readonly function: string; readonly args: Values }>>;
  readonly inputs: Readonly<Record<string, Recorded>>;
  readonly state: Readonly<Record<string, Recorded>>;
  readonly outputs?: readonly Recorded[];
  /** What PyTorch says where it refuses. */
  readonly error?: string;
  /** What each output is weighed with in the loss. */
  readonly cotangents?: readonly (readonly number[])[];
  readonly gradients?: Readonly<Record<string, readonly number[]>>;
  readonly buffers?: Readonly<Record<string, readonly number[]>>;
}

export type EngineOps = Parameters<Sample['run']>[0];
type Forward = (ops: EngineOps, handles: ReadonlyMap<string, Handle>) => Handle[];

/** `forward` makes the case's outputs from handles of its inputs and state, by name. */
export function checkCase(name: string, recorded: Case, backend: Backend, forward: Forward): void {
  const { inputs, state, outputs = [], cotangents, gradients, buffers = {}, training } = recorded;
  const tolerance = Math.max(TOLERANCE, recorded.condition * ROUNDING);
  const named = Object.entries({ ...inputs, ...state });
  const shapes: (readonly number[])[] = [];
  const sample: Sample = {
    name: recorded.name,
    inputs: named.map(([, { shape, dtype }]) => ({ shape, dtype })),
    run(ops, handles) {
      const made = forward(ops, new Map(named.map(([key], position) => [key, at(handles, position)])));
      shapes.push(...made.map(({ shape }) => shape));
      return together(ops, made);
    },
  };
  if (recorded.error !== undefined) {
    assert.throws(() => sampleProgram(sample, backend), UserError, recorded.error);
    return;
  }
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

/** Several outputs as one, behind each other. */
function together(ops: EngineOps, outputs: readonly Handle[]): Handle {
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

function at(handles: readonly Handle[], i: number): Handle {
  const handle = handles[i];
  assert.ok(handle);
  return handle;
}
