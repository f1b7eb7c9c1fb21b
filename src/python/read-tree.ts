import type { Span } from '../base/finding.ts';
import { type RawNode, Source } from './read-expressions.ts';
import { readBlock } from './read-statements.ts';
import type { Module } from './tree.ts';

/** The root of the grammar's tree, as the house's tree, with what lies outside its grammar. */
export function readTree(
  root: RawNode,
  text: string,
): { module: Module; comments: readonly Span[]; syntaxErrors: readonly Span[] } {
  const source = new Source(text);
  const body = readBlock(root, source);
  const comments: Span[] = [];
  const syntaxErrors: Span[] = [];
  collect(root, comments, syntaxErrors);
  return { module: { kind: 'module', start: 0, end: text.length, body }, comments, syntaxErrors };
}

function collect(node: RawNode, comments: Span[], errors: Span[]): void {
  if (node.same) {
    comments.push(...node.same.comments);
    errors.push(...node.same.syntaxErrors);
  } else if (node.type === 'comment') comments.push({ start: node.start, end: node.end });
  else if (node.type === 'ERROR') errors.push({ start: node.start, end: node.end });
  for (const child of node.children) collect(child, comments, errors);
}
