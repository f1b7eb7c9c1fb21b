// Order: sort, topk, median, buckets.

import { bucketize, sort, topk } from '../compose/sorting.ts';
import { flatten, rankOf, select, shapeOf } from '../compose/views.ts';
import { fn, type TorchFunction, type Tree } from '../layer.ts';
import type { Ops } from '../ops.ts';
import { bool, ignored, int, keywordOnly, oneOf, onlyDefault, optionalInt, tensor } from '../params.ts';
import { dimension, misfit } from '../shapes/arithmetic.ts';
import { methods } from './names.ts';

const input = tensor();
const fields = ['values', 'indices'];

export const sortingFunctions: readonly TorchFunction[] = [
  fn({
    name: 'torch.sort',
    aliases: methods('sort'),
    args: { input, dim: int(-1), descending: bool(false), stable: keywordOnly(ignored(false)) },
    fields,
    forward(ops, { input: x, dim, descending }) {
      const { values, indices } = sort(ops, x, dim, descending);
      return [values, indices];
    },
  }),
  fn({
    name: 'torch.argsort',
    aliases: methods('argsort'),
    args: { input, dim: int(-1), descending: bool(false) },
    forward: (ops, { input: x, dim, descending }) => sort(ops, x, dim, descending).indices,
  }),
  fn({
    name: 'torch.msort',
    aliases: methods('msort'),
    args: { input },
    forward: (ops, { input: x }) => sort(ops, x, 0, false).values,
  }),
  fn({
    name: 'torch.topk',
    aliases: methods('topk'),
    args: { input, k: int(), dim: int(-1), largest: bool(true), sorted: bool(true) },
    fields,
    forward(ops, { input: x, k, dim, largest }) {
      const { values, indices } = topk(ops, x, k, dim, largest);
      return [values, indices];
    },
  }),
  fn({
    name: 'torch.kthvalue',
    aliases: methods('kthvalue'),
    args: { input, k: int(), dim: int(-1), keepdim: bool(false) },
    fields,
    forward(ops, { input: x, k, dim, keepdim }) {
      const axis = dimension('kthvalue', dim, rankOf(ops, x));
      if (k < 1) throw misfit('argument', 'kthvalue expects k from 1 on', String(k));
      return nth(ops, x, axis, k - 1, keepdim);
    },
  }),
  fn({
    name: 'torch.median',
    aliases: methods('median'),
    args: { input, dim: optionalInt(), keepdim: bool(false) },
    fields,
    forward<T>(ops: Ops<T>, { input: x, dim, keepdim }: { input: T; dim: number | null; keepdim: boolean }): Tree<T> {
      const line = dim === null ? flatten(ops, x, 0, -1) : x;
      const axis = dimension('median', dim ?? 0, rankOf(ops, line));
      const found = nth(ops, line, axis, Math.floor((shapeOf(ops, line)[axis] - 1) / 2), keepdim);
      return dim === null ? (found[0] ?? null) : found;
    },
  }),
  fn({
    name: 'torch.bucketize',
    args: { input, boundaries: tensor(), out_int32: keywordOnly(ignored(false)), right: keywordOnly(bool(false)) },
    forward: (ops, { input: x, boundaries, right }) => bucketize(ops, x, boundaries, right),
  }),
  fn({
    name: 'torch.searchsorted',
    args: {
      sorted_sequence: tensor(),
      input,
      out_int32: keywordOnly(ignored(false)),
      right: keywordOnly(bool(false)),
      side: keywordOnly(side()),
      sorter: keywordOnly(onlyDefault(null, 'boundaries that are not in order are not known yet')),
    },
    forward: (ops, { sorted_sequence, input: x, right, side: where }) =>
      bucketize(ops, x, sorted_sequence, right || where === 'right'),
  }),
];

/** The element at this place of the order, smallest first. */
function nth<T>(ops: Ops<T>, x: T, axis: number, place: number, keepdim: boolean): readonly [T, T] {
  const { values, indices } = topk(ops, x, place + 1, axis, false);
  const last = (found: T) => (keepdim ? ops.slice(found, axis, place, place + 1, 1) : select(ops, found, axis, place));
  return [last(values), last(indices)];
}

function side() {
  const word = oneOf(['left', 'right'], 'left');
  return {
    ...word,
    default: null,
    read: (value: Parameters<typeof word.read>[0], name: string) => (value === null ? null : word.read(value, name)),
  };
}
