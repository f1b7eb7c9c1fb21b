// Tests of initializers that do not test what they seem to: `isinstance(m, A) or B`, `'conv' or 'fc' in name`,
// `if classname.find('Conv'):`.

import type { Span } from '../../base/finding.ts';
import type { Expression, Statement } from '../../python/tree.ts';
import type { Facts } from '../facts.ts';
import { readInitializers } from './initializers.ts';

export interface TestFault {
  readonly span: Span;
  readonly kind: /** `isinstance(m, A) or B`: a class is always true. */
    | 'class'
    /** `x == 'A' or 'B'`: a text is always true. */
    | 'text'
    /** `find()` gives 0 at the start and -1 where there is nothing. */
    | 'find'
    /** `isinstance(m, A or B)` asks for A. */
    | 'first only';
  /** `isinstance(m, (A, B))`, where it can be said. */
  readonly meant: string | null;
}

export function readTestFaults(facts: Facts): readonly TestFault[] {
  const { passes, functions } = facts.of(readInitializers);
  const spans = [...functions, ...passes.map(({ initializer }) => initializer)].map(({ span }) => span);
  const isInside = ({ start, end }: Statement) => spans.some((span) => span.start <= start && end <= span.end);
  const found = new Map<number, TestFault>();
  for (const { statement, scope } of facts.places.statements)
    if (statement.kind === 'if' && isInside(statement))
      for (const fault of faultsIn(statement.test, (expression) => isClass(expression, facts, scope), facts))
        found.set(fault.span.start, fault);
  return [...found.values()];
}

function isClass(expression: Expression, { names }: Facts, scope: Parameters<Facts['names']['resolve']>[1]): boolean {
  return /^torch\.nn\.(?:\w+\.)*_?[A-Z]\w*$/.test(names.resolve(expression, scope) ?? '');
}

function faultsIn(test: Expression, isType: (expression: Expression) => boolean, facts: Facts): readonly TestFault[] {
  const { start, end } = test;
  if (test.kind === 'call') return ofCall(test, isType, facts);
  if (test.kind === 'operation' && test.operators[0] === 'not')
    return test.operands.flatMap((part) => faultsIn(part, isType, facts));
  if (test.kind !== 'operation' || test.type !== 'boolean') return [];
  const isOr = test.operators[0] === 'or';
  const [first, ...rest] = test.operands;
  if (isOr && first && rest.some(isType))
    return [{ span: { start, end }, kind: 'class', meant: allTypes(first, rest, isType, facts) }];
  const isText = (part: Expression) => part.kind === 'string' && part.value !== '' && part.value !== null;
  if (isOr && test.operands.some(isText)) return [{ span: { start, end }, kind: 'text', meant: null }];
  return test.operands.flatMap((part) => faultsIn(part, isType, facts));
}

function ofCall(
  test: Expression & { kind: 'call' },
  isType: (expression: Expression) => boolean,
  facts: Facts,
): readonly TestFault[] {
  const { start, end, callee } = test;
  const [object, type] = test.args;
  if (callee.kind === 'attribute' && callee.name === 'find' && object?.value.kind === 'string')
    return [{ span: { start, end }, kind: 'find', meant: `${text(test, facts)} != -1` }];
  const alternatives = type?.value.kind === 'operation' && type.value.operators[0] === 'or' ? type.value.operands : [];
  if (
    callee.kind !== 'name' ||
    callee.id !== 'isinstance' ||
    !object ||
    alternatives.length === 0 ||
    !alternatives.every(isType)
  )
    return [];
  const meant = `isinstance(${text(object.value, facts)}, (${alternatives.map((part) => text(part, facts)).join(', ')}))`;
  return [{ span: { start, end }, kind: 'first only', meant }];
}

function allTypes(
  first: Expression,
  rest: readonly Expression[],
  isType: (expression: Expression) => boolean,
  facts: Facts,
): string | null {
  const [object, type] = first.kind === 'call' ? first.args : [];
  const isTest = first.kind === 'call' && first.callee.kind === 'name' && first.callee.id === 'isinstance';
  if (!isTest || !object || !type || !rest.every(isType)) return null;
  const types = type.value.kind === 'sequence' ? type.value.items : [type.value];
  return `isinstance(${text(object.value, facts)}, (${[...types, ...rest].map((part) => text(part, facts)).join(', ')}))`;
}

function text({ start, end }: Span, facts: Facts): string {
  return facts.text.slice(start, end);
}
