// Reading and writing by index.

import { asTensor } from '../compose/arithmetic.ts';
import { getItem, indexItems, putItems, setItem } from '../compose/indexing.ts';
import { byRows, scatter, scatterAdd } from '../compose/scatter.ts';
import { flatten, rankOf, shapeOf } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import type { Ops } from '../ops.ts';
import {
  bool,
  ignored,
  int,
  keywordOnly,
  oneOf,
  optionalInt,
  scalar,
  tensor,
  tensorList,
  tensorOrNumber,
} from '../params.ts';
import { broadcast, dimension } from '../shapes/arithmetic.ts';
import { everywhere, methods, operators } from './names.ts';

const input = tensor();
const target = { input, dim: int(), index: tensor() };

export const indexingFunctions: readonly TorchFunction[] = [
  fn({
    name: 'torch.Tensor.__getitem__',
    args: { input, index: indexItems() },
    forward: (ops, { input: x, index }) => getItem(ops, x, index),
  }),
  fn({
    name: 'torch.Tensor.__setitem__',
    inPlace: operators('setitem'),
    args: { input, index: indexItems(), value: tensorOrNumber() },
    forward: (ops, { input: x, index, value }) => setItem(ops, x, index, asTensor(ops, value, ops.type(x).dtype)),
  }),
  fn({
    name: 'torch.index_put',
    aliases: methods('index_put'),
    inPlace: everywhere('index_put_'),
    args: { input, indices: tensorList(), values: tensor(), accumulate: bool(false) },
    forward: (ops, { input: x, indices, values, accumulate }) => putItems(ops, x, indices, values, accumulate),
  }),
  fn({
    name: 'torch.index_select',
    aliases: methods('index_select'),
    args: { input, dim: int(), index: tensor() },
    forward: (ops, { input: x, dim: axis, index }) =>
      ops.index_select(x, dimension('index_select', axis, rankOf(ops, x)), index),
  }),
  fn({
    name: 'torch.gather',
    aliases: methods('gather'),
    args: { input, dim: int(), index: tensor(), sparse_grad: keywordOnly(ignored(false)) },
    forward: (ops, { input: x, dim: axis, index }) => ops.gather(x, dimension('gather', axis, rankOf(ops, x)), index),
  }),
  fn({
    name: 'torch.take_along_dim',
    aliases: methods('take_along_dim'),
    args: { input, indices: tensor(), dim: optionalInt() },
    forward(ops, { input: x, indices, dim: axis }) {
      if (axis === null) return ops.gather(flatten(ops, x, 0, -1), 0, flatten(ops, indices, 0, -1));
      const at = dimension('take_along_dim', axis, rankOf(ops, x));
      const [own, theirs] = [shapeOf(ops, x), shapeOf(ops, indices)];
      const shape = broadcast('take_along_dim', own.with(at, 1), theirs.with(at, 1));
      return ops.gather(ops.expand(x, shape.with(at, own[at])), at, ops.expand(indices, shape.with(at, theirs[at])));
    },
  }),
  fn({
    name: 'torch.take',
    aliases: methods('take'),
    args: { input, index: tensor() },
    forward(ops, { input: x, index }) {
      const places = flatten(ops, index, 0, -1);
      return ops.reshape(ops.index_select(flatten(ops, x, 0, -1), 0, places), shapeOf(ops, index));
    },
  }),
  fn({
    name: 'torch.scatter',
    aliases: methods('scatter'),
    inPlace: methods('scatter_'),
    args: { ...target, src: tensorOrNumber(), reduce: keywordOnly(reduction()) },
    forward(ops, { input: x, dim, index, src, reduce }) {
      const given = typeof src === 'number' ? filled(ops, src, x, index) : src;
      return reduce === 'add' ? scatterAdd(ops, x, dim, index, given) : scatter(ops, x, dim, index, given);
    },
  }),
  fn({
    name: 'torch.scatter_add',
    aliases: methods('scatter_add'),
    inPlace: methods('scatter_add_'),
    args: { ...target, src: tensor() },
    forward: (ops, { input: x, dim, index, src }) => scatterAdd(ops, x, dim, index, src),
  }),
  fn({
    name: 'torch.index_add',
    aliases: methods('index_add'),
    inPlace: methods('index_add_'),
    args: { ...target, source: tensor(), alpha: keywordOnly(scalar(1)) },
    forward: (ops, { input: x, dim, index, source, alpha }) =>
      byRows(ops, x, dim, index, alpha === 1 ? source : ops.binary('mul', source, alpha), scatterAdd),
  }),
  fn({
    name: 'torch.index_copy',
    aliases: methods('index_copy'),
    inPlace: methods('index_copy_'),
    args: { ...target, source: tensor() },
    forward: (ops, { input: x, dim, index, source }) => byRows(ops, x, dim, index, source, scatter),
  }),
  fn({
    name: 'torch.index_fill',
    aliases: methods('index_fill'),
    inPlace: methods('index_fill_'),
    args: { ...target, value: tensorOrNumber() },
    forward(ops, { input: x, dim, index, value }) {
      const axis = dimension('index_fill', dim, rankOf(ops, x));
      const rows = shapeOf(ops, index)[0];
      const source = ops.expand(asTensor(ops, value, ops.type(x).dtype), shapeOf(ops, x).with(axis, rows));
      return byRows(ops, x, axis, index, source, scatter);
    },
  }),
];

function reduction() {
  const word = oneOf(['add'], 'add');
  return {
    ...word,
    default: null,
    expects: "'add' or None; 'multiply' is not known yet",
    read: (value: Parameters<typeof word.read>[0], name: string) => (value === null ? null : word.read(value, name)),
  };
}

function filled<T>(ops: Ops<T>, value: number, x: T, index: T): T {
  return ops.expand(asTensor(ops, value, ops.type(x).dtype), shapeOf(ops, index));
}
