// The grammar's nodes → the tree the house asks. The shapes follow the order of named children in
// tree-sitter-python; where a part is missing, because the line is half typed, the node becomes `other`.

import type { Span } from '../base/finding.ts';
import type { Same } from './reuse.ts';
import type { Argument, Expression, ForClause, Operation, Parameter } from './tree.ts';

/** A named node; `operators` are the operator tokens among its children. Comments and errors are nodes too. */
export interface RawNode extends Span {
  readonly type: string;
  readonly children: readonly RawNode[];
  readonly operators: readonly string[];
  /** A statement that an earlier version already read; its children are not here then. */
  readonly same?: Same;
}

/** The text, and what is asked of a node again and again. */
export class Source {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  of(node: Span): string {
    return this.text.slice(node.start, node.end);
  }
}

/** A node's children without the comments that may stand anywhere. */
export function parts(node: RawNode): readonly RawNode[] {
  return node.children.some((child) => child.type === 'comment' || child.type === 'line_continuation')
    ? node.children.filter((child) => child.type !== 'comment' && child.type !== 'line_continuation')
    : node.children;
}

export function readExpression(node: RawNode, source: Source): Expression {
  const read = READERS[node.type];
  return read?.(node, parts(node), source) ?? other(node, source);
}

type Reader = (node: RawNode, children: readonly RawNode[], source: Source) => Expression | null;

function span(node: Span): { start: number; end: number } {
  return { start: node.start, end: node.end };
}

function other(node: RawNode, source: Source): Expression {
  return { kind: 'other', ...span(node), parts: parts(node).map((part) => readExpression(part, source)) };
}

function all(nodes: readonly RawNode[], source: Source): Expression[] {
  return nodes.map((node) => readExpression(node, source));
}

const READERS: Readonly<Record<string, Reader>> = {
  identifier: (node, _, source) => ({ kind: 'name', ...span(node), id: source.of(node) }),
  attribute: (node, [object, name], source) =>
    object && name
      ? { kind: 'attribute', ...span(node), object: readExpression(object, source), name: source.of(name) }
      : null,
  call: readCall,
  subscript: (node, [object, ...indices], source) =>
    object
      ? { kind: 'subscript', ...span(node), object: readExpression(object, source), indices: all(indices, source) }
      : null,
  slice: (node, children, source) => ({ kind: 'slice', ...span(node), parts: all(children, source) }),
  integer: readNumber,
  float: readNumber,
  string: readString,
  concatenated_string: readConcatenation,
  true: (node) => ({ kind: 'constant', ...span(node), value: true }),
  false: (node) => ({ kind: 'constant', ...span(node), value: false }),
  none: (node) => ({ kind: 'constant', ...span(node), value: null }),
  list: sequence('list'),
  list_pattern: sequence('list'),
  set: sequence('set'),
  tuple: sequence('tuple'),
  tuple_pattern: sequence('tuple'),
  pattern_list: sequence('tuple'),
  expression_list: sequence('tuple'),
  dictionary: readDict,
  binary_operator: operation('binary'),
  unary_operator: operation('unary'),
  not_operator: (node, children, source) => ({
    kind: 'operation',
    ...span(node),
    type: 'unary',
    operators: ['not'],
    operands: all(children, source),
  }),
  boolean_operator: operation('boolean'),
  comparison_operator: operation('compare'),
  conditional_expression: (node, [body, test, orelse], source) =>
    body && test && orelse
      ? {
          kind: 'conditional',
          ...span(node),
          test: readExpression(test, source),
          body: readExpression(body, source),
          orelse: readExpression(orelse, source),
        }
      : null,
  lambda: readLambda,
  list_comprehension: comprehension('list'),
  set_comprehension: comprehension('set'),
  dictionary_comprehension: comprehension('dict'),
  generator_expression: comprehension('generator'),
  list_splat: starred,
  list_splat_pattern: starred,
  yield: (node, [value], source) => ({
    kind: 'yield',
    ...span(node),
    value: value ? readExpression(value, source) : null,
  }),
  named_expression: (node, [target, value], source) =>
    target && value
      ? { kind: 'named', ...span(node), target: readExpression(target, source), value: readExpression(value, source) }
      : null,
  parenthesized_expression: inner,
  await: inner,
  type: inner,
  as_pattern_target: inner,
};

function inner(_: RawNode, [value]: readonly RawNode[], source: Source): Expression | null {
  return value ? readExpression(value, source) : null;
}

function starred(node: RawNode, [value]: readonly RawNode[], source: Source): Expression | null {
  return value ? { kind: 'starred', ...span(node), value: readExpression(value, source) } : null;
}

function sequence(type: 'list' | 'tuple' | 'set'): Reader {
  return (node, children, source) => ({ kind: 'sequence', ...span(node), type, items: all(children, source) });
}

function operation(type: Operation['type']): Reader {
  return (node, children, source) => ({
    kind: 'operation',
    ...span(node),
    type,
    operators: node.operators,
    operands: all(children, source),
  });
}

function readCall(node: RawNode, [callee, list]: readonly RawNode[], source: Source): Expression | null {
  if (!callee || !list) return null;
  const args: Argument[] =
    list.type === 'argument_list'
      ? parts(list).map((argument) => readArgument(argument, source))
      : [{ ...span(list), name: null, stars: 0, value: readExpression(list, source) }];
  return { kind: 'call', ...span(node), callee: readExpression(callee, source), args };
}

export function readArgument(node: RawNode, source: Source): Argument {
  const [first, second] = parts(node);
  if (node.type === 'keyword_argument' && first && second)
    return { ...span(node), name: source.of(first), stars: 0, value: readExpression(second, source) };
  if (node.type === 'list_splat' && first)
    return { ...span(node), name: null, stars: 1, value: readExpression(first, source) };
  if (node.type === 'dictionary_splat' && first)
    return { ...span(node), name: null, stars: 2, value: readExpression(first, source) };
  return { ...span(node), name: null, stars: 0, value: readExpression(node, source) };
}

function readNumber(node: RawNode, _: readonly RawNode[], source: Source): Expression {
  const text = source.of(node).replaceAll('_', '');
  const old = /^0[0-7]+$/.test(text);
  return {
    kind: 'number',
    ...span(node),
    value: old ? Number.parseInt(text, 8) : Number(text),
    integer: node.type === 'integer',
  };
}

function readString(node: RawNode, children: readonly RawNode[], source: Source): Expression {
  const interpolations = children.filter((child) => child.type === 'interpolation');
  const content = children.filter((child) => child.type === 'string_content');
  const escaped = content.some((child) => child.children.length > 0);
  const known = interpolations.length === 0 && !escaped;
  return {
    kind: 'string',
    ...span(node),
    value: known ? content.map((child) => source.of(child)).join('') : null,
    parts: interpolations.flatMap((child) => all(parts(child).slice(0, 1), source)),
  };
}

function readConcatenation(node: RawNode, children: readonly RawNode[], source: Source): Expression {
  const strings = children.map((child) => readString(child, parts(child), source));
  const values = strings.map((part) => (part.kind === 'string' ? part.value : null));
  return {
    kind: 'string',
    ...span(node),
    value: values.includes(null) ? null : values.join(''),
    parts: strings.flatMap((part) => (part.kind === 'string' ? part.parts : [])),
  };
}

function readDict(node: RawNode, children: readonly RawNode[], source: Source): Expression {
  const entries = children.flatMap((child): { key: Expression | null; value: Expression }[] => {
    const [first, second] = parts(child);
    if (child.type === 'pair' && first && second)
      return [{ key: readExpression(first, source), value: readExpression(second, source) }];
    return first ? [{ key: null, value: readExpression(first, source) }] : [];
  });
  return { kind: 'dict', ...span(node), entries };
}

function readLambda(node: RawNode, children: readonly RawNode[], source: Source): Expression | null {
  const body = children.at(-1);
  const params = children.length > 1 ? children[0] : undefined;
  if (!body) return null;
  return {
    kind: 'lambda',
    ...span(node),
    params: params ? readParameters(params, source) : [],
    body: readExpression(body, source),
  };
}

function comprehension(type: 'list' | 'set' | 'dict' | 'generator'): Reader {
  return (node, [element, ...rest], source) => {
    if (!element) return null;
    const clauses: ForClause[] = [];
    const tests: Expression[] = [];
    for (const clause of rest) {
      const [first, second] = parts(clause);
      if (clause.type === 'for_in_clause' && first && second)
        clauses.push({ target: readExpression(first, source), iterable: readExpression(second, source) });
      else if (first) tests.push(readExpression(first, source));
    }
    const elements = element.type === 'pair' ? all(parts(element), source) : [readExpression(element, source)];
    return { kind: 'comprehension', ...span(node), type, elements, clauses, tests };
  };
}

export function readParameters(node: RawNode, source: Source): Parameter[] {
  let keywordOnly = false;
  const params: Parameter[] = [];
  for (const child of parts(node)) {
    if (child.type === 'keyword_separator') keywordOnly = true;
    const param = readParameter(child, keywordOnly, source);
    if (!param) continue;
    if (param.stars === 1) keywordOnly = true;
    params.push(param);
  }
  return params;
}

function readParameter(node: RawNode, keywordOnly: boolean, source: Source): Parameter | null {
  const plain = { ...span(node), stars: 0 as const, default: null, annotation: null, keywordOnly };
  const [first, second, third] = parts(node);
  switch (node.type) {
    case 'identifier':
      return { ...plain, name: source.of(node) };
    case 'default_parameter':
      return first && second ? { ...plain, name: source.of(first), default: readExpression(second, source) } : null;
    case 'typed_parameter': {
      const param = first && readParameter(first, keywordOnly, source);
      return param ? { ...param, annotation: second ? readExpression(second, source) : null } : null;
    }
    case 'typed_default_parameter':
      return first && second && third
        ? {
            ...plain,
            name: source.of(first),
            annotation: readExpression(second, source),
            default: readExpression(third, source),
          }
        : null;
    case 'list_splat_pattern':
      return first ? { ...plain, name: source.of(first), stars: 1 } : null;
    case 'dictionary_splat_pattern':
      return first ? { ...plain, name: source.of(first), stars: 2 } : null;
    default:
      return null;
  }
}
