// Cuts of losses and of what is drawn by chance.

import { type Cut, moved, type ParamsOf, rows } from './cut.ts';
import { ELEMENT, FUNCTION } from './cut-elementwise.ts';

const perRow = ({ c, s }: { readonly c: number; readonly s: number }) => c * s;
/** Elements of 64 bytes. */
const LINE = 16;
const line = () => LINE;

export const losses = {
  nll_loss_grad: rows<'nll_loss_grad'>({
    size: 'n',
    strides: (args) => ({ target: args.s, gx: perRow(args) }),
    work: (args) => ELEMENT * perRow(args),
  }),
  cross_entropy_grad: rows<'cross_entropy_grad'>({
    size: 'n',
    strides: (args) => ({ target: args.s, logp: perRow(args), gx: perRow(args) }),
    work: (args) => FUNCTION * perRow(args),
  }),
  mse_loss: rows<'mse_loss'>({
    size: 'n',
    strides: () => ({ x: 1, target: 1 }),
    work: () => 1,
    sums: () => ({ loss: 1 }),
  }),
  mse_loss_grad: rows<'mse_loss_grad'>({
    size: 'n',
    strides: () => ({ x: 1, target: 1, gx: 1 }),
    work: () => ELEMENT,
    grain: line,
  }),
  bce_with_logits: rows<'bce_with_logits'>({
    size: 'n',
    strides: () => ({ x: 1, target: 1 }),
    work: () => 8 * FUNCTION,
    sums: () => ({ loss: 1 }),
  }),
  bce_with_logits_grad: rows<'bce_with_logits_grad'>({
    size: 'n',
    strides: () => ({ x: 1, target: 1, gx: 1 }),
    work: () => 4 * FUNCTION,
    grain: line,
  }),
};

const dropout: Cut<ParamsOf<'dropout'>> = {
  work: ({ n, inner }) => n * ELEMENT + (n / inner) * FUNCTION,
  units: ({ n }) => n,
  // Whole blocks of four random numbers, and whole lines.
  grain: ({ inner }) => LINE * inner,
  part: (args, first, count) => ({
    ...args,
    n: count,
    start: args.start + first / args.inner,
    ...moved(args, { x: 1, y: 1 }, first),
  }),
};

export const chance = { dropout };
