import { channelShuffle } from '../compose/shuffle.ts';
import { layer } from '../layer.ts';
import { int } from '../params.ts';

export const ChannelShuffle = layer({
  name: 'torch.nn.ChannelShuffle',
  args: { groups: int() },
  forward: (ops, { input }, _, { groups }) => channelShuffle(ops, input, groups),
});
