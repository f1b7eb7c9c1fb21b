// Kernels whose pairs of 128-bit operations the runtime merges into 256-bit ones. V8 can, by an experimental flag; the
// kernels keep neighboring sums side by side for it. Nothing is taken on trust: calls of every hot kernel are made
// before and after, and one bit of difference refuses the module. Functions are compiled when they are first called,
// and the flag is on for these calls only, so that what was not compared is not merged either.

import { Random } from '../base/random.ts';
import { Assembler, WIDE_SECTION, wasmBackend } from './backend.ts';
import { ACTIVATIONS } from './kernels/activation.ts';
import { convPlan } from './kernels/conv.ts';
import { gemmScratch } from './kernels/gemm.ts';

/**
 * The kernels compiled with merged operations, where they give the bits they give without; null where they do not.
 * `merge` switches the runtime's merging for what is compiled next, and says whether there is such a thing. What is
 * compiled belongs to the returned array, for a memory of one thread and for one that threads share.
 */
export function widened(kernels: Uint8Array, merge: (on: boolean) => boolean): Uint8Array | null {
  const expected = trial(kernels, false);
  const name = new TextEncoder().encode(WIDE_SECTION);
  const section = [0, 1 + name.length, name.length, ...name];
  const wide = new Uint8Array(kernels.length + section.length);
  wide.set(kernels);
  wide.set(section, kernels.length);
  if (!merge(true)) return null;
  try {
    for (const shared of [false, true]) {
      const found = trial(wide, shared);
      if (found.length !== expected.length || found.some((word, i) => word !== expected[i])) return null;
    }
    return wide;
  } finally {
    merge(false);
  }
}

/** The bits of everything that a call of each hot kernel leaves in memory. */
function trial(kernels: Uint8Array, shared: boolean): Int32Array {
  const backend = wasmBackend(kernels, { shared });
  const { memory } = backend;
  const assembler = new Assembler();
  const random = new Random(0, 'trial');
  const made: { readonly at: number; readonly count: number }[] = [];
  const given = (count: number) => {
    const address = memory.reserve(4 * count);
    for (let i = 0; i < count; i++) memory.f[(address >>> 2) + i] = random.normal();
    return address;
  };
  const result = (count: number) => {
    const address = memory.reserve(4 * count);
    made.push({ at: address >>> 2, count });
    return address;
  };
  products(assembler, given, result);
  convolutions(assembler, { given, result, scratch: (count) => memory.reserve(4 * count) });
  passes(assembler, given, result);
  backend.load(assembler.finish()).run();
  return Int32Array.from(made.flatMap(({ at, count }) => Array.from(memory.i.subarray(at, at + count))));
}

type Place = (count: number) => number;

/** Tiles of six rows and of four, whole and cut off, of one block and of two. */
function products(assembler: Assembler, given: Place, result: Place): void {
  for (const [m, n, k] of [
    [18, 24, 40],
    [19, 13, 301],
    [8, 16, 33],
    [3, 5, 7],
  ])
    for (const a_transposed of [0, 1])
      for (const b_transposed of [0, 1])
        assembler.kernel('gemm', {
          ...{
            batch: 1,
            m,
            n,
            k,
            a_stride: 0,
            a_transposed,
            b_stride: 0,
            b_transposed,
            b_packed: 0,
            lda: a_transposed === 0 ? k : m,
            ldb: b_transposed === 0 ? n : k,
            ldc: n,
            alpha: 0.5,
            relu: a_transposed,
            accumulate: 0,
          },
          a: given(m * k),
          b: given(k * n),
          c: result(m * n),
          bias: given(n),
          scratch: given(gemmScratch(m, n, k)),
        });
}

interface Places {
  readonly given: Place;
  readonly result: Place;
  readonly scratch: Place;
}

/** By each method: transformed, with channels last, depthwise, of few channels. */
function convolutions(assembler: Assembler, { given, result, scratch: take }: Places): void {
  for (const [ci, co, stride, groups] of [
    [9, 14, 1, 1],
    [10, 12, 2, 1],
    [8, 8, 1, 8],
    [3, 10, 1, 1],
  ]) {
    const places = { id: 1, ih: 9, iw: 10, od: 1, oh: Math.ceil(9 / stride), ow: Math.ceil(10 / stride) };
    const steps = { sd: 1, sh: stride, sw: stride, pd: 0, ph: 1, pw: 1, dd: 1, dh: 1, dw: 1, groups };
    const sizes = { n: 2, ci, co, ...places, kd: 1, kh: 3, kw: 3, ...steps };
    const { method, columns, samples, ...needed } = convPlan(sizes);
    const words = { ...sizes, method, columns, samples, scratch: take(needed.scratch), bias: 0 };
    const [pixels, outputs, weights] = [2 * ci * 90, 2 * co * places.oh * places.ow, (9 * co * ci) / groups];
    const [x, w, gy] = [given(pixels), given(weights), given(outputs)];
    for (const to_input of [0, 1]) {
      const packed = take(to_input === 0 ? needed.packed : needed.packedToInput);
      assembler.kernel('conv_pack', { ...words, to_input, w, packed });
      if (to_input === 0) assembler.kernel('conv', { ...words, x, w, packed, y: result(outputs) });
      else assembler.kernel('conv_grad_input', { ...words, gy, w, packed, gx: result(pixels) });
    }
    assembler.kernel('conv_grad_weight', { ...words, x, gy, gw: result(weights) });
  }
}

/** What goes once over memory. */
function passes(assembler: Assembler, given: Place, result: Place): void {
  const [n, c, s] = [3, 6, 45];
  const all = n * c * s;
  const [x, gy, weight, bias, mean, invstd] = [given(all), given(all), given(c), given(c), result(2 * c), result(c)];
  const running = { running_mean: 0, running_var: 0, num_batches_tracked: 0, momentum: 0, eps: 1e-5 };
  const norm = { n, c, s, first: 0, taken: c, x, weight, mean, invstd };
  assembler.kernel('batch_norm', { ...norm, ...running, bias, y: result(all), relu: 1 });
  const gradients = { gx: result(all), gw: result(c), gb: result(c) };
  assembler.kernel('batch_norm_grad', { ...norm, ...gradients, y: 0, gy, frozen: 0 });
  const [rows, d] = [n * c, s];
  const row = { rows, d, x, weight: given(d), mean: result(rows), invstd: result(rows) };
  assembler.kernel('layer_norm', { ...row, bias: given(d), y: result(all), eps: 1e-5 });
  assembler.kernel('layer_norm_grad', { ...row, gy, gx: result(all), gw: result(d), gb: result(d) });
  const names = Object.keys(ACTIVATIONS);
  for (const op of ['relu', 'tanh', 'sigmoid', 'gelu'].map((name) => names.indexOf(name))) {
    assembler.kernel('unary', { op, n: all, x, y: result(all), alpha: 1, beta: 0 });
    assembler.kernel('unary_grad', { op, n: all, saved: x, gy, gx: result(all), alpha: 1, beta: 0 });
  }
  assembler.kernel('softmax', { outer: rows, n: d, inner: 1, causal: 0, x, y: result(all) });
}
