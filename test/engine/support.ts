// Runs a piece of program on a backend, outside of any model.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { Random } from '../../src/base/random.ts';
import { differentiate, fuse, withoutDeadSteps } from '../../src/engine/autodiff.ts';
import { Assembler, type Backend } from '../../src/engine/backend.ts';
import { engineOps } from '../../src/engine/engine-ops.ts';
import { planMemory } from '../../src/engine/memory.ts';
import type { Sample, SampleInput } from '../../src/engine/ops/op.ts';
import { arrange, type Call, type Cutting, partialBytes } from '../../src/engine/parts.ts';
import { Builder, rootOf, sizeOf, type Value } from '../../src/engine/values.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** The compiled kernels, made from the sources as they are now, by the name of their backend. */
export function currentKernels() {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
  execFileSync(process.execPath, [path.join(root, 'tools/build-kernels.mjs')], { cwd: root });
  const read = (name: string) => readFileSync(path.join(root, 'dist', name));
  return { fused: read('kernels-fused.wasm'), simd: read('kernels.wasm') };
}

export interface Evaluation {
  /** Σ output · weights. */
  readonly loss: number;
  readonly output: number[];
  /** Of the float inputs, by position; null for others. */
  readonly gradients: (number[] | null)[];
}

/** One program for a sample, which can be run for many inputs. */
export interface SampleProgram {
  readonly output: Value;
  /** Calls after cutting. */
  readonly calls: readonly Call[];
  run(inputs: readonly ArrayLike<number>[]): Evaluation;
  /** What the last run left in an input's memory; it writes there only what a layer keeps. */
  input(position: number): number[];
}

interface SampleOptions {
  /** What the output is weighed with in the loss; drawn where absent. */
  readonly weights?: readonly number[];
  /** Whether running statistics move. */
  readonly track?: boolean;
  /** Cuts calls into parts; whole where absent. */
  readonly cutting?: Cutting;
}

export function describeInput(input: readonly number[] | SampleInput): SampleInput {
  return 'shape' in input ? input : { shape: input };
}

/** Numbers for a sample's inputs, the same on every run. */
export function drawInputs(sample: Sample): number[][] {
  return sample.inputs.map((given, i) => {
    const { shape, dtype = 'float32', low, high } = describeInput(given);
    const random = new Random(1, 'sample', `${sample.name} ${i}`);
    const draw = () => {
      if (dtype !== 'float32') return Math.floor(random.uniform(low ?? 0, high ?? 2));
      return Math.fround(low === undefined ? random.normal() : random.uniform(low, high));
    };
    return Array.from({ length: sizeOf(shape) }, draw);
  });
}

export function sampleProgram(
  sample: Sample,
  backend: Backend,
  { weights: given, track = false, cutting }: SampleOptions = {},
): SampleProgram {
  const { memory } = backend;
  const builder = new Builder({ seed: 3, track, gradients: true }, engineOps);
  const inputs = sample.inputs.map((given, i) => {
    const { shape, dtype = 'float32' } = describeInput(given);
    return builder.input(i, { shape, dtype }, dtype === 'float32');
  });
  const output = sample.run(builder.ops, inputs);
  const random = new Random(2, 'weights', sample.name);
  const drawn = given ?? Array.from({ length: output.size }, () => random.normal());
  const weights = builder.constant(output.shape, 'float32', drawn);
  const loss = builder.ops.sum(builder.ops.binary('mul', output, weights), [], false);
  const gradients = differentiate(builder, loss);
  const wanted = inputs.map((input) => gradients.get(input) ?? null);
  const kept = [loss, output, ...wanted.filter((value) => value !== null)];
  const steps = fuse(withoutDeadSteps(builder.steps, kept), builder, new Set(kept.map(rootOf)));

  const addresses = new Map<Value, number>();
  for (const value of [...inputs, ...kept].map(rootOf))
    if (value.home.kind !== 'constant' && !addresses.has(value))
      addresses.set(value, memory.reserve(4 * Math.max(1, value.size)));
  addresses.set(builder.stepCounter, memory.reserve(4));
  const plan = planMemory(steps, new Set(addresses.keys()));
  const arena = memory.reserve(plan.bytes);
  const at = (value: Value): number => {
    const root = rootOf(value);
    const known = addresses.get(root);
    if (known !== undefined) return known;
    if (root.home.kind === 'temporary') return arena + plan.offsetOf(root);
    if (root.home.kind !== 'constant') throw new Error(`no place for ${root.home.kind}`);
    const address = memory.reserve(4 * Math.max(1, root.size));
    (root.home.data instanceof Float32Array ? memory.f : memory.i).set(root.home.data, address >>> 2);
    addresses.set(root, address);
    return address;
  };
  const calls: Call[] = [];
  for (const [i, step] of steps.entries())
    step.lower({
      at: (value) => (value === null ? 0 : at(value)),
      scratch: arena + (plan.scratch[i] ?? 0),
      kernel: (name, args: Readonly<Record<string, number>>) => calls.push({ name, args }),
    });
  const assembler = new Assembler();
  const pieces =
    cutting === undefined
      ? calls
      : arrange(calls, memory.reserve(partialBytes(calls, cutting)), cutting).flatMap(({ parts }) =>
          parts.flatMap((part) => part.calls),
        );
  for (const { name, args } of pieces) assembler.kernel(name, args);
  const read = (value: Value) => {
    const start = at(value) >>> 2;
    return Array.from((value.dtype === 'float32' ? memory.f : memory.i).subarray(start, start + value.size));
  };
  const runnable = backend.load(assembler.finish());
  return {
    output,
    calls: pieces,
    input: (position) => read(inputs[position] ?? output),
    run(data) {
      for (const [i, input] of inputs.entries()) {
        const view = input.dtype === 'float32' ? memory.f : memory.i;
        view.set(data[i] ?? [], at(input) >>> 2);
      }
      // What an earlier run left must not matter.
      memory.f.fill(Number.NaN, arena >>> 2, (arena + plan.bytes) >>> 2);
      runnable.run();
      return { loss: read(loss)[0] ?? 0, output: read(output), gradients: wanted.map((value) => value && read(value)) };
    },
  };
}

/** The largest difference, relative to the largest expected number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [scale, worst] = [1e-30, 0];
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i] ?? 0));
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (Number.isNaN(difference)) {
      if (!Object.is(actual[i], expected[i])) return Number.POSITIVE_INFINITY;
    } else worst = Math.max(worst, difference);
  }
  return worst / scale;
}
