// What a layer's weight is computed by where torch.nn.utils.weight_norm or spectral_norm is applied to it.

import { norm } from '../compose/distance.ts';
import { spectralNorm, weightNorm } from '../compose/reparametrization.ts';
import { rankOf } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import { bool, float, int, tensor } from '../params.ts';

export const reparametrizations: readonly TorchFunction[] = [
  fn({
    name: 'torch._weight_norm',
    args: { v: tensor(), g: tensor(), dim: int(0) },
    forward: (ops, { v, g, dim }) => weightNorm(ops, v, g, dim),
  }),
  fn({
    name: 'torch.norm_except_dim',
    args: { v: tensor(), pow: int(2), dim: int(0) },
    forward(ops, { v, pow, dim }) {
      const others = Array.from({ length: rankOf(ops, v) }, (_, i) => i).filter((i) => i !== dim);
      return norm(ops, v, pow, others, dim !== -1);
    },
  }),
  fn({
    name: 'torch._spectral_norm',
    args: {
      weight: tensor(),
      u: tensor(),
      v: tensor(),
      n_power_iterations: int(1),
      eps: float(1e-12),
      dim: int(0),
      training: bool(),
    },
    forward: (ops, { n_power_iterations, training, ...args }) =>
      spectralNorm(ops, { ...args, iterations: training ? n_power_iterations : 0 }),
  }),
];
