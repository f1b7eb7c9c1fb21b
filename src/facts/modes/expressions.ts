// Expressions → values. What is computed from data keeps the data's story; everything else is followed only
// as far as modes, loaders and modules go.

import type { Attribute, Comprehension, Expression, Operation, Subscript } from '../../python/tree.ts';
import { dottedPath } from '../../python/walk.ts';
import { isModuleMethod } from '../knowledge.ts';
import type { Frame, Machine } from './frame.ts';
import { noteReplacement, writeParameter } from './parameters.ts';
import type { State } from './state.ts';
import { elementOf, truth, truthOf } from './statements.ts';
import { constant, dataOf, isParameter, mergeData, NO_DATA, UNKNOWN, unknown, type Value, withData } from './values.ts';

const EVAL_WORDS = /^(?:val|valid|validation|test|eval|dev)$/;

export function evaluate(machine: Machine, expression: Expression, state: State, frame: Frame): Value {
  switch (expression.kind) {
    case 'name':
      return readName(machine, expression, state, frame);
    case 'attribute': {
      const path = externalPath(machine, expression, state, frame);
      return path ?? readAttribute(machine, machine.evaluate(expression.object, state, frame), expression.name, state);
    }
    case 'number':
    case 'constant':
      return constant(expression.value);
    case 'string':
      return readString(machine, expression, state, frame);
    case 'call':
      return machine.call(expression, state, frame);
    case 'sequence':
      return {
        kind: 'sequence',
        items: expression.items.map((item) => machine.evaluate(item, state, frame)),
        data: NO_DATA,
      };
    case 'dict':
      return readDict(machine, expression, state, frame);
    case 'subscript':
      return readSubscript(machine, expression, state, frame);
    case 'operation':
      return operate(machine, expression, state, frame);
    case 'conditional':
      return choose(machine, expression, state, frame);
    case 'lambda':
      return { kind: 'function', def: expression, frame: frame.id, self: null, owner: null, data: NO_DATA };
    case 'comprehension':
      return comprehend(machine, expression, state, frame);
    case 'starred':
      return machine.evaluate(expression.value, state, frame);
    case 'yield':
      return expression.value ? unknown(dataOf(machine.evaluate(expression.value, state, frame))) : UNKNOWN;
    case 'named': {
      const value = machine.evaluate(expression.value, state, frame);
      machine.assign(expression.target, value, state, frame);
      return value;
    }
    case 'slice':
    case 'other':
      return allOf(machine, expression.parts, state, frame);
  }
}

function allOf(machine: Machine, parts: readonly Expression[], state: State, frame: Frame): Value {
  return unknown(parts.reduce((sum, part) => mergeData(sum, dataOf(machine.evaluate(part, state, frame))), NO_DATA));
}

/** `torch.no_grad` is a name of its own unless `torch` was assigned here. */
export function externalPath(machine: Machine, expression: Expression, state: State, frame: Frame): Value | null {
  const head = dottedPath(expression)?.[0];
  if (head === undefined || findVariable(machine, head, state, frame)) return null;
  const path = machine.names.resolve(expression, frame.scope);
  return path ? { kind: 'external', path, data: NO_DATA } : null;
}

export function findVariable(machine: Machine, name: string, state: State, frame: Frame): Value | undefined {
  for (let at: Frame | null = frame; at; at = at.parent) {
    const value = state.variable(at.id, name);
    if (value) return value;
  }
  return state.variable(machine.root.id, name);
}

function readName(
  machine: Machine,
  expression: Extract<Expression, { kind: 'name' }>,
  state: State,
  frame: Frame,
): Value {
  const value = findVariable(machine, expression.id, state, frame);
  if (value) return value;
  const path = machine.names.resolve(expression, frame.scope);
  if (path) return { kind: 'external', path, data: NO_DATA };
  const def = machine.names.definition(expression, frame.scope);
  if (def?.kind === 'function')
    return { kind: 'function', def, frame: machine.root.id, self: null, owner: null, data: NO_DATA };
  const fact = def?.kind === 'class' ? machine.classes.of(def) : undefined;
  if (fact) return { kind: 'class', fact, frame: machine.root.id, data: NO_DATA };
  // A global that is set elsewhere: the same one wherever it is read.
  return { kind: 'object', place: `global:${expression.id}`, data: NO_DATA };
}

export function readAttribute(machine: Machine, object: Value, name: string, state: State): Value {
  switch (object.kind) {
    case 'object':
      return readObject(machine, object, name, state);
    case 'external':
      return { kind: 'external', path: `${object.path}.${name}`, data: NO_DATA };
    case 'class': {
      const method = machine.classes.method(object.fact, name);
      if (method)
        return {
          kind: 'function',
          def: method.def,
          frame: object.frame,
          self: null,
          owner: method.owner,
          data: NO_DATA,
        };
      return UNKNOWN;
    }
    default:
      return unknown(dataOf(object));
  }
}

function readObject(machine: Machine, object: Extract<Value, { kind: 'object' }>, name: string, state: State): Value {
  const info = machine.objects.get(object.place);
  if (name === 'training')
    return {
      kind: 'mode',
      place: object.place,
      mode: machine.objects.effectiveMode(object.place, state).mode,
      data: NO_DATA,
    };
  const held = state.attribute(object.place, name);
  if (held) return withData(held, object.data);
  const method = info?.fact ? machine.classes.method(info.fact, name) : null;
  if (method && info)
    return {
      kind: 'function',
      def: method.def,
      frame: machine.root.id,
      self: object,
      owner: method.owner,
      data: object.data,
    };
  // DataParallel and its kin; the wrapped object is the wrapper here.
  if (name === 'module' && info?.isModule) return object;
  if (name === 'data' && isParameter(object.place)) return object;
  if (/^(?:data|grad|shape|device|dtype)$/.test(name)) return unknown(object.data);
  return { kind: 'object', place: `${object.place}.${name}`, data: object.data };
}

function readString(
  machine: Machine,
  expression: Extract<Expression, { kind: 'string' }>,
  state: State,
  frame: Frame,
): Value {
  if (expression.value === null) return allOf(machine, expression.parts, state, frame);
  const split = EVAL_WORDS.test(expression.value) ? 'eval' : expression.value === 'train' ? 'train' : null;
  const data = split ? { ...NO_DATA, split } : NO_DATA;
  return { kind: 'constant', value: expression.value, data } as Value;
}

function readDict(
  machine: Machine,
  expression: Extract<Expression, { kind: 'dict' }>,
  state: State,
  frame: Frame,
): Value {
  const entries = new Map<string, Value>();
  let data = NO_DATA;
  for (const { key, value } of expression.entries) {
    const read = machine.evaluate(value, state, frame);
    const name = key && machine.evaluate(key, state, frame);
    if (name?.kind === 'constant') entries.set(String(name.value), read);
    else data = mergeData(data, dataOf(read));
  }
  return { kind: 'mapping', entries, data };
}

function readSubscript(machine: Machine, expression: Subscript, state: State, frame: Frame): Value {
  const object = machine.evaluate(expression.object, state, frame);
  const [first] = expression.indices;
  // Some of the parts of a module are parts of it.
  if (first?.kind === 'slice' && object.kind === 'sequence' && object.items.every(isSomePart)) return object;
  const index = first && expression.indices.length === 1 ? machine.evaluate(first, state, frame) : UNKNOWN;
  return subscript(object, index);
}

function isSomePart(item: Value): boolean {
  return item.kind === 'object' && item.place.endsWith('.[part]');
}

function subscript(object: Value, index: Value): Value {
  if (index.kind === 'constant') {
    if (object.kind === 'mapping') return object.entries.get(String(index.value)) ?? unknown(object.data);
    if (object.kind === 'sequence' && typeof index.value === 'number')
      return object.items.at(index.value) ?? unknown(dataOf(object));
    if (object.kind === 'object' && isParameter(object.place)) return object;
    if (object.kind === 'object') return { ...object, place: `${object.place}.[${String(index.value)}]` };
    if (object.kind === 'external') return { ...object, path: `${object.path}` };
  }
  if (object.kind === 'external' || (object.kind === 'object' && isParameter(object.place))) return object;
  if (object.kind === 'sequence' || object.kind === 'mapping') return unknown(dataOf(object));
  // Which one of many is not known, so nothing is known of it but where it comes from.
  return unknown(mergeData(object.data, { ...index.data, split: null }));
}

function operate(machine: Machine, expression: Operation, state: State, frame: Frame): Value {
  const operands = expression.operands.map((operand) => machine.evaluate(operand, state, frame));
  const [a, b] = operands;
  const [operator = ''] = expression.operators;
  if (expression.type === 'boolean') return operateBoolean(operator, operands);
  if (operator === 'not' && a) {
    const known = truthOf(a);
    return known === null ? UNKNOWN : constant(!known);
  }
  if (expression.type === 'compare' && a && b && operands.length === 2) return compare(operator, a, b);
  const data = operands.reduce((sum, operand) => mergeData(sum, dataOf(operand)), NO_DATA);
  if (operator === '+' && a?.kind === 'sequence' && b?.kind === 'sequence')
    return { kind: 'sequence', items: [...a.items, ...b.items], data };
  return unknown(data);
}

/** `x or default` is `x` for an object; a condition is known only where every part is. */
function operateBoolean(operator: string, operands: readonly Value[]): Value {
  const truths = operands.map(truthOf);
  if (operator === 'and' && truths.includes(false)) return constant(false);
  if (operator === 'or' && truths.includes(true)) return constant(true);
  if (!truths.includes(null)) return constant(operator === 'and');
  return unknown(operands.reduce((sum, operand) => mergeData(sum, dataOf(operand)), NO_DATA));
}

function compare(operator: string, a: Value, b: Value): Value {
  if (operator === 'is' || operator === 'is not') {
    const same = isSame(a, b);
    return same === null ? UNKNOWN : constant(same === (operator === 'is'));
  }
  if (a.kind !== 'constant') return UNKNOWN;
  if (b.kind === 'constant' && (operator === '==' || operator === '!='))
    return constant((a.value === b.value) === (operator === '=='));
  const options = operator === 'in' && b.kind === 'sequence' ? b.items.map(constantOf) : [undefined];
  return options.includes(undefined) ? UNKNOWN : constant(options.includes(a.value));
}

function constantOf(value: Value) {
  return value.kind === 'constant' ? value.value : undefined;
}

/** Whether two values are the same `None`; null where it cannot be known. */
function isSame(a: Value, b: Value): boolean | null {
  const [none, other] = isNone(a) ? [a, b] : [b, a];
  if (!isNone(none)) return null;
  if (isNone(other)) return true;
  return isMade(other) ? false : null;
}

function isNone(value: Value): boolean {
  return value.kind === 'constant' && value.value === null;
}

/** Certainly an object: not a parameter, a global or the result of an unseen call, which may be None. */
function isMade(value: Value): boolean {
  if (value.kind === 'object') return !/^(?:param|global|call|self)/.test(value.place);
  return value.kind !== 'unknown' && value.kind !== 'constant' && value.kind !== 'mode';
}

function choose(
  machine: Machine,
  expression: Extract<Expression, { kind: 'conditional' }>,
  state: State,
  frame: Frame,
): Value {
  const known = truth(machine, expression.test, state, frame);
  if (known === true) return machine.evaluate(expression.body, state, frame);
  if (known === false) return machine.evaluate(expression.orelse, state, frame);
  const body = machine.evaluate(expression.body, state, frame);
  const merged = machine.objects.merge(body, machine.evaluate(expression.orelse, state, frame));
  machine.objects.settle(state);
  return merged;
}

/** Over constants, each element is known; over anything else, one element stands for all. */
function comprehend(machine: Machine, expression: Comprehension, state: State, frame: Frame): Value {
  const [clause, ...more] = expression.clauses;
  const iterable = clause ? machine.evaluate(clause.iterable, state, frame) : UNKNOWN;
  const element = (): readonly Value[] => expression.elements.map((item) => machine.evaluate(item, state, frame));
  if (
    clause &&
    more.length === 0 &&
    expression.tests.length === 0 &&
    iterable.kind === 'sequence' &&
    iterable.items.length <= 8
  ) {
    const rows = iterable.items.map((item) => {
      machine.assign(clause.target, item, state, frame);
      return element();
    });
    if (expression.type !== 'dict')
      return { kind: 'sequence', items: rows.map(([value]) => value ?? UNKNOWN), data: NO_DATA };
    const entries = rows.flatMap(([key, value]) =>
      key?.kind === 'constant' && value ? [[String(key.value), value] as const] : [],
    );
    return { kind: 'mapping', entries: new Map(entries), data: NO_DATA };
  }
  if (clause) machine.assign(clause.target, elementOf(iterable, clause.iterable), state, frame);
  for (const { target, iterable: inner } of more)
    machine.assign(target, elementOf(machine.evaluate(inner, state, frame), inner), state, frame);
  for (const test of expression.tests) machine.evaluate(test, state, frame);
  return unknown(element().reduce((sum, value) => mergeData(sum, dataOf(value)), NO_DATA));
}

export function assign(machine: Machine, target: Expression, value: Value, state: State, frame: Frame): void {
  switch (target.kind) {
    case 'name':
      state.setVariable(homeOf(machine, target.id, frame).id, target.id, value);
      break;
    case 'attribute': {
      const object = machine.evaluate(target.object, state, frame);
      if (object.kind === 'object') writeAttribute(machine, object.place, target, value, state, frame);
      break;
    }
    case 'sequence':
      target.items.forEach((item, i) => {
        assign(machine, item, itemOf(value, i, target.items.length), state, frame);
      });
      break;
    case 'starred':
      assign(machine, target.value, unknown(dataOf(value)), state, frame);
      break;
    case 'subscript':
      assignItem(machine, target, value, state, frame);
      break;
    default:
      break;
  }
}

function itemOf(value: Value, i: number, count: number): Value {
  if (value.kind === 'sequence' && value.items.length === count) return value.items[i] ?? UNKNOWN;
  if (value.kind === 'object') return { ...value, place: `${value.place}.[${i}]` };
  return unknown(dataOf(value));
}

/** What is put into a container stays findable in it. */
function assignItem(machine: Machine, target: Subscript, value: Value, state: State, frame: Frame): void {
  const container = machine.evaluate(target.object, state, frame);
  const [first] = target.indices;
  const index = first ? machine.evaluate(first, state, frame) : UNKNOWN;
  if (container.kind === 'mapping' && index.kind === 'constant') {
    const entries = new Map(container.entries).set(String(index.value), value);
    assign(machine, target.object, { ...container, entries }, state, frame);
  } else if (container.kind !== 'object')
    assign(machine, target.object, withData(container, dataOf(value)), state, frame);
}

function writeAttribute(
  machine: Machine,
  place: string,
  target: Attribute,
  value: Value,
  state: State,
  frame: Frame,
): void {
  const { name } = target;
  if (isParameter(place)) {
    writeParameter(machine, place, target, value, state, frame);
    return;
  }
  noteReplacement(machine, place, name, value, state, frame);
  // Setting `m.training` switches this module and none of its parts.
  if (name === 'training') state.setMode(place, { mode: 'X', write: null, explicit: true });
  else if (isModuleMethod(name)) state.setMode(place, { mode: 'X', write: null, explicit: true });
  else state.setAttribute(place, name, value);
  machine.tick();
}

function homeOf(machine: Machine, name: string, frame: Frame): Frame {
  if (frame.scope.bindings.has(name) || frame.scope.owner.kind === 'module') return frame;
  for (let at: Frame | null = frame.parent; at; at = at.parent) if (at.scope.bindings.has(name)) return at;
  return machine.root.scope.bindings.has(name) ? machine.root : frame;
}
