import { expectChannels } from '../checks.ts';
import { batched } from '../compose/windows.ts';
import { ones_, zeros_ } from '../init.ts';
import { buffer, layer, parameter } from '../layer.ts';
import { bool, float, ignored, int, optionalFloat } from '../params.ts';
import { elements, misfit } from '../shapes/arithmetic.ts';

export const InstanceNorm1d = instanceNorm(1);
export const InstanceNorm2d = instanceNorm(2);
export const InstanceNorm3d = instanceNorm(3);

function instanceNorm(n: number) {
  const name = `InstanceNorm${n}d`;
  return layer({
    name: `torch.nn.${name}`,
    args: {
      num_features: int(),
      eps: float(1e-5),
      momentum: optionalFloat(0.1),
      affine: bool(false),
      track_running_stats: bool(false),
      device: ignored(),
      dtype: ignored(),
    },
    state: ({ num_features: C, affine, track_running_stats }) => ({
      weight: affine ? parameter([C], ones_) : null,
      bias: affine ? parameter([C], zeros_) : null,
      running_mean: track_running_stats ? buffer([C], zeros_) : null,
      running_var: track_running_stats ? buffer([C], ones_) : null,
      num_batches_tracked: track_running_stats ? buffer([], zeros_, 'int64') : null,
    }),
    check({ input }, { num_features, track_running_stats, affine }, { training }) {
      const { shape } = input;
      // Without weights PyTorch only looks at the rank.
      const channels = affine || track_running_stats ? num_features : (shape[shape.length === n + 1 ? 0 : 1] ?? 0);
      expectChannels(name, input, channels, [n + 2], n + 1);
      if ((training || !track_running_stats) && elements(shape.slice(-n)) <= 1)
        throw misfit('size', `${name} expects more than 1 spatial element when training`, shape);
    },
    forward: (ops, { input }, state, { eps, momentum }, { training }) =>
      batched(ops, input, n + 2, (x) =>
        ops.instance_norm(x, state, { useBatchStatistics: training || state.running_mean === null, momentum, eps }),
      ),
  });
}
