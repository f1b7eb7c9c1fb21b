import { flatten, unflatten } from '../compose/views.ts';
import { layer } from '../layer.ts';
import { int, ints } from '../params.ts';

export const Flatten = layer({
  name: 'torch.nn.Flatten',
  args: { start_dim: int(1), end_dim: int(-1) },
  forward: (ops, { input }, _, { start_dim, end_dim }) => flatten(ops, input, start_dim, end_dim),
});

export const Unflatten = layer({
  name: 'torch.nn.Unflatten',
  args: { dim: int(), unflattened_size: ints() },
  forward: (ops, { input }, _, { dim, unflattened_size }) => unflatten(ops, input, dim, unflattened_size),
});
