// What of an earlier version's tree is still true of this one. Statements that lie wholly before the change are
// used as they are, those after it with their spans moved; neither is read again.

import type { Span } from '../base/finding.ts';
import type { Block, Module, Statement } from './tree.ts';
import { innerBlocks } from './walk.ts';

/** A statement of the earlier version at its place in this one, with what the grammar noted inside it. */
export interface Same {
  readonly statement: Statement;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
}

/** null where nothing of the earlier version is known to stand there. */
export type Kept = (start: number, end: number) => Same | null;

export const NOTHING_KEPT: Kept = () => null;

interface Earlier {
  readonly module: Module;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
}

interface Change {
  readonly startIndex: number;
  readonly oldEndIndex: number;
  readonly newEndIndex: number;
}

/** `changed` is where the parser says it read the text in another way, in this version's offsets. */
export function unchanged(
  { module, comments, syntaxErrors }: Earlier,
  { startIndex, oldEndIndex, newEndIndex }: Change,
  changed: readonly { readonly startIndex: number; readonly endIndex: number }[],
): Kept {
  const known = new Map<number, { readonly statement: Statement; readonly by: number }>();
  const shift = newEndIndex - oldEndIndex;
  const readAnew = (start: number, end: number) => changed.some((at) => at.startIndex <= end && start <= at.endIndex);
  const keep = (statement: Statement, by: number) => {
    if (!readAnew(statement.start + by, statement.end + by)) known.set(statement.start + by, { statement, by });
  };
  const visit = (block: Block) => {
    for (const statement of block) {
      if (statement.end < startIndex) keep(statement, 0);
      else if (statement.start > oldEndIndex) keep(statement, shift);
      else for (const inner of blocksOf(statement)) visit(inner);
    }
  };
  visit(module.body);
  return (start, end) => {
    const found = known.get(start);
    if (!found || found.statement.end + found.by !== end) return null;
    const { statement, by } = found;
    const inside = (spans: readonly Span[]) => within(spans, statement).map((span) => moved(span, by));
    return { statement: moved(statement, by), comments: inside(comments), syntaxErrors: inside(syntaxErrors) };
  };
}

function blocksOf(statement: Statement): readonly Block[] {
  return statement.kind === 'class' || statement.kind === 'function' ? [statement.body] : innerBlocks(statement);
}

/** Of spans in source order, those in another. */
function within(spans: readonly Span[], { start, end }: Span): readonly Span[] {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < spans.length && (spans[last]?.end ?? 0) <= end) last++;
  return spans.slice(low, last);
}

/** The same node `by` further on, with everything in it. Trees are plain data, so no kind needs naming here. */
function moved<T extends Span>(node: T, by: number): T {
  return by === 0 ? node : (movedPart(node, by) as T);
}

function movedPart(part: unknown, by: number): unknown {
  if (Array.isArray(part)) return part.map((item) => movedPart(item, by));
  if (typeof part !== 'object' || part === null) return part;
  const copy: Record<string, unknown> = { ...part };
  for (const key of Object.keys(copy)) {
    const value = copy[key];
    if (typeof value === 'number') {
      if (key === 'start' || key === 'end') copy[key] = value + by;
    } else if (typeof value === 'object' && value !== null) {
      copy[key] = movedPart(value, by);
    }
  }
  return copy;
}
