// The signal over depth before the first step: forward by the deviation of the activations, backward by the
// root mean square of the weights' gradients, which does not grow with a layer's size. Ratios only: neither
// the loss's scale nor the width has a part in them.

import type { Verdict } from '../base/finding.ts';
import { type Evidence, say, type VerdictKind, verdict } from './verdict.ts';

export interface Profile {
  /** Forward: last over first. Backward, the other way the signal runs: first over last. */
  readonly ratio: number;
  /** A layer's share of it. */
  readonly rate: number;
  readonly from: string;
  readonly to: string;
}

const WEIGHTED = /^torch\.nn\.(Linear|Bilinear|Conv[123]d|ConvTranspose[123]d)$/;

export function depthProfile(evidence: Evidence): { forward: Profile | null; backward: Profile | null } {
  const weighted = evidence.graph.modules.filter((module) => WEIGHTED.test(module.class)).map(({ path }) => path);
  // The last layer's output is the model's own scale, not the signal's.
  const forward = profile(evidence, 'activation-std', weighted.slice(0, -1));
  const backward = profile(evidence, 'gradient-rms', [...weighted].reverse());
  return { forward, backward };
}

function profile(evidence: Evidence, name: string, layers: readonly string[]): Profile | null {
  const measured = layers.flatMap((layer) => {
    const value = evidence.first(name, layer);
    return value === undefined || !Number.isFinite(value) ? [] : [{ layer, value }];
  });
  const [first, last] = [measured[0], measured.at(-1)];
  if (!first || !last || measured.length < 2 || first.value === 0) return null;
  const ratio = last.value / first.value;
  return { ratio, rate: ratio ** (1 / (measured.length - 1)), from: first.layer, to: last.layer };
}

export function depthVerdict(
  kind: Pick<VerdictKind, 'code' | 'name'>,
  evidence: Evidence,
  said: Profile & { readonly what: string; readonly threshold: number },
): Verdict {
  const { what, ratio, rate, from, to, threshold } = said;
  const message = `${what} from \`${from}\` to \`${to}\` by a factor of ${say(ratio)}, ${say(rate)} a layer, before the first step.`;
  const numbers = { ratio, rate_per_layer: rate, threshold };
  return verdict(kind, { severity: 'information', layer: to, place: evidence.place(to), message, numbers });
}
