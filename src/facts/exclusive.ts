// Two places that cannot both be reached, because the conditions around them contradict each other: one asks for
// `rank == -1`, the other for `rank != -1`.

import type { Span } from '../base/finding.ts';
import type { Expression } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import { enclosing } from './loops.ts';

export function excludeEachOther(a: Span, b: Span, facts: Facts): boolean {
  const [ours, theirs] = [conditions(a, facts), conditions(b, facts)];
  return ours.some((one) => theirs.some((other) => one.says === other.says && one.holds !== other.holds));
}

interface Condition {
  readonly says: string;
  readonly holds: boolean;
}

/** What must be true where a span is reached; of an `else`, the opposite. */
function conditions(span: Span, { module, text }: Facts): readonly Condition[] {
  const chain = enclosing(module.body, span);
  const from = chain.findLastIndex((statement) => statement.kind === 'function' || statement.kind === 'class') + 1;
  return chain.slice(from).flatMap((statement): readonly Condition[] => {
    if (statement.kind !== 'if' || (statement.test.start <= span.start && span.end <= statement.test.end)) return [];
    const isBody = statement.body.some(({ start, end }) => start <= span.start && span.end <= end);
    const parts = isBody ? partsOf(statement.test, 'and') : partsOf(statement.test, 'or');
    return parts.map((part) => conditionOf(part, isBody, text));
  });
}

function partsOf(test: Expression, operator: 'and' | 'or'): readonly Expression[] {
  return test.kind === 'operation' && test.type === 'boolean' && test.operators.every((one) => one === operator)
    ? test.operands.flatMap((operand) => partsOf(operand, operator))
    : [test];
}

function conditionOf(test: Expression, holds: boolean, text: string): Condition {
  const written = ({ start, end }: Span) => text.slice(start, end).replace(/\s+/g, ' ');
  const [operator] = test.kind === 'operation' ? test.operators : [];
  const [first, second] = test.kind === 'operation' ? test.operands : [];
  if (operator === 'not' && first) return conditionOf(first, !holds, text);
  if (first && second && (operator === '!=' || operator === 'is not'))
    return { says: `${written(first)} ${operator === '!=' ? '==' : 'is'} ${written(second)}`, holds: !holds };
  if (first && second && (operator === '==' || operator === 'is'))
    return { says: `${written(first)} ${operator} ${written(second)}`, holds };
  return { says: written(test), holds };
}
