// Norms the lab compares with PyTorch's, which PyTorch has no layer for. No user's code can name them.

import { expectArgument, expectChannels } from '../checks.ts';
import { batchRenorm, ghostBatchNorm } from '../compose/batchnorm.ts';
import { ones_, zeros_ } from '../init.ts';
import { buffer, layer, parameter } from '../layer.ts';
import { bool, float, int } from '../params.ts';

const RANKS = [2, 3, 4, 5];
const args = { num_features: int(), eps: float(1e-5), momentum: float(0.1), affine: bool(true) };

export const GhostBatchNorm = layer({
  name: 'lab.GhostBatchNorm',
  args: { ...args, virtual_batch_size: int(8) },
  state({ num_features: C, affine, virtual_batch_size }) {
    expectArgument(
      virtual_batch_size > 1,
      'GhostBatchNorm expects a virtual_batch_size of at least 2',
      String(virtual_batch_size),
    );
    return {
      ...affineOf(C, affine),
      running_mean: buffer([C], zeros_),
      running_var: buffer([C], ones_),
      num_batches_tracked: buffer([], zeros_, 'int64'),
    };
  },
  check: ({ input }, { num_features }) => expectChannels('GhostBatchNorm', input, num_features, RANKS),
  forward: (ops, { input }, state, { eps, momentum, virtual_batch_size }, { training }) =>
    ghostBatchNorm(ops, input, state, { useBatchStatistics: training, momentum, eps, size: virtual_batch_size }),
});

export const BatchRenorm = layer({
  name: 'lab.BatchRenorm',
  args: { ...args, r_max: float(3), d_max: float(5) },
  state({ num_features: C, affine, r_max, d_max }) {
    expectArgument(r_max >= 1, 'BatchRenorm expects an r_max of at least 1', String(r_max));
    expectArgument(d_max >= 0, 'BatchRenorm expects a d_max of at least 0', String(d_max));
    return { ...affineOf(C, affine), running_mean: buffer([C], zeros_), running_std: buffer([C], ones_) };
  },
  check: ({ input }, { num_features }) => expectChannels('BatchRenorm', input, num_features, RANKS),
  forward: (ops, { input }, state, bound, { training }) => batchRenorm(ops, input, state, { ...bound, training }),
});

function affineOf(C: number, affine: boolean) {
  return {
    weight: affine ? parameter([C], ones_) : null,
    bias: affine ? parameter([C], zeros_) : null,
  };
}
