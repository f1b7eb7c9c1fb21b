// Images sampled at places that are computed.

import { affineGrid, gridSample } from '../compose/grid.ts';
import { fn, type TorchFunction } from '../layer.ts';
import { ints, oneOf, optionalBool, tensor } from '../params.ts';

const F = 'torch.nn.functional.';

export const samplingFunctions: readonly TorchFunction[] = [
  fn({
    name: `${F}affine_grid`,
    args: { theta: tensor(), size: ints(), align_corners: optionalBool() },
    forward: (ops, { theta, size, align_corners }) => affineGrid(ops, theta, size, align_corners ?? false),
  }),
  fn({
    name: `${F}grid_sample`,
    args: {
      input: tensor(),
      grid: tensor(),
      mode: oneOf(['bilinear', 'nearest'], 'bilinear'),
      padding_mode: oneOf(['zeros', 'border', 'reflection'], 'zeros'),
      align_corners: optionalBool(),
    },
    forward: (ops, { input, grid, mode, padding_mode, align_corners }) =>
      gridSample(ops, input, grid, { mode, padding_mode, align_corners: align_corners ?? false }),
  }),
];
