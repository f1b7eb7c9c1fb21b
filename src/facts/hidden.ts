// Layers a class keeps where nn.Module does not look: in lists, tuples and dicts of its own. Only those that
// some method uses, that carry weights or follow the mode, and that nothing else in the class registers.

import type { Span } from '../base/finding.ts';
import type { Call, Expression, Statement } from '../python/tree.ts';
import { visitExpression } from '../python/walk.ts';
import type { CallFact, Places } from './calls.ts';
import { isBatchNorm, isDropout, isWeighted } from './knowledge.ts';
import { isSelfAttribute } from './layers.ts';
import type { Classes, ClassFact } from './modules.ts';

export interface HiddenModules {
  readonly owner: ClassFact;
  /** `layers` of `self.layers`. */
  readonly attribute: string;
  readonly container: 'list' | 'tuple' | 'dict';
  /** What is assigned to the attribute: the literal or the comprehension. */
  readonly value: Expression;
  readonly statement: Statement;
  /** The constructors that are seen. */
  readonly made: readonly Call[];
  /** It begins empty and is appended to. */
  readonly appended: boolean;
}

interface Source {
  readonly text: string;
  readonly places: Places;
  readonly classes: Classes;
}

/** A class that manages its parts by hand does what registering would do. */
const BY_HAND =
  /\b(?:setattr|add_module|register_module|_modules|__dict__|no_grad)\b|def (?:parameters|named_parameters|_apply|cuda|to|modules|children|state_dict|train|eval)\b/;

export function readHidden(source: Source): readonly HiddenModules[] {
  const { text, places, classes } = source;
  return places.statements.flatMap(({ statement, def, owner }): HiddenModules[] => {
    if (statement.kind !== 'assign' || statement.targets.length !== 1 || !owner?.isModule || def?.name !== '__init__')
      return [];
    const [target] = statement.targets;
    const { value } = statement;
    if (target?.kind !== 'attribute' || !isSelfAttribute(target) || !value) return [];
    const container = containerOf(value);
    const body = textOf(owner.def, text);
    if (!container || BY_HAND.test(body) || !isUsed(target.name, owner, text)) return [];
    const appended = isEmpty(value);
    const made = appended ? appendedTo(target.name, owner, source) : elementsOf(value).flatMap(callIn);
    // A single module in a list is the idiom for hiding it.
    if (made.length === 0 || (made.length === 1 && !appended && value.kind !== 'comprehension')) return [];
    const stateful = made.filter((call) => hasState(call, places.calls, classes, owner));
    if (stateful.length === 0 || made.some((call) => /eval\(|requires_grad/.test(textOf(call, text)))) return [];
    return [{ owner, attribute: target.name, container, value, statement, made: stateful, appended }];
  });
}

function containerOf(value: Expression): HiddenModules['container'] | null {
  if (value.kind === 'sequence') return value.type === 'set' ? null : value.type;
  if (value.kind === 'dict') return 'dict';
  if (value.kind === 'comprehension') return value.type === 'list' ? 'list' : value.type === 'dict' ? 'dict' : null;
  return null;
}

function isEmpty(value: Expression): boolean {
  return (
    (value.kind === 'sequence' && value.items.length === 0) || (value.kind === 'dict' && value.entries.length === 0)
  );
}

function elementsOf(value: Expression): readonly Expression[] {
  if (value.kind === 'sequence') return value.items;
  if (value.kind === 'dict') return value.entries.map((entry) => entry.value);
  if (value.kind !== 'comprehension') return [];
  return value.type === 'dict' ? value.elements.slice(1) : value.elements;
}

/** The constructor behind `.to(device)` and its like. */
function callIn(expression: Expression): readonly Call[] {
  return expression.kind === 'call' ? [expression] : [];
}

/** Other methods read it, and the constructor does nothing with it but fill it. */
function isUsed(attribute: string, owner: ClassFact, text: string): boolean {
  const mention = new RegExp(`\\bself\\.${attribute}\\b`);
  let used = false;
  for (const method of owner.methods.values()) {
    const body = textOf(method, text);
    if (method.name !== '__init__') used ||= mention.test(body);
    else if (mention.test(body.replace(new RegExp(`\\bself\\.${attribute}(?:\\s*=[^=]|\\.append\\()`, 'g'), '')))
      return false;
  }
  return used;
}

function appendedTo(attribute: string, owner: ClassFact, { places }: Source): readonly Call[] {
  return places.statements.flatMap(({ statement, def, owner: at }) => {
    if (at !== owner || def?.name !== '__init__' || statement.kind !== 'expression') return [];
    const { value } = statement;
    if (value.kind !== 'call' || value.callee.kind !== 'attribute' || value.callee.name !== 'append') return [];
    const { object } = value.callee;
    const [only] = value.args;
    if (object.kind !== 'attribute' || !isSelfAttribute(object) || object.name !== attribute || !only) return [];
    return callIn(only.value);
  });
}

/** Weights, statistics or Dropout in what the call makes; activations have none. */
function hasState(call: Call, calls: readonly CallFact[], classes: Classes, owner: ClassFact): boolean {
  const { callee } = call;
  const local =
    callee.kind === 'name' ? classes.all.find((fact) => fact.name === callee.id && fact !== owner) : undefined;
  if (local) return local.isModule && local.layers.some((layer) => isStateful(layer.type));
  const isModule = calls.some((one) => one.call === call && /^torch\.nn\.[A-Z]/.test(one.name));
  if (!isModule) return false;
  let found = false;
  visitExpression(call, (part) => {
    if (part.kind === 'call') found ||= calls.some((one) => one.call === part && isStateful(one.name));
  });
  return found;
}

function isStateful(type: string): boolean {
  return (
    isWeighted(type) ||
    isBatchNorm(type) ||
    isDropout(type) ||
    /^torch\.nn\.(?:LayerNorm|GroupNorm|Embedding|EmbeddingBag|PReLU|MultiheadAttention|Transformer\w*)$/.test(type)
  );
}

function textOf({ start, end }: Span, text: string): string {
  return text.slice(start, end);
}
