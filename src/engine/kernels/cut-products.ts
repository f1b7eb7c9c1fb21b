// Cuts of products of matrices and convolutions.

import { WINOGRAD } from './conv.ts';
import { type Cut, moved, type ParamsOf, rows } from './cut.ts';
import type { KernelArgs } from './kernel.ts';

type ConvArgs = KernelArgs<Omit<ParamsOf<'conv'>, 'x' | 'w' | 'packed' | 'bias' | 'y' | 'scratch'>>;
const inputsOf = ({ ci, id, ih, iw }: ConvArgs) => ci * id * ih * iw;
const placesOf = ({ od, oh, ow }: ConvArgs) => od * oh * ow;
const weightsOf = ({ co, ci, groups, kd, kh, kw }: ConvArgs) => (co * ci * kd * kh * kw) / groups;
/** A product, with the accumulators in registers. */
const PRODUCT = 1 / 16;
/** Moving an element to where the product reads it. */
const PACK = 0.2;
/** 3×3 convolutions by a quarter of the products. */
const fewer = ({ method }: ConvArgs) => (method === WINOGRAD ? 0.4 : 1);
const convWork = (args: ConvArgs) => placesOf(args) * weightsOf(args) * PRODUCT * fewer(args);
/** Images that are worked on at once. */
const together = ({ samples }: ConvArgs) => samples;
/** Products a weight's gradient must have in a part, for the sum over the parts to cost little. */
const PLACES = 1024;

/** Whole groups of images, where that leaves two parts. */
function weightGrain(args: ConvArgs): number {
  const least = Math.ceil(Math.max(together(args), PLACES / placesOf(args)));
  const groups = Math.ceil(least / together(args)) * together(args);
  return args.n >= 2 * groups ? groups : least;
}

type GemmArgs = KernelArgs<ParamsOf<'gemm'>>;

/** By matrices, or by rows or columns of one; what is not cut, and not packed before, is packed by every part. */
const gemm: Cut<ParamsOf<'gemm'>> = {
  work: ({ batch, m, n, k }) => batch * m * n * k * PRODUCT,
  units: (args) => args[gemmSize(args)],
  again(args) {
    const { m, n, k, a_transposed, b_packed } = args;
    return { batch: 0, m: b_packed !== 0 ? 0 : n * k * PACK, n: a_transposed !== 0 ? m * k * PACK : 0 }[gemmSize(args)];
  },
  grain: (args) => ({ batch: 1, m: 12, n: 16 })[gemmSize(args)],
  part(args, first, count) {
    const size = gemmSize(args);
    const { a_stride, a_transposed, b_stride, b_transposed, b_packed, m, k, lda, ldb, ldc } = args;
    const strides = {
      batch: { a: a_stride, b: b_stride, c: m * ldc },
      m: { a: a_transposed !== 0 ? 1 : lda, c: ldc },
      n: { b: b_packed !== 0 ? k : b_transposed !== 0 ? ldb : 1, c: 1, bias: 1 },
    }[size];
    return { ...args, [size]: count, ...moved(args, strides, first) };
  },
};

function gemmSize({ batch, m, n }: GemmArgs): 'batch' | 'm' | 'n' {
  return batch > 1 ? 'batch' : n > m ? 'n' : 'm';
}

/** By panels. */
const gemm_pack: Cut<ParamsOf<'gemm_pack'>> = {
  work: ({ n, k }) => n * k * PACK,
  units: ({ n }) => n,
  grain: () => 8,
  part: (args, first, count) => ({
    ...args,
    n: count,
    ...moved(args, { b: args.b_transposed !== 0 ? args.ldb : 1, packed: args.k }, first),
  }),
};

export const products = {
  gemm_pack,
  gemm,
  conv: rows<'conv'>({
    size: 'n',
    strides: (args) => ({ x: inputsOf(args), y: args.co * placesOf(args) }),
    work: convWork,
    grain: together,
  }),
  conv_grad_input: rows<'conv_grad_input'>({
    size: 'n',
    strides: (args) => ({ gx: inputsOf(args), gy: args.co * placesOf(args) }),
    work: convWork,
    grain: together,
  }),
  conv_grad_weight: rows<'conv_grad_weight'>({
    size: 'n',
    strides: (args) => ({ x: inputsOf(args), gy: args.co * placesOf(args) }),
    work: convWork,
    grain: weightGrain,
    sums: (args) => ({ gw: weightsOf(args) }),
  }),
};
