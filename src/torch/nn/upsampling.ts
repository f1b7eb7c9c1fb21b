import { interpolate } from '../compose/resize.ts';
import { layer } from '../layer.ts';
import { oneOf, optionalBool, optionalFloats, optionalInts } from '../params.ts';

const args = { size: optionalInts(), scale_factor: optionalFloats() };
const recompute_scale_factor = optionalBool();

export const Upsample = layer({
  name: 'torch.nn.Upsample',
  args: {
    ...args,
    mode: oneOf(['nearest', 'linear', 'bilinear', 'bicubic', 'trilinear', 'nearest-exact'], 'nearest'),
    align_corners: optionalBool(),
    recompute_scale_factor,
  },
  forward: (ops, { input }, _, bound) => interpolate(ops, input, bound),
});

export const UpsamplingNearest2d = layer({
  name: 'torch.nn.UpsamplingNearest2d',
  args,
  forward: (ops, { input }, _, bound) =>
    interpolate(ops, input, { ...bound, mode: 'nearest', align_corners: null, recompute_scale_factor: null }),
});

export const UpsamplingBilinear2d = layer({
  name: 'torch.nn.UpsamplingBilinear2d',
  args,
  forward: (ops, { input }, _, bound) =>
    interpolate(ops, input, { ...bound, mode: 'bilinear', align_corners: true, recompute_scale_factor: null }),
});
