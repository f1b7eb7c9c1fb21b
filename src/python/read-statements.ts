// Statements of the grammar → statements of the tree; read-expressions.ts reads their expressions.

import { parts, type RawNode, readArgument, readExpression, readParameters, type Source } from './read-expressions.ts';
import type { Block, Expression, Import, ImportFrom, Statement, Try, WithItem } from './tree.ts';

export function readBlock(node: RawNode | undefined, source: Source): Block {
  return node ? parts(node).flatMap((child) => readStatement(child, source)) : [];
}

type Reader = (node: RawNode, children: readonly RawNode[], source: Source) => Statement | readonly Statement[] | null;

function readStatement(node: RawNode, source: Source): readonly Statement[] {
  if (node.same) return [node.same.statement];
  const read = READERS[node.type];
  const statement = read?.(node, parts(node), source) ?? unknown(node, source);
  return Array.isArray(statement) ? statement : [statement as Statement];
}

/** What is not Python is passed over, but the statements inside are kept: half a file is still a file. */
function unknown(node: RawNode, source: Source): readonly Statement[] {
  if (node.type === 'ERROR' || node.type === 'block')
    return parts(node).flatMap((child) => (READERS[child.type] ? readStatement(child, source) : []));
  return [{ kind: 'unknown', ...span(node), values: parts(node).map((part) => readExpression(part, source)) }];
}

function span(node: RawNode): { start: number; end: number } {
  return { start: node.start, end: node.end };
}

function find(children: readonly RawNode[], type: string): RawNode | undefined {
  return children.find((child) => child.type === type);
}

const plain =
  (kind: 'raise' | 'assert' | 'delete' | 'pass' | 'break' | 'continue' | 'unknown'): Reader =>
  (node, children, source) => ({ kind, ...span(node), values: children.map((child) => readExpression(child, source)) });

const READERS: Readonly<Record<string, Reader>> = {
  expression_statement: readExpressionStatement,
  function_definition: (node, children, source) => readFunction(node, children, [], source),
  class_definition: (node, children, source) => readClass(node, children, [], source),
  decorated_definition: readDecorated,
  if_statement: (node, children, source) => readIf(node, children, source),
  for_statement: readFor,
  while_statement: (node, [test, ...rest], source) =>
    test
      ? {
          kind: 'while',
          ...span(node),
          test: readExpression(test, source),
          body: readBlock(find(rest, 'block'), source),
          orelse: readElse(rest, source),
        }
      : null,
  try_statement: readTry,
  with_statement: readWith,
  return_statement: (node, [value], source) => ({
    kind: 'return',
    ...span(node),
    value: value ? readExpression(value, source) : null,
  }),
  import_statement: readImport,
  import_from_statement: readImportFrom,
  global_statement: readGlobal,
  nonlocal_statement: readGlobal,
  match_statement: readMatch,
  raise_statement: plain('raise'),
  assert_statement: plain('assert'),
  delete_statement: plain('delete'),
  pass_statement: plain('pass'),
  break_statement: plain('break'),
  continue_statement: plain('continue'),
  print_statement: plain('unknown'),
  exec_statement: plain('unknown'),
  future_import_statement: plain('pass'),
  type_alias_statement: plain('pass'),
};

function readExpressionStatement(node: RawNode, children: readonly RawNode[], source: Source): Statement | null {
  const [first] = children;
  if (!first) return null;
  if (children.length > 1) {
    const items = children.map((child) => readExpression(child, source));
    return { kind: 'expression', ...span(node), value: { kind: 'sequence', ...span(node), type: 'tuple', items } };
  }
  if (first.type === 'assignment') return readAssignment(first, source);
  if (first.type === 'augmented_assignment') return readAugmented(first, source);
  return { kind: 'expression', ...span(node), value: readExpression(first, source) };
}

function readAssignment(node: RawNode, source: Source): Statement | null {
  const targets: Expression[] = [];
  let rest: RawNode | undefined = node;
  while (rest?.type === 'assignment') {
    const children: readonly RawNode[] = parts(rest).filter((child) => child.type !== 'type');
    const [target, value]: readonly RawNode[] = children;
    if (!target) return null;
    targets.push(readExpression(target, source));
    rest = value;
  }
  return { kind: 'assign', ...span(node), targets, value: rest ? readExpression(rest, source) : null };
}

function readAugmented(node: RawNode, source: Source): Statement | null {
  const [target, value] = parts(node);
  if (!target || !value) return null;
  return {
    kind: 'augment',
    ...span(node),
    target: readExpression(target, source),
    operator: node.operators[0] ?? '=',
    value: readExpression(value, source),
  };
}

function readFunction(
  node: RawNode,
  children: readonly RawNode[],
  decorators: readonly Expression[],
  source: Source,
): Statement | null {
  const name = find(children, 'identifier');
  const params = find(children, 'parameters');
  if (!name) return null;
  return {
    kind: 'function',
    ...span(node),
    name: source.of(name),
    nameSpan: span(name),
    params: params ? readParameters(params, source) : [],
    decorators,
    body: readBlock(find(children, 'block'), source),
  };
}

function readClass(
  node: RawNode,
  children: readonly RawNode[],
  decorators: readonly Expression[],
  source: Source,
): Statement | null {
  const name = find(children, 'identifier');
  const bases = find(children, 'argument_list');
  if (!name) return null;
  return {
    kind: 'class',
    ...span(node),
    name: source.of(name),
    nameSpan: span(name),
    bases: bases ? parts(bases).map((base) => readArgument(base, source)) : [],
    decorators,
    body: readBlock(find(children, 'block'), source),
  };
}

/** The definition's span begins at its first decorator: an insertion before it goes above them. */
function readDecorated(node: RawNode, children: readonly RawNode[], source: Source): Statement | null {
  const decorators = children
    .filter((child) => child.type === 'decorator')
    .flatMap((child) =>
      parts(child)
        .slice(0, 1)
        .map((part) => readExpression(part, source)),
    );
  const definition = children.at(-1);
  if (!definition) return null;
  const whole = { ...definition, start: node.start, end: node.end };
  return definition.type === 'class_definition'
    ? readClass(whole, parts(definition), decorators, source)
    : readFunction(whole, parts(definition), decorators, source);
}

function readIf(node: RawNode, children: readonly RawNode[], source: Source): Statement | null {
  const [test] = children;
  if (!test) return null;
  const body = readBlock(find(children.slice(1), 'block'), source);
  return {
    kind: 'if',
    ...span(node),
    test: readExpression(test, source),
    body,
    orelse: readAlternatives(children, source),
  };
}

/** Each `elif` is an `if` alone in the `else` of the one before. */
function readAlternatives(children: readonly RawNode[], source: Source): Block {
  const at = children.findIndex((child) => child.type === 'elif_clause' || child.type === 'else_clause');
  const clause = children[at];
  if (!clause) return [];
  const inside = parts(clause);
  if (clause.type === 'else_clause') return readBlock(find(inside, 'block'), source);
  const nested = readIf(clause, [...inside, ...children.slice(at + 1)], source);
  return nested ? [nested] : [];
}

function readElse(children: readonly RawNode[], source: Source): Block {
  const clause = find(children, 'else_clause');
  return clause ? readBlock(find(parts(clause), 'block'), source) : [];
}

function readFor(node: RawNode, [target, iterable, ...rest]: readonly RawNode[], source: Source): Statement | null {
  if (!target || !iterable) return null;
  return {
    kind: 'for',
    ...span(node),
    target: readExpression(target, source),
    iterable: readExpression(iterable, source),
    body: readBlock(find(rest, 'block'), source),
    orelse: readElse(rest, source),
  };
}

function readTry(node: RawNode, children: readonly RawNode[], source: Source): Statement {
  const handlers: Try['handlers'] = children
    .filter((child) => child.type === 'except_clause' || child.type === 'except_group_clause')
    .map((child) => ({
      types: parts(child)
        .filter((part) => part.type !== 'block')
        .map((part) => readExpression(part, source)),
      body: readBlock(find(parts(child), 'block'), source),
    }));
  const last = find(children, 'finally_clause');
  return {
    kind: 'try',
    ...span(node),
    body: readBlock(find(children, 'block'), source),
    handlers,
    orelse: readElse(children, source),
    finalbody: last ? readBlock(find(parts(last), 'block'), source) : [],
  };
}

function readWith(node: RawNode, children: readonly RawNode[], source: Source): Statement {
  const clause = find(children, 'with_clause');
  const items = (clause ? parts(clause) : []).flatMap((item): WithItem[] => {
    const [value] = parts(item);
    if (!value) return [];
    const [inner, target] = value.type === 'as_pattern' ? parts(value) : [value];
    return inner
      ? [{ value: readExpression(inner, source), target: target ? readExpression(target, source) : null }]
      : [];
  });
  return { kind: 'with', ...span(node), items, body: readBlock(find(children, 'block'), source) };
}

function readImport(node: RawNode, children: readonly RawNode[], source: Source): Import {
  const names = children.map((child) => {
    const [path, alias] = child.type === 'aliased_import' ? parts(child) : [child];
    return { path: path ? source.of(path) : '', alias: alias ? source.of(alias) : null };
  });
  return { kind: 'import', ...span(node), names };
}

function readImportFrom(node: RawNode, [module, ...rest]: readonly RawNode[], source: Source): ImportFrom | null {
  if (!module) return null;
  const names = rest.map((child) => {
    if (child.type === 'wildcard_import') return { name: '*', alias: null };
    const [name, alias] = child.type === 'aliased_import' ? parts(child) : [child];
    return { name: name ? source.of(name) : '', alias: alias ? source.of(alias) : null };
  });
  return { kind: 'importFrom', ...span(node), module: source.of(module), names };
}

function readGlobal(node: RawNode, children: readonly RawNode[], source: Source): Statement {
  return { kind: 'global', ...span(node), names: children.map((child) => source.of(child)) };
}

function readMatch(node: RawNode, [subject, ...rest]: readonly RawNode[], source: Source): Statement | null {
  if (!subject) return null;
  const block = find(rest, 'block');
  const cases = (block ? parts(block) : rest).filter((child) => child.type === 'case_clause');
  return {
    kind: 'match',
    ...span(node),
    subject: readExpression(subject, source),
    cases: cases.map((child) => readBlock(find(parts(child), 'block'), source)),
  };
}
