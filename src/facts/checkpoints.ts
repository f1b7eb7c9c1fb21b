// Segments whose activations are checkpointed, so that their forward runs a second time in backward(): a
// BatchNorm inside takes every batch twice.

import type { Call, Expression } from '../python/tree.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { isSelfAttribute, stepsOf } from './layers.ts';

export interface CheckpointedNorm {
  readonly call: Call;
  /** What is run again, as it is given. */
  readonly segment: Expression;
}

export function readCheckpoints(facts: Facts): readonly CheckpointedNorm[] {
  if (!/\bcheckpoint/.test(facts.text) || !/BatchNorm|torchvision|timm/.test(facts.text)) return [];
  if (/sqrt|FrozenBatchNorm/.test(facts.text)) return [];
  return facts.places.calls.flatMap((place): CheckpointedNorm[] => {
    const { call, name } = place;
    const segment = call.args[0]?.value;
    if (!segment || !/^torch\.utils\.checkpoint\.checkpoint(?:_sequential)?$/.test(name)) return [];
    return normsIn(segment, place, facts) > 0 ? [{ call, segment }] : [];
  });
}

/** BatchNorm layers of a module, or of those a method calls. */
function normsIn(segment: Expression, place: CallFact, facts: Facts): number {
  const { owner } = place;
  const module = facts.receivers.of(segment, place);
  if (module) return module.sensitivity.batchNorm;
  const method =
    segment.kind === 'attribute' && isSelfAttribute(segment) ? owner?.methods.get(segment.name) : undefined;
  if (!owner || !method) return 0;
  const used = new Set(
    stepsOf(method, facts.names).flatMap(({ kind, name }) => (kind === 'attribute' ? [name.split('.')[0]] : [])),
  );
  return owner.layers
    .filter(({ path }) => used.has(path.split('.')[0]))
    .reduce((sum, layer) => sum + facts.classes.layerSensitivity(layer).batchNorm, 0);
}
