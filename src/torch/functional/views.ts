// Reordering and cutting.

import { slidingWindows } from '../compose/indexing.ts';
import {
  axes,
  chunk,
  diagEmbed,
  diagonal,
  expand,
  flatten,
  flip,
  movedim,
  narrow,
  permute,
  range,
  rankOf,
  repeat,
  repeatInterleave,
  reshape,
  roll,
  select,
  shapeOf,
  split,
  splitEvery,
  squeeze,
  tensorSplit,
  transpose,
  unbind,
  unflatten,
  unsqueeze,
} from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Ops } from '../ops.ts';
import {
  custom,
  ignored,
  int,
  ints,
  intVarargs,
  keywordOnly,
  onlyDefault,
  optionalInt,
  optionalInts,
  tensor,
  tensorVarargs,
} from '../params.ts';
import { broadcast, misfit } from '../shapes/arithmetic.ts';
import { isList, type Param } from '../signature.ts';
import { everywhere, methods, operators } from './names.ts';

const input = tensor();
const dim = int(0);

const shaping: readonly TorchFunction[] = [
  fn({
    name: 'torch.reshape',
    aliases: methods('reshape'),
    args: { input, shape: intVarargs() },
    forward: (ops, { input: x, shape }) => reshape(ops, x, shape),
  }),
  fn({
    name: 'torch.Tensor.view',
    args: { input, size: intVarargs() },
    forward: (ops, { input: x, size }) => reshape(ops, x, size),
  }),
  like('view_as', (ops, x, shape) => ops.reshape(x, shape)),
  like('reshape_as', (ops, x, shape) => ops.reshape(x, shape)),
  like('expand_as', (ops, x, shape) => expand(ops, x, shape)),
  fn({
    name: 'torch.flatten',
    aliases: methods('flatten'),
    args: { input, start_dim: int(0), end_dim: int(-1) },
    forward: (ops, { input: x, start_dim, end_dim }) => flatten(ops, x, start_dim, end_dim),
  }),
  fn({
    name: 'torch.ravel',
    aliases: methods('ravel'),
    args: { input },
    forward: (ops, { input: x }) => flatten(ops, x, 0, -1),
  }),
  fn({
    name: 'torch.unflatten',
    aliases: methods('unflatten'),
    args: { input, dim: int(), sizes: ints() },
    forward: (ops, { input: x, dim: axis, sizes }) => unflatten(ops, x, axis, sizes),
  }),
  fn({
    name: 'torch.squeeze',
    aliases: methods('squeeze'),
    inPlace: methods('squeeze_'),
    args: { input, dim: optionalInts() },
    forward: (ops, { input: x, dim: over }) => squeeze(ops, x, over),
  }),
  fn({
    name: 'torch.unsqueeze',
    aliases: methods('unsqueeze'),
    inPlace: methods('unsqueeze_'),
    args: { input, dim: int() },
    forward: (ops, { input: x, dim: at }) => unsqueeze(ops, x, at),
  }),
  fn({
    name: 'torch.permute',
    aliases: methods('permute'),
    args: { input, dims: intVarargs() },
    forward: (ops, { input: x, dims }) => permute(ops, x, dims),
  }),
  fn({
    name: 'torch.transpose',
    aliases: [...everywhere('swapdims'), ...methods('transpose')],
    inPlace: methods('transpose_'),
    args: { input, dim0: int(), dim1: int() },
    forward: (ops, { input: x, dim0, dim1 }) => transpose(ops, x, dim0, dim1),
  }),
  fn({
    name: 'torch.swapaxes',
    aliases: methods('swapaxes'),
    args: { input, axis0: int(), axis1: int() },
    forward: (ops, { input: x, axis0, axis1 }) => transpose(ops, x, axis0, axis1),
  }),
  fn({
    name: 'torch.t',
    aliases: methods('t', 'T'),
    args: { input },
    forward: (ops, { input: x }) => (rankOf(ops, x) < 2 ? x : reversed(ops, x)),
  }),
  fn({
    name: 'torch.Tensor.mT',
    args: { input },
    forward: (ops, { input: x }) => transpose(ops, x, -2, -1),
  }),
  fn({
    name: 'torch.movedim',
    aliases: ['torch.moveaxis', ...methods('movedim', 'moveaxis')],
    args: { input, source: ints(), destination: ints() },
    forward: (ops, { input: x, source, destination }) => movedim(ops, x, source, destination),
  }),
  fn({
    name: 'torch.Tensor.expand',
    args: { input, size: intVarargs(), implicit: keywordOnly(ignored(false)) },
    forward: (ops, { input: x, size }) => expand(ops, x, size),
  }),
  fn({
    name: 'torch.broadcast_to',
    aliases: methods('broadcast_to'),
    args: { input, size: ints() },
    forward: (ops, { input: x, size }) => expand(ops, x, size),
  }),
  fn({
    name: 'torch.broadcast_tensors',
    args: { tensors: tensorVarargs() },
    forward(ops, { tensors }) {
      const shape = tensors.map((x) => shapeOf(ops, x)).reduce((a, b) => broadcast('broadcast_tensors', a, b));
      return tensors.map((x) => ops.expand(x, shape));
    },
  }),
  fn({
    name: 'torch.Tensor.repeat',
    args: { input, repeats: intVarargs() },
    forward: (ops, { input: x, repeats }) => repeat(ops, x, repeats),
  }),
  fn({
    name: 'torch.tile',
    aliases: methods('tile'),
    args: { input, dims: intVarargs() },
    forward: (ops, { input: x, dims }) =>
      repeat(ops, x, [...Array.from({ length: Math.max(0, rankOf(ops, x) - dims.length) }, () => 1), ...dims]),
  }),
  fn({
    name: 'torch.repeat_interleave',
    aliases: methods('repeat_interleave'),
    args: { input, repeats: int(), dim: optionalInt(), output_size: onlyDefault(null) },
    forward: (ops, { input: x, repeats, dim: axis }) =>
      axis === null
        ? repeatInterleave(ops, flatten(ops, x, 0, -1), repeats, 0)
        : repeatInterleave(ops, x, repeats, axis),
  }),
  fn({
    name: 'torch.flip',
    aliases: methods('flip'),
    args: { input, dims: intVarargs() },
    forward: (ops, { input: x, dims }) => flip(ops, x, dims),
  }),
  ...(['fliplr', 'flipud'] as const).map((name) =>
    fn({
      name: `torch.${name}`,
      aliases: methods(name),
      args: { input },
      forward: (ops, { input: x }) => flip(ops, x, [name === 'flipud' ? 0 : 1]),
    }),
  ),
  fn({
    name: 'torch.rot90',
    aliases: methods('rot90'),
    args: { input, k: int(1), dims: ints([0, 1]) },
    forward: (ops, { input: x, k, dims: [from, to] }) =>
      Array.from({ length: ((k % 4) + 4) % 4 }).reduce<typeof x>(
        (turned) => transpose(ops, flip(ops, turned, [to]), from, to),
        x,
      ),
  }),
  fn({
    name: 'torch.roll',
    aliases: methods('roll'),
    args: { input, shifts: ints(), dims: ints([]) },
    forward: (ops, { input: x, shifts, dims }) => roll(ops, x, shifts, dims),
  }),
];

const cutting: readonly TorchFunction[] = [
  fn({
    name: 'torch.narrow',
    aliases: methods('narrow'),
    args: { input, dim: int(), start: int(), length: int() },
    forward: (ops, { input: x, dim: axis, start, length }) => narrow(ops, x, axis, start, length),
  }),
  fn({
    name: 'torch.select',
    aliases: methods('select'),
    args: { input, dim: int(), index: int() },
    forward: (ops, { input: x, dim: axis, index }) => select(ops, x, axis, index),
  }),
  fn({
    name: 'torch.split',
    args: { tensor: input, split_size_or_sections: sizeOrSizes(), dim },
    forward: (ops, { tensor: x, split_size_or_sections: size, dim: axis }) => splitBy(ops, x, size, axis),
  }),
  fn({
    name: 'torch.Tensor.split',
    args: { input, split_size: sizeOrSizes(), dim },
    forward: (ops, { input: x, split_size, dim: axis }) => splitBy(ops, x, split_size, axis),
  }),
  fn({
    name: 'torch.split_with_sizes',
    aliases: methods('split_with_sizes'),
    args: { input, split_sizes: ints(), dim },
    forward: (ops, { input: x, split_sizes, dim: axis }) => split(ops, x, split_sizes, axis),
  }),
  fn({
    name: 'torch.chunk',
    aliases: [...everywhere('unsafe_chunk'), ...methods('chunk')],
    args: { input, chunks: int(), dim },
    forward: (ops, { input: x, chunks, dim: axis }) => chunk(ops, x, chunks, axis),
  }),
  fn({
    name: 'torch.tensor_split',
    aliases: methods('tensor_split'),
    // By position, either; by name, `sections` is a number and `indices` are a list.
    args: { input, indices: sizeOrSizes(0), dim, sections: keywordOnly(optionalInt()) },
    forward: (ops, { input: x, indices, dim: axis, sections }) => tensorSplit(ops, x, sections ?? indices, axis),
  }),
  fn({
    name: 'torch.diagonal',
    aliases: methods('diagonal'),
    args: { input, offset: int(0), dim1: int(0), dim2: int(1) },
    forward: (ops, { input: x, offset, dim1, dim2 }) => diagonal(ops, x, offset, dim1, dim2),
  }),
  fn({
    name: 'torch.diag',
    aliases: methods('diag'),
    args: { input, diagonal: int(0) },
    forward: (ops, { input: x, diagonal: offset }) =>
      rankOf(ops, x) === 1 ? diagEmbed(ops, x, offset) : diagonal(ops, x, offset, 0, 1),
  }),
  fn({
    name: 'torch.diag_embed',
    aliases: methods('diag_embed'),
    args: { input, offset: int(0), dim1: int(-2), dim2: int(-1) },
    forward: (ops, { input: x, offset, dim1, dim2 }) => movedim(ops, diagEmbed(ops, x, offset), [-2, -1], [dim1, dim2]),
  }),
  fn({
    name: 'torch.unbind',
    aliases: [...methods('unbind'), ...operators('iter')],
    args: { input, dim },
    forward: (ops, { input: x, dim: axis }) => unbind(ops, x, axis),
  }),
  fn({
    name: 'torch.Tensor.unfold',
    args: { input, dimension: int(), size: int(), step: int() },
    forward: (ops, { input: x, dimension: axis, size, step }) => slidingWindows(ops, x, axis, size, step),
  }),
  triangle('tril', 'le'),
  triangle('triu', 'ge'),
];

export const viewFunctions: readonly TorchFunction[] = [...shaping, ...cutting];

function like(name: string, body: <T>(ops: Ops<T>, x: T, shape: readonly number[]) => T): TorchFunction {
  return fn({
    name: `torch.Tensor.${name}`,
    args: { input, other: tensor() },
    forward: (ops, { input: x, other }) => body(ops, x, shapeOf(ops, other)),
  });
}

function reversed<T>(ops: Ops<T>, x: T): T {
  return ops.permute(x, axes(ops, 't', x, null).toReversed());
}

function sizeOrSizes(fallback?: number): Param<number | readonly number[]> {
  return custom(
    'an integer or a list of integers',
    (value) => {
      if (!isList(value)) return typeof value === 'number' ? value : undefined;
      const sizes = value.filter((size) => typeof size === 'number');
      return sizes.length === value.length ? sizes : undefined;
    },
    fallback,
  );
}

function splitBy<T>(ops: Ops<T>, x: T, size: number | readonly number[], axis: number): T[] {
  return typeof size === 'number' ? splitEvery(ops, x, size, axis) : split(ops, x, size, axis);
}

function triangle(name: 'tril' | 'triu', keeps: 'le' | 'ge'): TorchFunction {
  return fn({
    name: `torch.${name}`,
    aliases: methods(name),
    inPlace: methods(`${name}_`),
    args: { input, diagonal: int(0) },
    forward(ops, { input: x, diagonal }) {
      const shape = shapeOf(ops, x);
      if (shape.length < 2) throw misfit('rank', `${name} expects a tensor of at least 2 dimensions`, shape);
      const [rows, columns] = shape.slice(-2);
      // How far right of the diagonal each element is; two short ranges instead of a large table.
      const distance = ops.binary('sub', range(ops, columns), ops.reshape(range(ops, rows), [rows, 1]));
      return ops.where(ops.binary(keeps, distance, diagonal), x, 0);
    },
  });
}
