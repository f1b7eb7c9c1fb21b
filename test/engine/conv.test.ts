import assert from 'node:assert/strict';
import { Random } from '../../src/base/random.ts';
import { Assembler, type Backend, referenceBackend, wasmBackend } from '../../src/engine/backend.ts';
import type { KernelName } from '../../src/engine/kernels/all.ts';
import { convPlan } from '../../src/engine/kernels/conv.ts';
import { currentKernels, relativeError } from './support.ts';

const modules = currentKernels();

/** A 3×3 convolution with padding 1. */
function sizes(n: number, ci: number, co: number, size: number) {
  const places = { id: 1, ih: size, iw: size, od: 1, oh: size, ow: size };
  const steps = { kd: 1, kh: 3, kw: 3, sd: 1, sh: 1, sw: 1, pd: 0, ph: 1, pw: 1, dd: 1, dh: 1, dw: 1, groups: 1 };
  return { n, ci, co, ...places, ...steps };
}

type Sizes = ReturnType<typeof sizes>;

/** The three kernels' results, of the same random tensors. */
function results(backend: Backend, shape: Sizes, plan: ReturnType<typeof convPlan>): Record<string, number[]> {
  const { memory } = backend;
  const draw = (name: string, count: number) => {
    const address = memory.reserve(4 * count);
    const random = new Random(7, name);
    for (let i = 0; i < count; i++) memory.f[(address >>> 2) + i] = Math.fround(random.normal());
    return address;
  };
  const counts = {
    x: shape.n * shape.ci * shape.ih * shape.iw,
    w: shape.co * shape.ci * 9,
    y: shape.n * shape.co * shape.oh * shape.ow,
  };
  const x = draw('x', counts.x);
  const w = draw('w', counts.w);
  const gy = draw('gy', counts.y);
  const scratch = memory.reserve(4 * plan.scratch);
  const { method, columns, samples } = plan;
  const words = { ...shape, method, columns, samples };
  const assembler = new Assembler();
  const pack = (to_input: number, count: number) => {
    const packed = memory.reserve(4 * count);
    assembler.kernel('conv_pack', { ...words, to_input, w, packed, scratch });
    return packed;
  };
  const calls: [KernelName, number, Record<string, number>][] = [
    ['conv', counts.y, { x, w, packed: pack(0, plan.packed), bias: 0 }],
    ['conv_grad_input', counts.x, { gy, w, packed: pack(1, plan.packedToInput), bias: 0 }],
    ['conv_grad_weight', counts.w, { x, gy }],
  ];
  const outputs = ['y', 'gx', 'gw'];
  const found = calls.map(([name, count, args], i) => {
    const address = memory.reserve(4 * count);
    assembler.kernel(name, {
      ...words,
      ...args,
      [outputs[i] ?? '']: address,
      scratch,
    });
    return { name, address, count };
  });
  backend.load(assembler.finish()).run();
  const read = (address: number, count: number) =>
    Array.from(memory.f.subarray(address >>> 2, (address >>> 2) + count));
  return Object.fromEntries(found.map(({ name, address, count }) => [name, read(address, count)]));
}

suite('convolutions', () => {
  test('with many channels, transformed ones are within 1e-5', () => {
    const shape = sizes(1, 256, 16, 8);
    const plan = convPlan(shape);
    assert.equal(plan.method, 1);
    const exact = results(referenceBackend(true), shape, plan);
    for (const module of Object.values(modules))
      for (const [kernel, actual] of Object.entries(results(wasmBackend(module), shape, plan))) {
        const error = relativeError(actual, exact[kernel] ?? []);
        assert.ok(error <= 1e-5, `${kernel} differs by ${error}`);
      }
  });

  test('how many rows of tiles are made at a time changes no bit of an output', () => {
    const shape = sizes(3, 8, 12, 13);
    const plan = convPlan(shape);
    const whole = results(wasmBackend(modules.simd), shape, plan);
    const cut = results(wasmBackend(modules.simd), shape, { ...plan, columns: 1 });
    assert.deepEqual(cut['conv'], whole['conv']);
    assert.deepEqual(cut['conv_grad_input'], whole['conv_grad_input']);
    assert.ok(relativeError(cut['conv_grad_weight'] ?? [], whole['conv_grad_weight'] ?? []) < 2e-6);
  });
});
