// What a layer's weight is computed by where it is not the layer's own: normalized, standardized, or fused with a norm.

import { norm } from '../compose/distance.ts';
import { type FrozenNorm, fuseNorm } from '../compose/fusion.ts';
import { spectralNorm, weightNorm, weightStandardization } from '../compose/reparametrization.ts';
import { rankOf } from '../compose/views.ts';
import { fn, type TorchFunction } from '../layer.ts';
import { bool, float, int, optionalTensor, tensor } from '../params.ts';

/** A tensor or None, which must be said. */
const stated = { ...optionalTensor(), required: true };
const frozenNorm = { bn_rm: tensor(), bn_rv: tensor(), bn_eps: float(), bn_w: stated, bn_b: stated };

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
  fn({
    name: 'lab.weight_standardization',
    args: { weight: tensor(), eps: float(1e-5) },
    forward: (ops, { weight, eps }) => weightStandardization(ops, weight, eps),
  }),
  fn({
    name: 'torch.nn.utils.fusion.fuse_conv_bn_weights',
    args: { conv_w: tensor(), conv_b: stated, ...frozenNorm, transpose: bool(false) },
    forward: (ops, { conv_w, conv_b, transpose, ...rest }) =>
      fuseNorm(ops, conv_w, conv_b, frozen(rest), transpose ? 1 : 0),
  }),
  fn({
    name: 'torch.nn.utils.fusion.fuse_linear_bn_weights',
    args: { linear_w: tensor(), linear_b: stated, ...frozenNorm },
    forward: (ops, { linear_w, linear_b, ...rest }) => fuseNorm(ops, linear_w, linear_b, frozen(rest), 0),
  }),
];

interface Norm<T> {
  readonly bn_rm: T;
  readonly bn_rv: T;
  readonly bn_eps: number;
  readonly bn_w: T | null;
  readonly bn_b: T | null;
}

function frozen<T>({ bn_rm, bn_rv, bn_eps, bn_w, bn_b }: Norm<T>): FrozenNorm<T> {
  return { running_mean: bn_rm, running_var: bn_rv, eps: bn_eps, weight: bn_w, bias: bn_b };
}
