// Edits that add a line of Python where statements stand alone on theirs.

import type { Edit, Span } from '../base/finding.ts';
import type { Facts } from '../facts/facts.ts';

/** A new line before a statement, indented like it; null where the statement shares its line with others. */
export function insertBefore(facts: Facts, statement: Span, code: string): Edit | null {
  const { text } = facts;
  let start = statement.start;
  while (text[start - 1] === ' ' || text[start - 1] === '\t') start--;
  if (start > 0 && text[start - 1] !== '\n' && text[start - 1] !== '\r') return null;
  const indent = text.slice(start, statement.start);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return { span: { start: statement.start, end: statement.start }, newText: `${code}${newline}${indent}` };
}

/** A new line after a statement, indented like it; null where the statement shares its line with others. */
export function insertAfter(facts: Facts, statement: Span, code: string): Edit | null {
  const before = insertBefore(facts, statement, '');
  const { text } = facts;
  let end = statement.end;
  while (text[end] === ' ' || text[end] === '\t') end++;
  if (!before || (end < text.length && !/[\n\r#]/.test(text[end] ?? ''))) return null;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
  return { span: { start: end, end }, newText: before.newText + code };
}
