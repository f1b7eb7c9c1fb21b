import { pixelShuffle, pixelUnshuffle } from '../compose/shuffle.ts';
import { layer } from '../layer.ts';
import { int } from '../params.ts';

export const PixelShuffle = layer({
  name: 'torch.nn.PixelShuffle',
  args: { upscale_factor: int() },
  forward: (ops, { input }, _, { upscale_factor }) => pixelShuffle(ops, input, upscale_factor),
});

export const PixelUnshuffle = layer({
  name: 'torch.nn.PixelUnshuffle',
  args: { downscale_factor: int() },
  forward: (ops, { input }, _, { downscale_factor }) => pixelUnshuffle(ops, input, downscale_factor),
});
