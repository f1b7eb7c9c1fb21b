// Hidden layers an initializer walks past: it goes through all modules of a model and writes the weights of
// some kinds, and a layer of another kind, that no norm follows, keeps PyTorch's default.

import type { Facts } from '../facts.ts';
import { bareName } from '../graphs/queries.ts';
import type { LayerFact } from '../layers.ts';
import { type InitPass, readInitializers, writesFor } from './initializers.ts';
import { layersWithin, ownersOf, readChains, readLayerInits } from './layers.ts';

export interface InitGap {
  readonly pass: InitPass;
  /** `Conv2d`, of those that are handled. */
  readonly handled: readonly string[];
  readonly missed: readonly LayerFact[];
}

const WEIGHTED = /^torch\.nn\.(?:Linear|Conv(?:Transpose)?[123]d)$/;

export function readInitGaps(facts: Facts): readonly InitGap[] {
  const { passes } = facts.of(readInitializers);
  if (passes.length === 0) return [];
  const inits = facts.of(readLayerInits);
  const hidden = new Set(
    facts
      .of(readChains)
      .flatMap(({ links }) =>
        links
          .filter(({ activation }) => activation !== null && /relu|elu|silu|mish/.test(activation))
          .map(({ module }) => module.call),
      ),
  );
  return passes.flatMap((pass): InitGap[] => {
    // An initializer with conditions of its own knows what it leaves out.
    if (pass.initializer.branches.some(({ guarded }) => guarded)) return [];
    const owners = ownersOf(pass, facts);
    const layers = owners.flatMap((owner) => layersWithin(owner, facts)).filter(({ type }) => WEIGHTED.test(type));
    const isHandled = ({ type }: LayerFact) =>
      writesFor(type, pass.initializer).some(({ attribute }) => attribute === 'weight');
    const handled = [...new Set(layers.filter(isHandled).map(({ type }) => bareName(type)))];
    const missed = layers.filter((layer) => !isHandled(layer) && !inits.has(layer.call) && hidden.has(layer.call));
    return handled.length > 0 && missed.length > 0 ? [{ pass, handled, missed }] : [];
  });
}
