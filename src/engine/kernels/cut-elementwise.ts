// Cuts of what treats every element alike.

import { type Cut, moved, type ParamsOf, rows } from './cut.ts';
import { BINARY } from './elementwise.ts';
import type { KernelArgs } from './kernel.ts';

/** Nanoseconds an element. */
export const ELEMENT = 0.4;
export const FUNCTION = 3;
const POW = BINARY.indexOf('pow');
/** Elements of 64 bytes: no two parts write to one cache line. */
const LINE = 16;

type Strided = 'binary' | 'compare' | 'binary_int';

/** The first of the four dimensions that is not 1. */
const strided: Cut<ParamsOf<Strided>> = {
  work: ({ op, d0, d1, d2, d3 }) => d0 * d1 * d2 * d3 * (op === POW ? 20 : ELEMENT),
  units: (args) => args[outermost(args)],
  grain: (args) => (outermost(args) === 'd3' ? LINE : 1),
  part(args, first, count) {
    const { d1, d2, d3 } = args;
    const outer = outermost(args);
    const [a, b, y] = (
      {
        d0: [args.a0, args.b0, d1 * d2 * d3],
        d1: [args.a1, args.b1, d2 * d3],
        d2: [args.a2, args.b2, d3],
        d3: [args.a3, args.b3, 1],
      } as const
    )[outer];
    return { ...args, [outer]: count, ...moved(args, { a, b, y }, first) };
  },
};

function outermost({ d0, d1, d2 }: KernelArgs<ParamsOf<Strided>>): 'd0' | 'd1' | 'd2' | 'd3' {
  return d0 > 1 ? 'd0' : d1 > 1 ? 'd1' : d2 > 1 ? 'd2' : 'd3';
}

const DIMENSIONS = [0, 1, 2, 3, 4, 5] as const;
/** A dimension of so many is worth cutting before a larger one inside of it. */
const WIDE = 16;

const copy: Cut<ParamsOf<'copy'>> = {
  work: (args) => copied(args) * (args.x5 === 1 && args.y5 === 1 ? ELEMENT : 2),
  units: (args) => args[`d${widest(args)}`],
  grain: (args) => (widest(args) === 5 ? LINE : 1),
  part(args, first, count) {
    const d = widest(args);
    return { ...args, [`d${d}`]: count, ...moved(args, { x: args[`x${d}`], y: args[`y${d}`] }, first) };
  },
};

function copied({ d0, d1, d2, d3, d4, d5 }: KernelArgs<ParamsOf<'copy'>>): number {
  return d0 * d1 * d2 * d3 * d4 * d5;
}

function widest(args: KernelArgs<ParamsOf<'copy'>>): (typeof DIMENSIONS)[number] {
  let best: (typeof DIMENSIONS)[number] = 0;
  for (const d of DIMENSIONS) {
    if (args[`d${d}`] >= WIDE) return d;
    if (args[`d${d}`] > args[`d${best}`]) best = d;
  }
  return best;
}

const line = () => LINE;

export const elementwise = {
  binary: strided,
  compare: strided,
  binary_int: strided,
  copy,
  where: rows<'where'>({
    size: 'n',
    strides: () => ({ condition: 1, a: 1, b: 1, y: 1 }),
    work: () => ELEMENT,
    grain: line,
  }),
  cast_to_int: rows<'cast_to_int'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => 1, grain: line }),
  cast_to_float: rows<'cast_to_float'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => 1, grain: line }),
  cast_to_bool: rows<'cast_to_bool'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => 1, grain: line }),
  fill: rows<'fill'>({ size: 'n', strides: () => ({ y: 1 }), work: () => ELEMENT / 2, grain: line }),
  fill_int: rows<'fill_int'>({ size: 'n', strides: () => ({ y: 1 }), work: () => ELEMENT, grain: line }),
  unary: rows<'unary'>({
    size: 'n',
    strides: () => ({ x: 1, y: 1 }),
    work: ({ op }) => (op === 0 ? ELEMENT : FUNCTION),
    grain: line,
  }),
  unary_grad: rows<'unary_grad'>({
    size: 'n',
    strides: () => ({ saved: 1, gy: 1, gx: 1 }),
    work: ({ op }) => (op === 0 ? ELEMENT : FUNCTION),
    grain: line,
  }),
  sgd: rows<'sgd'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, momentum_buffer: 1, update: 1 }),
    work: () => 1,
    grain: line,
  }),
  adam: rows<'adam'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, exp_avg: 1, exp_avg_sq: 1, max_exp_avg_sq: 1, update: 1 }),
    work: () => 3,
    grain: line,
  }),
  rmsprop: rows<'rmsprop'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, square_avg: 1, momentum_buffer: 1, grad_avg: 1, update: 1 }),
    work: () => 3,
    grain: line,
  }),
  adagrad: rows<'adagrad'>({
    size: 'n',
    strides: () => ({ p: 1, g: 1, sum: 1, update: 1 }),
    work: () => 3,
    grain: line,
  }),
  axpby: rows<'axpby'>({ size: 'n', strides: () => ({ x: 1, y: 1 }), work: () => ELEMENT, grain: line }),
  clip_grad_value: rows<'clip_grad_value'>({ size: 'n', strides: () => ({ g: 1 }), work: () => ELEMENT, grain: line }),
};
