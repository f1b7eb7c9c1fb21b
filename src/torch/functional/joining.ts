// Tensors put together, and brought to a rank.

import { cat, flatten, rankOf, shapeOf, stack, transpose } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Ops } from '../ops.ts';
import { custom, int, tensorList, tensorVarargs } from '../params.ts';
import { elements } from '../shapes/arithmetic.ts';

const dim = int(0);

export const joiningFunctions: readonly TorchFunction[] = [
  fn({
    name: 'torch.cat',
    aliases: ['torch.concat', 'torch.concatenate'],
    args: { tensors: tensorList(), dim },
    forward: (ops, { tensors, dim: axis }) => cat(ops, tensors, axis),
  }),
  fn({
    name: 'torch.stack',
    args: { tensors: tensorList(), dim },
    forward: (ops, { tensors, dim: axis }) => stack(ops, tensors, axis),
  }),
  fn({
    name: 'torch.dstack',
    args: { tensors: tensorList() },
    forward: (ops, { tensors }) =>
      cat(
        ops,
        tensors.map((x) => atLeast(ops, x, 3)),
        2,
      ),
  }),
  fn({
    name: 'torch.column_stack',
    args: { tensors: tensorList() },
    forward: (ops, { tensors }) =>
      cat(
        ops,
        tensors.map((x) => (rankOf(ops, x) < 2 ? ops.reshape(x, [elements(shapeOf(ops, x)), 1]) : x)),
        1,
      ),
  }),
  fn({
    name: 'torch.hstack',
    args: { tensors: tensorList() },
    forward: (ops, { tensors }) => cat(ops, tensors, rankOf(ops, tensors[0]) < 2 ? 0 : 1),
  }),
  fn({
    name: 'torch.vstack',
    aliases: ['torch.row_stack'],
    args: { tensors: tensorList() },
    forward: (ops, { tensors }) =>
      cat(
        ops,
        tensors.map((x) => atLeast(ops, x, 2)),
        0,
      ),
  }),
  fn({
    name: 'torch.meshgrid',
    args: {
      tensors: tensorVarargs(),
      indexing: {
        ...custom("'ij' or 'xy'", (word) => (word === null || word === 'ij' || word === 'xy' ? word : undefined), null),
        keywordOnly: true,
      },
    },
    forward: (ops, { tensors, indexing }) => meshgrid(ops, tensors, indexing ?? 'ij'),
  }),
  ...([1, 2, 3] as const).map((n) =>
    fn({
      name: `torch.atleast_${n}d`,
      args: { tensors: tensorVarargs() },
      forward(ops, { tensors }) {
        const ranked = tensors.map((x) => atLeast(ops, x, n));
        return ranked.length === 1 ? (ranked[0] ?? null) : ranked;
      },
    }),
  ),
];

/** Dimensions are added before a vector, and after the columns of a matrix, as numpy does. */
function atLeast<T>(ops: Ops<T>, x: T, rank: number): T {
  const shape = shapeOf(ops, x);
  if (shape.length >= rank) return x;
  const ones = (n: number) => Array.from({ length: n }, () => 1);
  const before = shape.length === 0 || rank - shape.length === 2 ? 1 : Number(shape.length === 1);
  const lead = Math.min(before, rank - shape.length);
  return ops.reshape(x, [...ones(lead), ...shape, ...ones(rank - shape.length - lead)]);
}

function meshgrid<T>(ops: Ops<T>, tensors: readonly T[], indexing: 'ij' | 'xy'): T[] {
  const vectors = tensors.map((x) => flatten(ops, x, 0, -1));
  const sizes = vectors.map((x) => shapeOf(ops, x)[0]);
  const grids = vectors.map((x, i) => {
    const shape = sizes.map((size, j) => (i === j ? size : 1));
    return ops.expand(ops.reshape(x, shape), sizes);
  });
  return indexing === 'xy' && sizes.length > 1 ? grids.map((grid) => transpose(ops, grid, 0, 1)) : grids;
}
