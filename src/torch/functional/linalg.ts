// Products of several shapes, and distances between all pairs.

import { addScaled } from '../compose/arithmetic.ts';
import { norm } from '../compose/distance.ts';
import { diagonal, movedim, rankOf, roll, shapeOf, unsqueeze } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Ops } from '../ops.ts';
import { custom, float, int, keywordOnly, onlyDefault, optionalInt, scalar, tensor, tensorList } from '../params.ts';
import { dimension, elements, misfit } from '../shapes/arithmetic.ts';
import { isList, type Param } from '../signature.ts';
import { methods } from './names.ts';

const input = tensor();
const scales = { beta: keywordOnly(scalar(1)), alpha: keywordOnly(scalar(1)) };

export const linalgFunctions: readonly TorchFunction[] = [
  fn({
    name: 'torch.tensordot',
    args: { a: tensor(), b: tensor(), dims: pairs(2), out: onlyDefault(null) },
    forward: (ops, { a, b, dims }) => tensordot(ops, a, b, dims),
  }),
  fn({
    name: 'torch.inner',
    aliases: methods('inner'),
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) =>
      rankOf(ops, x) === 0 || rankOf(ops, other) === 0
        ? ops.binary('mul', x, other)
        : tensordot(ops, x, other, [[rankOf(ops, x) - 1], [rankOf(ops, other) - 1]]),
  }),
  fn({
    name: 'torch.kron',
    aliases: methods('kron'),
    args: { input, other: tensor() },
    forward(ops, { input: x, other }) {
      const rank = Math.max(rankOf(ops, x), rankOf(ops, other));
      const full = (shape: readonly number[]) => [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
      const [a, b] = [full(shapeOf(ops, x)), full(shapeOf(ops, other))];
      const left = ops.reshape(
        x,
        a.flatMap((size) => [size, 1]),
      );
      const right = ops.reshape(
        other,
        b.flatMap((size) => [1, size]),
      );
      return ops.reshape(
        ops.binary('mul', left, right),
        a.map((size, i) => size * b[i]),
      );
    },
  }),
  fn({
    name: 'torch.cross',
    aliases: methods('cross'),
    args: { input, other: tensor(), dim: optionalInt() },
    forward(ops, { input: x, other, dim }) {
      const axis = dim ?? shapeOf(ops, x).indexOf(3);
      return cross(ops, x, other, axis);
    },
  }),
  fn({
    name: 'torch.linalg.cross',
    args: { input, other: tensor(), dim: keywordOnly(int(-1)) },
    forward: (ops, { input: x, other, dim }) => cross(ops, x, other, dim),
  }),
  fn({
    name: 'torch.trace',
    aliases: methods('trace'),
    args: { input },
    forward: (ops, { input: x }) => ops.sum(diagonal(ops, x, 0, 0, 1), [0], false),
  }),
  fn({
    name: 'torch.linalg.matmul',
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => ops.matmul(x, other),
  }),
  fn({
    name: 'torch.linalg.multi_dot',
    args: { tensors: tensorList() },
    forward: (ops, { tensors }) => tensors.reduce((product, next) => ops.matmul(product, next)),
  }),
  fn({
    name: 'torch.addmv',
    aliases: methods('addmv'),
    args: { input, mat: tensor(), vec: tensor(), ...scales },
    forward: (ops, { input: x, mat, vec, beta, alpha }) => addTo(ops, x, ops.matmul(mat, vec), beta, alpha),
  }),
  fn({
    name: 'torch.addbmm',
    aliases: methods('addbmm'),
    args: { input, batch1: tensor(), batch2: tensor(), ...scales },
    forward: (ops, { input: x, batch1, batch2, beta, alpha }) =>
      addTo(ops, x, ops.sum(ops.matmul(batch1, batch2), [0], false), beta, alpha),
  }),
  fn({
    name: 'torch.cdist',
    args: {
      x1: tensor(),
      x2: tensor(),
      p: float(2),
      compute_mode: custom(
        "'use_mm_for_euclid_dist_if_necessary' or another of PyTorch's words",
        (word) => (typeof word === 'string' ? word : undefined),
        'use_mm_for_euclid_dist_if_necessary',
      ),
    },
    forward(ops, { x1, x2, p }) {
      const rows = unsqueeze(ops, x1, rankOf(ops, x1) - 1);
      const columns = unsqueeze(ops, x2, rankOf(ops, x2) - 2);
      const difference = ops.binary('sub', rows, columns);
      return norm(ops, difference, p, [rankOf(ops, difference) - 1], false);
    },
  }),
  fn({
    name: 'torch.dist',
    aliases: methods('dist'),
    args: { input, other: tensor(), p: scalar(2) },
    forward(ops, { input: x, other, p }) {
      const difference = ops.binary('sub', x, other);
      return norm(
        ops,
        difference,
        p,
        shapeOf(ops, difference).map((_, i) => i),
        false,
      );
    },
  }),
];

/** beta · x + alpha · product; at beta 0 what x holds does not matter. */
function addTo<T>(ops: Ops<T>, x: T, product: T, beta: number, alpha: number): T {
  const scaled = alpha === 1 ? product : ops.binary('mul', product, alpha);
  return beta === 0 ? scaled : addScaled(ops, scaled, x, beta);
}

type Pairs = number | readonly (readonly number[])[];

/** `dims=2`: the last two with the first two; or two lists. */
function pairs(fallback: number): Param<Pairs> {
  return custom<Pairs>(
    'an integer or two lists of dimensions',
    (value) => {
      if (typeof value === 'number') return value;
      if (!isList(value) || value.length !== 2) return undefined;
      const lists = value.map((one) => (isList(one) ? one : [one]).filter((dim) => typeof dim === 'number'));
      return lists;
    },
    fallback,
  );
}

function tensordot<T>(ops: Ops<T>, a: T, b: T, dims: Pairs): T {
  const [ranksA, ranksB] = [rankOf(ops, a), rankOf(ops, b)];
  const n = typeof dims === 'number' ? dims : 0;
  const [left = [], right = []] =
    typeof dims === 'number'
      ? [Array.from({ length: n }, (_, i) => ranksA - n + i), Array.from({ length: n }, (_, i) => i)]
      : dims;
  const over = left.map((dim) => dimension('tensordot', dim, ranksA));
  const under = right.map((dim) => dimension('tensordot', dim, ranksB));
  const [shapeA, shapeB] = [shapeOf(ops, a), shapeOf(ops, b)];
  if (over.length !== under.length || over.some((dim, i) => shapeA[dim] !== shapeB[under[i]]))
    throw misfit('size', 'tensordot expects the dimensions it sums over to be equal', shapeA, shapeB);
  const keptA = shapeA.map((_, i) => i).filter((i) => !over.includes(i));
  const keptB = shapeB.map((_, i) => i).filter((i) => !under.includes(i));
  const summed = elements(over.map((dim) => shapeA[dim]));
  const sizesA = keptA.map((i) => shapeA[i]);
  const sizesB = keptB.map((i) => shapeB[i]);
  const first = ops.reshape(ops.permute(a, [...keptA, ...over]), [elements(sizesA), summed]);
  const second = ops.reshape(ops.permute(b, [...under, ...keptB]), [summed, elements(sizesB)]);
  return ops.reshape(ops.matmul(first, second), [...sizesA, ...sizesB]);
}

function cross<T>(ops: Ops<T>, x: T, other: T, dim: number): T {
  const axis = dimension('cross', dim, rankOf(ops, x));
  if (shapeOf(ops, x)[axis] !== 3)
    throw misfit('size', `cross expects 3 numbers in dimension ${axis}`, shapeOf(ops, x));
  const turned = (value: T, by: number) => roll(ops, movedim(ops, value, [axis], [-1]), [by], [rankOf(ops, value) - 1]);
  const forth = ops.binary('mul', turned(x, -1), turned(other, -2));
  const back = ops.binary('mul', turned(x, -2), turned(other, -1));
  return movedim(ops, ops.binary('sub', forth, back), [-1], [axis]);
}
