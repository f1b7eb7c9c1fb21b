import { expectChannels } from '../checks.ts';
import { ones_, zeros_ } from '../init.ts';
import { buffer, layer, parameter } from '../layer.ts';
import type { TensorType } from '../ops.ts';
import { bool, float, ignored, int, onlyDefault, optionalFloat } from '../params.ts';
import { elements, misfit } from '../shapes/arithmetic.ts';

const args = {
  num_features: int(),
  eps: float(1e-5),
  momentum: optionalFloat(0.1),
  affine: bool(true),
  track_running_stats: bool(true),
};
const place = { device: ignored(), dtype: ignored() };

export const BatchNorm1d = batchNorm('BatchNorm1d', { ...args, ...place }, [2, 3]);
export const BatchNorm2d = batchNorm('BatchNorm2d', { ...args, ...place }, [4]);
export const BatchNorm3d = batchNorm('BatchNorm3d', { ...args, ...place }, [5]);
/** On one device, what BatchNorm is, for any rank. */
export const SyncBatchNorm = batchNorm(
  'SyncBatchNorm',
  { ...args, process_group: onlyDefault(null), ...place },
  [2, 3, 4, 5],
);

function batchNorm<P extends typeof args>(name: string, params: P, ranks: readonly number[]) {
  return layer<typeof args, ReturnType<typeof stateOf>>({
    name: `torch.nn.${name}`,
    args: params,
    state: stateOf,
    check({ input }, { num_features, track_running_stats }, { training }) {
      expectChannels(name, input, num_features, ranks);
      if (training || !track_running_stats) expectBatch(name, input);
    },
    forward: (ops, { input }, state, { eps, momentum }, { training }) =>
      ops.batch_norm(input, state, { useBatchStatistics: training || state.running_mean === null, momentum, eps }),
  });
}

function stateOf(bound: { num_features: number; affine: boolean; track_running_stats: boolean }) {
  const { num_features: C, affine, track_running_stats } = bound;
  return {
    weight: affine ? parameter([C], ones_) : null,
    bias: affine ? parameter([C], zeros_) : null,
    running_mean: track_running_stats ? buffer([C], zeros_) : null,
    running_var: track_running_stats ? buffer([C], ones_) : null,
    num_batches_tracked: track_running_stats ? buffer([], zeros_, 'int64') : null,
  };
}

function expectBatch(name: string, { shape }: TensorType): void {
  if (elements(shape) / shape[1] === 1)
    throw misfit('size', `${name} expects more than 1 value per channel when training`, shape);
}
