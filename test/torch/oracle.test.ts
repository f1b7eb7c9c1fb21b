// Layers and functions against PyTorch, on the slow ops: shapes, dtypes, numbers, running statistics, and what is
// refused. The shape rules must say the same as the numbers do.

import assert from 'node:assert/strict';
import { UserError } from '../../src/base/errors.ts';
import { leaves } from '../../src/torch/layer.ts';
import { findFunction, findLayer, functionOutput, layerOutput } from '../../src/torch/lookup.ts';
import type { TensorType } from '../../src/torch/ops.ts';
import type { NodeRef } from '../../src/torch/signature.ts';
import type { Dense } from './dense.ts';
import { type Case, cases, type Recorded, recorded, tensorOf } from './oracle.ts';
import { slowOps } from './slow-ops.ts';

interface Result {
  readonly types: readonly TensorType[];
  readonly outputs: readonly Dense[];
  readonly state: Readonly<Record<string, Dense | null>>;
}

suite('torch: PyTorch as the oracle', () => {
  test('every case has a recording', () => {
    assert.equal(recorded.length, cases.length);
    assert.ok(cases.length > 500);
  });

  for (const [i, one] of cases.entries()) {
    const expected = recorded[i] ?? {};
    test(title(one), () => (expected.error === undefined ? compare(run(one), expected) : refused(one, expected)));
  }
});

function title(one: Case): string {
  const shapes = Object.values(one.types).map(({ shape }) => `[${shape.join(', ')}]`);
  return `${one.layer ?? one.function} ${JSON.stringify(one.args)} ${shapes.join(' ')}${one.training === false ? ' eval' : ''}`;
}

function refused(one: Case, { error }: Recorded): void {
  assert.throws(
    () => run(one),
    (thrown) => {
      assert.ok(thrown instanceof UserError, `PyTorch says: ${error}; got ${String(thrown)}`);
      assert.match(thrown.code, /^(shape|torch)\//);
      assert.match(thrown.message, /expects .*, and got .*\.$/);
      return true;
    },
    `PyTorch says: ${error}`,
  );
}

function run(one: Case): Result {
  const tensors = Object.fromEntries(Object.entries(one.types).map(([key, spec]) => [key, tensorOf(key, spec)]));
  const tensor = ({ node }: NodeRef) => {
    const found = tensors[node];
    assert.ok(found);
    return found;
  };
  const training = one.training ?? true;
  if (one.layer === undefined) {
    const found = findFunction(one.function ?? '');
    assert.ok(found, `${one.function} is not known`);
    const types = leaves(functionOutput(found.fn, one.args, tensors, training));
    return { types, outputs: leaves(found.fn.forward({ ops: slowOps, args: one.args, tensor, training })), state: {} };
  }
  const layer = findLayer(one.layer);
  assert.ok(layer, `${one.layer} is not known`);
  const inputs = one.inputs ?? {};
  const types = leaves(layerOutput(layer, one.args, inputs, tensors, training));
  const state = Object.fromEntries(
    Object.entries(layer.state(one.args)).map(([name, spec]) => [
      name,
      spec === null
        ? null
        : spec.dtype === 'int64'
          ? { shape: spec.shape, dtype: spec.dtype, data: [0] }
          : tensorOf(name, { shape: spec.shape, positive: name === 'running_var' }),
    ]),
  );
  return {
    types,
    outputs: leaves(layer.forward({ ops: slowOps, args: one.args, inputs, tensor, state, training })),
    state,
  };
}

function compare({ types, outputs, state }: Result, expected: Recorded): void {
  const wanted = expected.outputs ?? [];
  assert.deepEqual(
    types.map(({ shape, dtype }) => ({ shape, dtype })),
    wanted.map(({ shape, dtype }) => ({ shape, dtype })),
    'shape rules',
  );
  for (const [i, { data, shape, dtype }] of wanted.entries()) {
    assert.deepEqual([outputs[i]?.shape, outputs[i]?.dtype], [shape, dtype], `output ${i}`);
    close(outputs[i]?.data ?? [], data.map(toNumber), `output ${i}`);
  }
  if (expected.state !== undefined) {
    const shapes = Object.entries(state).filter(([, value]) => value !== null);
    assert.deepEqual(Object.fromEntries(shapes.map(([name, value]) => [name, value?.shape])), expected.state);
  }
  for (const [name, data] of Object.entries(expected.after ?? {})) close(state[name]?.data ?? [], data, name);
}

function toNumber(value: number | string | boolean): number {
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  if (value === '-inf') return Number.NEGATIVE_INFINITY;
  return Number(value);
}

function close(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, `${what}: count`);
  for (const [i, want] of expected.entries()) {
    const got = actual[i] ?? Number.NaN;
    const near = Object.is(got, want) || got === want || Math.abs(got - want) <= 2e-5 + 2e-5 * Math.abs(want);
    assert.ok(near || (Number.isNaN(got) && Number.isNaN(want)), `${what}[${i}]: ${got}, not ${want}`);
  }
}
