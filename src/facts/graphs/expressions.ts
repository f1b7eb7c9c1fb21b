// Expressions of constructors and of forward(): plain values and sizes are computed, modules and tensors
// are passed on.

import type { Span } from '../../base/finding.ts';
import type { Comprehension, Expression, Operation } from '../../python/tree.ts';
import { subexpressions } from '../../python/walk.ts';
import type { ClassFact } from '../modules.ts';
import { callOf, headOf, isProperty, named } from './calls.ts';
import { type Frame, joinTensors, type Run, setFree, tensorsIn, unknownFrom } from './frame.ts';
import { sizesOf } from './shapes.ts';
import { assign, isSelf, itemsOf } from './statements.ts';
import { GAP, joinValues, type Module, ofSize, plain, UNKNOWN, type Value } from './values.ts';

export function evaluate(expression: Expression, frame: Frame, run: Run): Value {
  switch (expression.kind) {
    case 'number':
    case 'constant':
      return plain(expression.value);
    case 'string':
      return expression.value === null ? formatted(expression.parts, frame, run) : plain(expression.value);
    case 'name':
      return nameOf(expression, frame, run);
    case 'attribute':
      return attributeOf(expression, frame, run);
    case 'subscript':
      return subscriptOf(expression, frame, run);
    case 'call':
      return callOf(expression, frame, run);
    case 'sequence':
      return { kind: 'list', items: expression.items.flatMap((item) => partsOf(item, frame, run)) };
    case 'operation':
      return operationOf(expression, frame, run);
    case 'conditional':
      return conditionalOf(expression, frame, run);
    case 'comprehension':
      return comprehensionOf(expression, frame, run);
    case 'named': {
      const value = run.evaluate(expression.value, frame);
      assign(expression.target, value, frame, run);
      return value;
    }
    default: {
      const parts = subexpressions(expression).map((part) => run.evaluate(part, frame));
      parts.forEach(setFree);
      return UNKNOWN;
    }
  }
}

function formatted(parts: readonly Expression[], frame: Frame, run: Run): Value {
  for (const part of parts) run.evaluate(part, frame);
  return UNKNOWN;
}

function partsOf(item: Expression, frame: Frame, run: Run): readonly Value[] {
  if (item.kind !== 'starred') return [run.evaluate(item, frame)];
  return itemsOf(run.evaluate(item.value, frame)) ?? [GAP];
}

function nameOf(expression: Expression & { kind: 'name' }, frame: Frame, run: Run): Value {
  const known = frame.names.get(expression.id);
  if (known) return known;
  if (isSelf(expression, frame) && frame.self) return { kind: 'module', module: frame.self };
  const folded = run.values.fold(expression, frame.scope);
  if (folded && !Array.isArray(folded.value)) return plain(folded.value as string | number, folded.isDefault);
  return named(expression, frame, run);
}

function attributeOf(expression: Expression & { kind: 'attribute' }, frame: Frame, run: Run): Value {
  const head = headOf(expression);
  const isLocal = head !== null && (frame.names.has(head) || (head === 'self' && frame.self !== null));
  if (!isLocal && head !== null) {
    const folded = run.values.fold(expression, frame.scope);
    if (folded && !Array.isArray(folded.value)) return plain(folded.value as string | number, folded.isDefault);
    return named(expression, frame, run);
  }
  return memberOf(run.evaluate(expression.object, frame), expression, run);
}

function memberOf(object: Value, expression: Expression & { kind: 'attribute' }, run: Run): Value {
  const { name } = expression;
  switch (object.kind) {
    case 'module':
      return partOf(object.module, name, run);
    case 'type':
      return typeof object.type === 'string' ? UNKNOWN : constantOf(object.type, name, run);
    // A configuration nobody changes says the same each time it is asked.
    case 'symbol':
      return { kind: 'symbol', key: `${object.key}.${name}` };
    case 'tensor':
      if (name === 'shape') return { kind: 'shape', node: object.node };
      if (/^(?:device|dtype|ndim|requires_grad|is_cuda)$/.test(name)) return UNKNOWN;
      return /^(?:data|real)$/.test(name) ? object : unknownFrom([object], expression, run);
    default:
      return UNKNOWN;
  }
}

function partOf(module: Module, name: string, run: Run): Value {
  if (module.kind === 'layer') return module.args.get(name) ?? UNKNOWN;
  if (module.kind !== 'object') return UNKNOWN;
  const known = module.attributes.get(name);
  if (known) return known;
  const method = run.classes.method(module.fact, name);
  if (!method) return constantOf(module.fact, name, run);
  return isProperty(method.def) ? UNKNOWN : { kind: 'function', def: method.def, self: module };
}

/** `expansion = 4` in the body of the class. */
function constantOf(fact: ClassFact, name: string, run: Run): Value {
  for (const statement of fact.def.body) {
    const isIt =
      statement.kind === 'assign' && statement.targets.some((target) => target.kind === 'name' && target.id === name);
    const known = isIt && statement.value ? run.values.fold(statement.value, run.names.scopeOf(fact.def)) : undefined;
    if (known && !Array.isArray(known.value)) return plain(known.value as string | number, known.isDefault);
  }
  const [base] = fact.bases;
  return base ? constantOf(base, name, run) : UNKNOWN;
}

function subscriptOf(expression: Expression & { kind: 'subscript' }, frame: Frame, run: Run): Value {
  const object = run.evaluate(expression.object, frame);
  const [first] = expression.indices;
  const index = first && expression.indices.length === 1 ? run.evaluate(first, frame) : UNKNOWN;
  const at = index.kind === 'plain' && typeof index.value === 'number' ? index.value : null;
  if (object.kind === 'shape') {
    const sizes = sizesOf(object.node);
    return at === null ? UNKNOWN : ofSize(sizes?.at(at) ?? `#${object.node.id}[${at}]`);
  }
  const items = itemsOf(object);
  if (items) {
    if (at === null) return UNKNOWN;
    const before = at >= 0 ? items.slice(0, at + 1) : items.slice(at);
    return before.includes(GAP) ? UNKNOWN : (items.at(at) ?? UNKNOWN);
  }
  if (object.kind !== 'tensor') return UNKNOWN;
  const span = expression;
  if (at !== null && object.node.op === 'layer') {
    const entries = new Map<string, Value>([['index', plain(at)]]);
    return {
      kind: 'tensor',
      node: run.add({ op: 'function', name: 'part', span, inputs: [object.node], named: entries }),
    };
  }
  return unknownFrom([object], span, run);
}

function operationOf(expression: Operation, frame: Frame, run: Run): Value {
  const values = expression.operands.map((operand) => run.evaluate(operand, frame));
  const [operator = ''] = expression.operators;
  const [a, b] = values;
  const { type } = expression;
  if (type !== 'boolean' && type !== 'compare' && operator !== 'not') return operate(operator, values, expression, run);
  if (values.some((value) => tensorsIn(value).length > 0 && type === 'boolean')) return UNKNOWN;
  if (type === 'boolean') return logical(operator, values);
  if (type === 'compare') return expression.operators.length === 1 && a && b ? compared(operator, a, b) : UNKNOWN;
  return a?.kind === 'plain' ? plain(!a.value, a.isDefault) : UNKNOWN;
}

/** Arithmetic of tensors, lists, numbers. */
export function operate(operator: string, values: readonly Value[], span: Span, run: Run): Value {
  const inputs = values.flatMap(tensorsIn);
  const [a, b] = values;
  if (inputs.length > 0)
    return { kind: 'tensor', node: run.add({ op: 'function', name: operator, span, inputs, args: values }) };
  if (operator === '+' && a?.kind === 'list' && b?.kind === 'list')
    return { kind: 'list', items: [...a.items, ...b.items] };
  if (operator === '*' && (a?.kind === 'list' || b?.kind === 'list')) return repeated(a, b);
  return arithmetic(operator, values);
}

function compared(operator: string | undefined, a: Value, b: Value): Value {
  const isEqual = operator === 'is' || operator === '==';
  const asks = isEqual || operator === 'is not' || operator === '!=';
  if (a.kind === 'plain' && b.kind === 'plain') {
    const isDefault = a.isDefault || b.isDefault;
    const [x, y] = [a.value, b.value];
    if (asks) return plain((x === y) === isEqual, isDefault);
    return typeof x === 'number' && typeof y === 'number' ? ordered(operator, x, y, isDefault) : UNKNOWN;
  }
  return asks && ((isNone(b) && exists(a)) || (isNone(a) && exists(b))) ? plain(!isEqual) : UNKNOWN;
}

function isNone(value: Value): boolean {
  return value.kind === 'plain' && value.value === null;
}

function exists(value: Value): boolean {
  return /^(?:module|list|tensor|type|function)$/.test(value.kind);
}

function ordered(operator: string | undefined, x: number, y: number, isDefault: boolean): Value {
  if (operator === '<') return plain(x < y, isDefault);
  if (operator === '>') return plain(x > y, isDefault);
  if (operator === '<=') return plain(x <= y, isDefault);
  return operator === '>=' ? plain(x >= y, isDefault) : UNKNOWN;
}

function logical(operator: string | undefined, values: readonly Value[]): Value {
  const truths = values.map((value) => (value.kind === 'plain' && !value.isDefault ? Boolean(value.value) : null));
  const settles = operator === 'or';
  if (truths.includes(settles)) return plain(settles);
  return truths.every((truth) => truth !== null) ? plain(!settles) : UNKNOWN;
}

function repeated(a: Value | undefined, b: Value | undefined): Value {
  const [list, count] = a?.kind === 'list' ? [a, b] : [b, a];
  if (list?.kind !== 'list') return UNKNOWN;
  const times = count?.kind === 'plain' && typeof count.value === 'number' && !count.isDefault ? count.value : null;
  if (times === null || times * list.items.length > 64) return { kind: 'list', items: [GAP, ...list.items, GAP] };
  return { kind: 'list', items: Array.from({ length: Math.max(0, times) }, () => list.items).flat() };
}

/** Numbers are computed; what is not known keeps its spelling, so that equal things stay equal. */
function arithmetic(operator: string, values: readonly Value[]): Value {
  const numbers = values.flatMap((value) =>
    value.kind === 'plain' && typeof value.value === 'number' ? [value.value] : [],
  );
  if (numbers.length === values.length) {
    const isDefault = values.some((value) => value.kind === 'plain' && value.isDefault);
    const result = calculate(operator, numbers);
    return result === null || !Number.isFinite(result) ? UNKNOWN : plain(result, isDefault);
  }
  const keys = values.map((value) =>
    value.kind === 'symbol' ? value.key : value.kind === 'plain' ? String(value.value) : null,
  );
  if (keys.includes(null) || !/^(?:\+|-|\*|\/|\/\/|%|\*\*)$/.test(operator)) return UNKNOWN;
  if (keys.length === 2 && isNeutral(operator, values[1])) return values[0] ?? UNKNOWN;
  const ordered = operator === '+' || operator === '*' ? keys.sort() : keys;
  return { kind: 'symbol', key: `(${ordered.join(operator)})`.slice(0, 120) };
}

/** `planes * 1` and `planes + 0`. */
function isNeutral(operator: string, value: Value | undefined): boolean {
  if (value?.kind !== 'plain') return false;
  return /^(?:\*|\/\/|\*\*)$/.test(operator) ? value.value === 1 : /^[+-]$/.test(operator) && value.value === 0;
}

function calculate(operator: string, [a, b]: readonly number[]): number | null {
  if (a === undefined) return null;
  if (b === undefined) return operator === '-' ? -a : operator === '+' ? a : null;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      return a - b * Math.floor(a / b);
    case '**':
      return a ** b;
    default:
      return null;
  }
}

function conditionalOf(expression: Expression & { kind: 'conditional' }, frame: Frame, run: Run): Value {
  const test = run.evaluate(expression.test, frame);
  if (test.kind === 'plain' && !test.isDefault)
    return run.evaluate(test.value ? expression.body : expression.orelse, frame);
  const body = run.evaluate(expression.body, frame);
  const orelse = run.evaluate(expression.orelse, frame);
  return joinValues(body, orelse, (a, b) => joinTensors(a, b, expression, run));
}

/** Unrolled where what it goes through is known; otherwise one element between gaps. */
function comprehensionOf(expression: Comprehension, frame: Frame, run: Run): Value {
  const [clause, ...others] = expression.clauses;
  const [element] = expression.elements;
  if (!clause || !element || expression.type === 'dict' || others.length > 0) return UNKNOWN;
  const inner: Frame = { ...frame, names: new Map(frame.names) };
  const items = itemsOf(run.evaluate(clause.iterable, frame));
  const each = (item: Value) => {
    assign(clause.target, item, inner, run);
    return run.evaluate(element, inner);
  };
  if (!items || items.includes(GAP) || items.length > 40 || expression.tests.length > 0)
    return { kind: 'list', items: [GAP, each(UNKNOWN), GAP] };
  return { kind: 'list', items: items.map(each) };
}
