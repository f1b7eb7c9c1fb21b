// Norms that look at the batch in eval mode too, because they keep no running statistics or are told not to
// use them; and the InstanceNorm that stops looking at its instance.

import type { Argument, Call } from '../python/tree.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { isBatchNorm, isInstanceNorm, isTransductive } from './knowledge.ts';
import { isSelfAttribute } from './layers.ts';

export interface BatchStatistics {
  readonly kind: /** `BatchNorm2d(8, track_running_stats=False)`. */
    | 'untracked'
    /** `InstanceNorm2d(8, track_running_stats=True)`. */
    | 'tracked-instance'
    /** `F.batch_norm(x, self.running_mean, …, training=True)`. */
    | 'always-training';
  readonly call: Call;
  readonly argument: Argument;
  /** `BatchNorm2d`; for a function's call, the name of the class. */
  readonly layer: string;
  /** The file evaluates something. */
  readonly evaluates: boolean;
}

/** Where the batch is the task, or each sample's own generator, this is the method. */
const METHOD = /\b(?:maml|meta_?learn\w*|few_?shot|protonet\w*|transductive|test_time|tta|crossq|ghost\w*)\b/i;

export function readBatchStatistics(facts: Facts): readonly BatchStatistics[] {
  const { text, names } = facts;
  if (!/track_running_stats|\bbatch_norm\(/.test(text)) return [];
  if (METHOD.test(text) || METHOD.test(facts.path) || names.imports.some(isTransductive)) return [];
  const evaluates = /\.eval\(\)|\bno_grad\b|\binference_mode\b/.test(text);
  return facts.places.calls.flatMap((place): BatchStatistics[] => {
    const { call, owner } = place;
    if (owner && /gen(?:erator)?|discriminator|ghost/i.test(owner.name)) return [];
    const found = ofLayer(place, facts) ?? ofFunction(place, facts);
    return found ? [{ ...found, call, evaluates }] : [];
  });
}

function ofLayer(
  { call, name, scope }: CallFact,
  { values }: Facts,
): Pick<BatchStatistics, 'kind' | 'argument' | 'layer'> | null {
  const argument = call.args.find((one) => one.name === 'track_running_stats');
  if (!argument || !(isBatchNorm(name) || isInstanceNorm(name))) return null;
  const value = values.fold(argument.value, scope);
  if (value === undefined || value.isDefault) return null;
  const layer = name.slice(name.lastIndexOf('.') + 1);
  if (isInstanceNorm(name)) return value.value === true ? { kind: 'tracked-instance', argument, layer } : null;
  return value.value === false ? { kind: 'untracked', argument, layer } : null;
}

/** Of a class of one's own: the statistics are kept, and never used. */
function ofFunction(
  { call, name, args, owner, def }: CallFact,
  { text }: Facts,
): Pick<BatchStatistics, 'kind' | 'argument' | 'layer'> | null {
  if (name !== 'torch.nn.functional.batch_norm' || !owner?.isModule || def?.name !== 'forward') return null;
  const names = ['input', 'running_mean', 'running_var', 'weight', 'bias', 'training', 'momentum', 'eps'];
  const at = (wanted: string): Argument | undefined =>
    call.args.find((one) => one.name === wanted) ??
    (args.complete ? call.args.filter((one) => one.name === null)[names.indexOf(wanted)] : undefined);
  const mean = at('running_mean')?.value;
  const training = at('training');
  if (
    mean?.kind !== 'attribute' ||
    !isSelfAttribute(mean) ||
    training?.value.kind !== 'constant' ||
    training.value.value !== true
  )
    return null;
  const body = text.slice(owner.def.start, owner.def.end);
  return /\bself\.training\b/.test(body) ? null : { kind: 'always-training', argument: training, layer: owner.name };
}
