// Optimizers with weight decay: those that decay everything a model with norms has, and lists of names to leave
// out of which none is a name the model has.

import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { normFamily } from './graphs/queries.ts';
import { layersWithin } from './inits/layers.ts';
import type { LayerFact } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface Decay {
  readonly kind: 'all' | 'no match';
  /** The optimizer, or the entry of the list. */
  readonly node: Call | Expression;
  /** The decay; the entry's text. */
  readonly value: number | string;
  readonly norms: readonly LayerFact[];
}

export function readDecays(facts: Facts): readonly Decay[] {
  if (!/weight_decay|no_decay|decay/.test(facts.text)) return [];
  return [...wholeModels(facts), ...deadNames(facts)];
}

/** `AdamW(net.parameters(), weight_decay=0.1)`. */
function wholeModels(facts: Facts): readonly Decay[] {
  return facts.places.calls.flatMap((place): Decay[] => {
    const { name, call } = place;
    const [params] = call.args;
    const decay = call.args.find((argument) => argument.name === 'weight_decay')?.value;
    if (!/^torch\.optim\.\w+$/.test(name) || !params || params.value.kind !== 'call' || !decay) return [];
    const { callee } = params.value;
    const value = facts.values.number(decay, place.scope);
    // A small decay with SGD is the recipe of residual nets.
    if (value === undefined || value <= (name.endsWith('.SGD') ? 1e-3 : 0)) return [];
    if (callee.kind !== 'attribute' || callee.name !== 'parameters') return [];
    const fact = facts.receivers.of(callee.object, place)?.fact;
    const norms = fact ? normsOf(fact, facts) : [];
    return norms.length > 0 ? [{ kind: 'all', node: call, value, norms }] : [];
  });
}

function normsOf(fact: ClassFact, facts: Facts): readonly LayerFact[] {
  return layersWithin(fact, facts).filter(({ type }) => normFamily(type) !== null);
}

/** `no_decay = ['bias', 'LayerNorm.weight']` over a model that calls its norms `ln_1`. */
function deadNames(facts: Facts): readonly Decay[] {
  if (!/named_parameters\(/.test(facts.text)) return [];
  return facts.places.statements.flatMap((place): Decay[] => {
    const { statement } = place;
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    const list = statement.kind === 'assign' ? statement.value : null;
    if (target?.kind !== 'name' || !/no_?decay|skip/i.test(target.id) || list?.kind !== 'sequence') return [];
    const models = namedModels(facts);
    const [fact] = models;
    if (models.size !== 1 || !fact) return [];
    const layers = layersWithin(fact, facts);
    const norms = normsOf(fact, facts);
    // Names that are made elsewhere are not seen.
    const seesAll =
      layers.every(({ path }) => path !== '') && fact.outerBases.every((base) => base === 'torch.nn.Module');
    if (norms.length === 0 || !seesAll) return [];
    return list.items.flatMap((item): Decay[] => {
      if (item.kind !== 'string' || !item.value || !/norm|ln|bn/i.test(item.value)) return [];
      const word = item.value;
      const isNamed = norms.some(({ path }) => `${path}.weight`.includes(word) || `${path}.bias`.includes(word));
      return isNamed ? [] : [{ kind: 'no match', node: item, value: word, norms }];
    });
  });
}

/** The classes of the file whose parameters are asked for by name. */
function namedModels(facts: Facts): ReadonlySet<ClassFact | null> {
  const found = new Set<ClassFact | null>();
  const note = (part: Expression, place: StatementFact) => {
    if (part.kind !== 'call' || part.callee.kind !== 'attribute' || part.callee.name !== 'named_parameters') return;
    const { object } = part.callee;
    const isSelf = object.kind === 'name' && object.id === 'self';
    found.add((isSelf ? place.owner : facts.receivers.of(object, place)?.fact) ?? null);
  };
  for (const place of facts.places.statements)
    for (const own of ownExpressions(place.statement)) visitExpression(own, (part) => note(part, place));
  return found;
}
