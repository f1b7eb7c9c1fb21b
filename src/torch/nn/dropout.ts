import { expectArgument, expectRanks } from '../checks.ts';
import { alphaDropout } from '../compose/random.ts';
import { batched } from '../compose/windows.ts';
import { layer } from '../layer.ts';
import { bool, float, tensor } from '../params.ts';

const args = { p: float(0.5), inplace: bool(false) };

export const Dropout = layer({
  name: 'torch.nn.Dropout',
  args,
  call: { input: tensor() },
  state: ({ p }) => expectProbability('Dropout', p),
  forward: (ops, { input }, _, { p }, { training }) => ops.dropout(input, p, training, 'element'),
});

export const AlphaDropout = layer({
  name: 'torch.nn.AlphaDropout',
  args,
  state: ({ p }) => expectProbability('AlphaDropout', p),
  forward: (ops, { input }, _, { p }, { training }) => alphaDropout(ops, input, p, training),
});

export const FeatureAlphaDropout = layer({
  name: 'torch.nn.FeatureAlphaDropout',
  args,
  state: ({ p }) => expectProbability('FeatureAlphaDropout', p),
  forward: (ops, { input }, _, { p }, { training }) => alphaDropout(ops, input, p, training, 'channel'),
});

/** Whole channels; without a batch the first dimension is the channels'. */
export const Dropout1d = channelDropout('Dropout1d', [2, 3], 2);
// PyTorch warns of two dimensions, and takes them as channels of one element each.
export const Dropout2d = channelDropout('Dropout2d', [2, 3, 4], null);
export const Dropout3d = channelDropout('Dropout3d', [4, 5], 4);

function channelDropout(name: string, ranks: readonly number[], unbatchedRank: number | null) {
  return layer({
    name: `torch.nn.${name}`,
    args,
    state: ({ p }) => expectProbability(name, p),
    check: ({ input }) => expectRanks(name, input, ranks),
    // Dropout2d takes three dimensions as (N, C, L), for history's sake; the others as an input without a batch.
    forward: (ops, { input }, _, { p }, { training }) =>
      batched(ops, input, (unbatchedRank ?? -1) + 1, (x) => ops.dropout(x, p, training, 'channel')),
  });
}

function expectProbability(name: string, p: number): Readonly<Record<never, never>> {
  expectArgument(p >= 0 && p <= 1, `${name} expects a probability from 0 to 1`, String(p));
  return {};
}
