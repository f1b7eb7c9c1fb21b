// Ten recorded steps of every optimizer, by its kernel alone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Assembler, type Backend, referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import { findOptimizer } from '../../src/engine/find-optimizer.ts';
import { kernels as table } from '../../src/engine/kernels/all.ts';
import type { Values } from '../../src/torch/signature.ts';
import { currentKernels, relativeError } from './support.ts';

const kernels = currentKernels();
const backends: [string, () => Backend][] = [
  ['reference', () => referenceBackend()],
  ['simd', () => wasmBackend(kernels.simd)],
  ['fused', () => wasmBackend(kernels.fused)],
];

interface Case {
  readonly name: string;
  readonly args: Values;
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly values: readonly (readonly number[])[];
}

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('../oracle/optimizers.json', import.meta.url), 'utf8'),
);

suite('optimizers: ten steps as PyTorch', () => {
  for (const { name, args, start, gradients, values } of cases)
    for (const [backend, make] of backends)
      test(`${name} ${JSON.stringify(args)} (${backend})`, () => {
        const { kernel, bind } = findOptimizer(name);
        const { slots, scalars: scalarsOf } = bind(args);
        const { memory, load } = make();
        const [p, g, update, scalars] = [0, 1, 2, 3].map(() => memory.reserve(64)) as [number, number, number, number];
        const known: Record<string, number> = { n: 16, p, g, update, scalars };
        for (const [slot, start] of Object.entries(slots)) {
          known[slot] = memory.reserve(64);
          memory.f.fill(start, known[slot] >>> 2, (known[slot] >>> 2) + 16);
        }
        const params = Object.keys(table[kernel].params);
        const assembler = new Assembler();
        assembler.kernel(kernel, Object.fromEntries(params.map((param) => [param, known[param] ?? 0])));
        const runnable = load(assembler.finish());
        memory.f.set(start, p >>> 2);
        for (const [i, gradient] of gradients.entries()) {
          memory.f.set(gradient, g >>> 2);
          memory.f.set(scalarsOf(i + 1), scalars >>> 2);
          const before = memory.f.slice(p >>> 2, (p >>> 2) + 9);
          runnable.run();
          const after = memory.f.slice(p >>> 2, (p >>> 2) + 9);
          const error = relativeError(after, values[i] ?? []);
          assert.ok(error <= 1e-5, `step ${i + 1} differs by ${error}`);
          const moved = memory.f.slice(update >>> 2, (update >>> 2) + 9);
          assert.deepEqual(
            moved,
            after.map((value, j) => value - (before[j] ?? 0)),
          );
        }
      });
});
