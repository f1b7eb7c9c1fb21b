import { cosineSimilarity, pairwiseDistance } from '../compose/distance.ts';
import { layer } from '../layer.ts';
import { bool, float, int, tensor } from '../params.ts';

const call = { x1: tensor(), x2: tensor() };

export const CosineSimilarity = layer({
  name: 'torch.nn.CosineSimilarity',
  args: { dim: int(1), eps: float(1e-8) },
  call,
  forward: (ops, { x1, x2 }, _, { dim, eps }) => cosineSimilarity(ops, x1, x2, dim, eps),
});

export const PairwiseDistance = layer({
  name: 'torch.nn.PairwiseDistance',
  args: { p: float(2), eps: float(1e-6), keepdim: bool(false) },
  call,
  forward: (ops, { x1, x2 }, _, { p, eps, keepdim }) => pairwiseDistance(ops, x1, x2, { p, eps, keepdim }),
});
