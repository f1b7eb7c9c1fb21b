import { expectRanks } from '../checks.ts';
import { fold, unfold } from '../compose/windows.ts';
import { layer } from '../layer.ts';
import { intPair } from '../params.ts';

export const Unfold = layer({
  name: 'torch.nn.Unfold',
  args: { kernel_size: intPair(), dilation: intPair(1), padding: intPair(0), stride: intPair(1) },
  check: ({ input }) => expectRanks('Unfold', input, [3, 4]),
  forward: (ops, { input }, _, args) => unfold(ops, input, args),
});

export const Fold = layer({
  name: 'torch.nn.Fold',
  args: {
    output_size: intPair(),
    kernel_size: intPair(),
    dilation: intPair(1),
    padding: intPair(0),
    stride: intPair(1),
  },
  check: ({ input }) => expectRanks('Fold', input, [2, 3]),
  forward: (ops, { input }, _, args) => fold(ops, input, args),
});
