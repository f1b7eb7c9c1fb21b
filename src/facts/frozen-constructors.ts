// Module classes whose constructor takes the parameters of parts with BatchNorm out of training, itself or through a
// method it calls, and never keeps those parts in eval mode.

import type { Span } from '../base/finding.ts';
import type { Expression, For } from '../python/tree.ts';
import { visitExpression } from '../python/walk.ts';
import type { StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { isSelfAttribute, type LayerFact } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface FrozenConstructor {
  readonly owner: ClassFact;
  /** `self.backbone`, as it is spelled there. */
  readonly receiver: string;
  /** `self.backbone.parameters()`. */
  readonly span: Span;
}

/** Nothing is frozen without these words. */
export function freezes(text: string): boolean {
  return /\.requires_grad(?:\s*=[^=]|_\()/.test(text) && /False/.test(text);
}

/** Adapting the statistics, or choosing which parameters train by the kind of their layer, is done with them in mind. */
export function adaptsStatistics({ text, resetsStatistics }: Facts): boolean {
  return resetsStatistics || /ada_?bn|test_time|frozen_?(?:bn|batch_?norm)|freeze_?(?:bn|batch_?norm)/i.test(text);
}

/** The first freeze of each class. */
export function readFrozenConstructors(facts: Facts): readonly FrozenConstructor[] {
  if (!freezes(facts.text) || adaptsStatistics(facts)) return [];
  const found = facts.places.statements.flatMap((place) => {
    const { statement, owner } = place;
    if (statement.kind !== 'for' || !owner?.isModule || !isConstruction(place, facts) || keepsItself(owner, facts))
      return [];
    const call = parametersCall(statement);
    if (call?.kind !== 'call' || call.callee.kind !== 'attribute' || !freezesAll(statement)) return [];
    const { object } = call.callee;
    const name = object.kind === 'attribute' && isSelfAttribute(object) ? object.name : null;
    if (name === null || normsIn(owner, name, facts) === 0) return [];
    return [{ owner, receiver: facts.text.slice(object.start, object.end), span: call }];
  });
  return found.filter((one, i) => found.findIndex(({ owner }) => owner === one.owner) === i);
}

/** In the constructor, or straight in a method that it calls. */
function isConstruction({ def, owner, statement }: StatementFact, { text }: Facts): boolean {
  if (def?.name === '__init__') return true;
  const init = owner?.methods.get('__init__');
  return (
    def !== null &&
    init !== undefined &&
    def.body.includes(statement) &&
    new RegExp(`\\bself\\.${def.name}\\(`).test(text.slice(init.start, init.end))
  );
}

export function parametersCall({ iterable }: For): Expression | null {
  if (iterable.kind !== 'call') return null;
  const { callee, args } = iterable;
  if (callee.kind === 'attribute' && /^(?:named_)?parameters$/.test(callee.name)) return iterable;
  const [first] = args;
  return callee.kind === 'name' && first?.value.kind === 'call' && /^(?:enumerate|list)$/.test(callee.id)
    ? parametersCall({ iterable: first.value } as For)
    : null;
}

function keepsItself(owner: ClassFact, { classes, text }: Facts): boolean {
  return classes.method(owner, 'train') !== null || /\.eval\(|\.train\(|requires_grad\s*=(?!\s*False)/.test(text);
}

function freezesAll({ target, body }: For): boolean {
  const [only, ...more] = body;
  if (only?.kind !== 'assign' || more.length > 0 || only.value?.kind !== 'constant' || only.value.value !== false)
    return false;
  const [written] = only.targets;
  const last = target.kind === 'sequence' ? target.items.at(-1) : target;
  return (
    written?.kind === 'attribute' &&
    written.name === 'requires_grad' &&
    written.object.kind === 'name' &&
    last?.kind === 'name' &&
    last.id === written.object.id
  );
}

function normsIn(owner: ClassFact, name: string, facts: Facts): number {
  const layers = owner.layers.filter((layer) => layer.path === name || layer.path.startsWith(`${name}.`));
  const all = new Set([...layers, ...layers.flatMap((layer) => takenApart(layer, owner, facts))]);
  return [...all].reduce((sum, layer) => sum + facts.classes.layerSensitivity(layer).batchNorm, 0);
}

/** `nn.Sequential(*list(resnet.children())[:-2])` has the layers of what `resnet` was made as. */
function takenApart({ call, scope }: LayerFact, owner: ClassFact, { names }: Facts): readonly LayerFact[] {
  const found: LayerFact[] = [];
  visitExpression(call, (part) => {
    const [only, ...others] = part.kind === 'name' ? names.lookup(part.id, scope) : [];
    if (only?.kind !== 'assign' || others.length > 0) return;
    found.push(...owner.layers.filter((layer) => layer.call === only.value));
  });
  return found;
}
