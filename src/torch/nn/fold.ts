import { expectRanks } from '../checks.ts';
import { unfold } from '../compose/windows.ts';
import { layer } from '../layer.ts';
import { intPair } from '../params.ts';

export const Unfold = layer({
  name: 'torch.nn.Unfold',
  args: { kernel_size: intPair(), dilation: intPair(1), padding: intPair(0), stride: intPair(1) },
  check: ({ input }) => expectRanks('Unfold', input, [3, 4]),
  forward: (ops, { input }, _, args) => unfold(ops, input, args),
});
