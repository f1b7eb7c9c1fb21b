// Ways through the tree: the parts of a statement and of an expression, in source order.

import type { Block, Expression, Statement } from './tree.ts';

/** The blocks a statement holds, in order; a function's and a class's body are scopes of their own and not among them. */
export function innerBlocks(statement: Statement): readonly Block[] {
  switch (statement.kind) {
    case 'if':
    case 'for':
    case 'while':
      return [statement.body, statement.orelse];
    case 'try':
      return [
        statement.body,
        ...statement.handlers.map((handler) => handler.body),
        statement.orelse,
        statement.finalbody,
      ];
    case 'with':
      return [statement.body];
    case 'match':
      return statement.cases;
    default:
      return [];
  }
}

/** The expressions a statement itself evaluates, without those of its blocks. */
export function ownExpressions(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'function':
      return [...statement.decorators, ...statement.params.flatMap((param) => (param.default ? [param.default] : []))];
    case 'class':
      return [...statement.decorators, ...statement.bases.map((base) => base.value)];
    case 'if':
    case 'while':
      return [statement.test];
    case 'for':
      return [statement.iterable, statement.target];
    case 'try':
      return statement.handlers.flatMap((handler) => handler.types);
    case 'with':
      return statement.items.flatMap((item) => (item.target ? [item.value, item.target] : [item.value]));
    case 'assign':
      return statement.value ? [statement.value, ...statement.targets] : statement.targets;
    case 'augment':
      return [statement.target, statement.value];
    case 'return':
      return statement.value ? [statement.value] : [];
    case 'expression':
      return [statement.value];
    case 'match':
      return [statement.subject];
    case 'import':
    case 'importFrom':
    case 'global':
      return [];
    default:
      return statement.values;
  }
}

/** The parts of an expression, in the order Python evaluates them (nearly). */
export function subexpressions(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'attribute':
      return [expression.object];
    case 'call':
      return [expression.callee, ...expression.args.map((argument) => argument.value)];
    case 'subscript':
      return [expression.object, ...expression.indices];
    case 'slice':
    case 'string':
    case 'other':
      return expression.parts;
    case 'sequence':
      return expression.items;
    case 'dict':
      return expression.entries.flatMap(({ key, value }) => (key ? [key, value] : [value]));
    case 'operation':
      return expression.operands;
    case 'conditional':
      return [expression.test, expression.body, expression.orelse];
    case 'lambda':
      return [expression.body];
    case 'comprehension':
      return [
        ...expression.clauses.flatMap(({ iterable, target }) => [iterable, target]),
        ...expression.tests,
        ...expression.elements,
      ];
    case 'starred':
      return [expression.value];
    case 'yield':
      return expression.value ? [expression.value] : [];
    case 'named':
      return [expression.value, expression.target];
    case 'name':
    case 'number':
    case 'constant':
      return [];
  }
}

/** Every statement of a block and of the blocks inside, in source order; not those of inner scopes. */
export function statementsOf(block: Block): readonly Statement[] {
  const found: Statement[] = [];
  collect(block, found);
  return found;
}

function collect(block: Block, found: Statement[]): void {
  for (const statement of block) {
    found.push(statement);
    if (BLOCKLESS.has(statement.kind)) continue;
    for (const inner of innerBlocks(statement)) collect(inner, found);
  }
}

const BLOCKLESS: ReadonlySet<Statement['kind']> = new Set([
  'function',
  'class',
  'assign',
  'augment',
  'return',
  'expression',
  'import',
  'importFrom',
  'pass',
]);

/** The expression and all its parts, outermost first. */
export function visitExpression(expression: Expression, visit: (part: Expression) => void): void {
  visit(expression);
  // The kinds a file is made of, without a list for each; every keystroke comes by here many thousand times.
  switch (expression.kind) {
    case 'name':
    case 'number':
    case 'constant':
      return;
    case 'attribute':
      visitExpression(expression.object, visit);
      return;
    case 'call':
      visitExpression(expression.callee, visit);
      for (const argument of expression.args) visitExpression(argument.value, visit);
      return;
    default:
      for (const part of subexpressions(expression)) visitExpression(part, visit);
  }
}

/** `a.b.c` as `['a', 'b', 'c']`; null for anything that is not names joined by dots. */
export function dottedPath(expression: Expression): readonly string[] | null {
  if (expression.kind === 'name') return [expression.id];
  if (expression.kind !== 'attribute') return null;
  const head = dottedPath(expression.object);
  return head && [...head, expression.name];
}
