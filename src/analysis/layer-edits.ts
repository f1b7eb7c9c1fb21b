// Edits that rules about layers share: another class with other arguments, one line less in a list.

import type { Edit } from '../base/finding.ts';
import type { Facts } from '../facts/facts.ts';
import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';

/** `nn.BatchNorm2d(64)` → `nn.InstanceNorm2d(64)`; null where the class is not the last word of its name. */
export function renamed(call: Call, from: string, to: string, facts: Facts): Edit | null {
  const { callee } = call;
  const written = facts.text.slice(callee.start, callee.end);
  if (!written.endsWith(`.${from}`)) return null;
  return { span: { start: callee.end - from.length, end: callee.end }, newText: to };
}

/** Takes one item out of the list or call it stands in, with its comma and its line. */
export function withoutItem(item: Expression, siblings: readonly Expression[], facts: Facts): Edit | null {
  const at = siblings.indexOf(item);
  const [before, after] = [siblings[at - 1], siblings[at + 1]];
  if (at === -1 || (!before && !after)) return null;
  const span = after ? { start: item.start, end: after.start } : { start: before?.end ?? item.start, end: item.end };
  // A comment on the way belongs to somebody.
  return facts.text.slice(span.start, span.end).includes('#') ? null : { span, newText: '' };
}

/** Two items change places. */
export function swapped(a: Expression, b: Expression, facts: Facts): readonly Edit[] {
  const text = ({ start, end }: Expression) => facts.text.slice(start, end);
  return [
    { span: { start: a.start, end: a.end }, newText: text(b) },
    { span: { start: b.start, end: b.end }, newText: text(a) },
  ];
}

/** The list, or the arguments of the call, that holds both; null where no expression of the file does. */
export function siblingsOf(a: Expression, b: Expression, facts: Facts): readonly Expression[] | null {
  let found: readonly Expression[] | null = null;
  for (const { statement } of facts.places.statements) {
    if (statement.start > a.start || statement.end < b.end) continue;
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        const items =
          part.kind === 'sequence' ? part.items : part.kind === 'call' ? part.args.map(({ value }) => value) : [];
        if (items.includes(a) && items.includes(b)) found = items;
      });
  }
  return found;
}
