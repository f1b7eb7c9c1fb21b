// Which layer normalizes C channels of an input of some rank, for each kind of normalization.

import { UserError } from '../base/errors.ts';
import type { Values } from '../torch/signature.ts';

/** `standardized` is GroupNorm behind convolutions with standardized weights, the pair its authors propose. */
export const NORM_KINDS = [
  'batch',
  'layer',
  'group',
  'instance',
  'ghost-batch',
  'batch-renorm',
  'standardized',
  'none',
] as const;
export type NormKind = (typeof NORM_KINDS)[number];

export interface NormOptions {
  /** Groups of a GroupNorm; by default the most of 32, 16, … that leave two channels each. */
  readonly groups?: number;
  readonly eps?: number;
  readonly affine?: boolean;
  /** Rows of a GhostBatchNorm's virtual batches. */
  readonly virtual_batch_size?: number;
}

/** Channels are dimension 1 of `rank` dimensions; (N, C) is rank 2. */
export function normLayer(
  kind: NormKind,
  C: number,
  rank: number,
  { groups, eps = 1e-5, affine = true, virtual_batch_size = 8 }: NormOptions = {},
): { readonly class: string; readonly args: Values } {
  const spatial = Math.max(1, rank - 2);
  switch (kind) {
    case 'none':
      return { class: 'torch.nn.Identity', args: {} };
    case 'batch':
      return { class: `torch.nn.BatchNorm${spatial}d`, args: { num_features: C, eps, affine } };
    case 'instance':
      if (rank < 3)
        throw new UserError(
          'graph/norm',
          `InstanceNorm expects features with positions to normalize over, and got (N, ${C}).`,
        );
      return { class: `torch.nn.InstanceNorm${spatial}d`, args: { num_features: C, eps, affine } };
    case 'layer':
      // Of an image, all channels and positions together, as GroupNorm with one group has it.
      if (rank > 2) return { class: 'torch.nn.GroupNorm', args: { num_groups: 1, num_channels: C, eps, affine } };
      return { class: 'torch.nn.LayerNorm', args: { normalized_shape: [C], eps, elementwise_affine: affine } };
    case 'ghost-batch':
      return { class: 'lab.GhostBatchNorm', args: { num_features: C, eps, affine, virtual_batch_size } };
    case 'batch-renorm':
      return { class: 'lab.BatchRenorm', args: { num_features: C, eps, affine } };
    case 'standardized':
    case 'group': {
      const num_groups = groups ?? groupsOf(C);
      if (C % num_groups !== 0)
        throw new UserError('graph/norm', `GroupNorm expects groups that divide ${C} channels, and got ${num_groups}.`);
      return { class: 'torch.nn.GroupNorm', args: { num_groups, num_channels: C, eps, affine } };
    }
    default:
      return kind satisfies never;
  }
}

/** The most of 32, 16, 8, 4, 2, 1 that divide C and leave at least two channels in each. */
export function groupsOf(C: number): number {
  return [32, 16, 8, 4, 2].find((groups) => C % groups === 0 && C / groups >= 2) ?? 1;
}
