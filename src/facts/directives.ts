// `# normlab: …` in comments, read once: suppressions (`ignore`, of a line, a range, a cell or the file) and
// intents, which say that something unusual is meant: on a definition's line or right above it for the whole
// definition, elsewhere for the statement. The rest of the comment is the reason, and is kept.

import type { Span } from '../base/finding.ts';
import type { Module, Statement } from '../python/tree.ts';
import { innerBlocks } from '../python/walk.ts';

/** Dropout stays on at prediction; adaptation at test time; layers kept out of training; statistics of the test batch. */
export const INTENTS = ['mc-dropout', 'tta', 'frozen', 'transductive'] as const;
export type Intent = (typeof INTENTS)[number];

export interface MarkedIntent {
  readonly intent: Intent;
  /** The comment. */
  readonly span: Span;
  /** The code that is meant. */
  readonly scope: Span;
  readonly reason: string;
}

export interface Intents {
  readonly marked: readonly MarkedIntent[];
  /** Whether the code there is marked so, or the file is by its configuration. */
  at(intent: Intent, span: Span): boolean;
}

export interface Suppression {
  readonly span: Span;
  /** null: every rule. */
  readonly selectors: readonly string[] | null;
  readonly reason: string;
  /** What it covers; null: everything. */
  readonly scope: Span | null;
  /** A finding is covered where it begins or ends in the scope; else only where it begins there. */
  readonly either: boolean;
  /** A `noqa` may speak to another tool. */
  readonly ours: boolean;
}

interface Source {
  readonly text: string;
  readonly module: Module;
  readonly comments: readonly Span[];
  /** The file's cells, where it is a notebook. */
  readonly cells: readonly Span[];
}

const OURS = /#\s*normlab:\s*(ignore(?:-file|-start|-end|-cell)?)\b\s*(?:\[([^\]]*)\])?[ \t:,-]*(.*)/i;
const NOQA = /#\s*noqa(?::\s*([A-Za-z][\w-]*(?:[\s,]+[A-Z]+\d+)*))?/i;
const INTENT = /#\s*normlab:\s*([a-z]+(?:-[a-z]+)*)\b[ \t:,-]*(.*)/i;

export function readIntents(source: Source, ofFile: readonly Intent[]): Intents {
  const marked = source.comments.flatMap((span): MarkedIntent[] => {
    const match = INTENT.exec(source.text.slice(span.start, span.end));
    const intent = INTENTS.find((one) => one === match?.[1]?.toLowerCase());
    return intent ? [{ intent, span, scope: scopeOf(span, source), reason: match?.[2]?.trim() ?? '' }] : [];
  });
  return {
    marked,
    at: (intent, { start, end }) =>
      ofFile.includes(intent) ||
      marked.some((one) => one.intent === intent && one.scope.start <= start && end <= one.scope.end),
  };
}

export function readSuppressions(source: Source): readonly Suppression[] {
  const { text, comments } = source;
  const found: Suppression[] = [];
  const open: { readonly span: Span; readonly selectors: readonly string[] | null; readonly reason: string }[] = [];
  for (const span of comments) {
    const comment = text.slice(span.start, span.end);
    const ours = OURS.exec(comment);
    const noqa = ours ? null : NOQA.exec(comment);
    if (noqa) found.push({ ...plain(span, noqa[1], ''), scope: lineOf(text, span), either: true, ours: false });
    if (!ours) continue;
    const one = plain(span, ours[2], ours[3] ?? '');
    switch (ours[1]?.toLowerCase()) {
      case 'ignore':
        found.push({ ...one, scope: lineOf(text, span), either: true, ours: true });
        break;
      case 'ignore-file':
        found.push({ ...one, scope: null, either: false, ours: true });
        break;
      case 'ignore-cell':
        found.push({ ...one, scope: cellOf(span, source), either: false, ours: true });
        break;
      case 'ignore-start':
        open.push(one);
        break;
      default: {
        const begun = open.pop();
        const scope = begun && { start: begun.span.end, end: span.start };
        if (begun && scope) found.push({ ...begun, scope, either: false, ours: true });
      }
    }
  }
  // A range that nobody ends goes on to the end.
  for (const begun of open)
    found.push({ ...begun, scope: { start: begun.span.end, end: text.length }, either: false, ours: true });
  return found;
}

function plain(span: Span, selectors: string | undefined, reason: string) {
  const items = selectors?.split(/[\s,]+/).filter(Boolean) ?? [];
  return { span, selectors: items.length > 0 ? items : null, reason: reason.trim() };
}

function cellOf(span: Span, { cells }: Source): Span | null {
  return cells.find(({ start, end }) => start <= span.start && span.end <= end) ?? null;
}

/** Without its end. */
function lineOf(text: string, { start }: Span): Span {
  let from = start;
  while (from > 0 && !isNewline(text, from - 1)) from--;
  let to = start;
  while (to < text.length && !isNewline(text, to)) to++;
  return { start: from, end: to };
}

function isNewline(text: string, at: number): boolean {
  return text[at] === '\n' || text[at] === '\r';
}

/** What an intent's comment speaks of: the statement or definition whose head is on its line, or on the next one. */
function scopeOf(comment: Span, { text, module }: Source): Span {
  const line = lineOf(text, comment);
  const alone = text.slice(line.start, comment.start).trim() === '';
  const at = alone ? nextCode(text, line.end) : comment.start;
  const target = lineOf(text, { start: at, end: at });
  return headOn(module.body, target, text) ?? line;
}

/** The first character after blank lines and comments. */
function nextCode(text: string, from: number): number {
  return from + (/^(?:\s|#[^\n\r]*)*/.exec(text.slice(from))?.[0].length ?? 0);
}

/** The innermost statement that has its head, or all of itself, on a line. */
function headOn(body: readonly Statement[], line: Span, text: string): Span | null {
  for (const statement of body) {
    if (statement.start > line.end || statement.end < line.start) continue;
    const isDefinition = statement.kind === 'function' || statement.kind === 'class';
    const blocks = isDefinition ? [statement.body] : innerBlocks(statement);
    for (const block of blocks) {
      const inner = headOn(block, line, text);
      if (inner) return inner;
    }
    const [first] = blocks.flatMap((block) => block.slice(0, 1));
    if (!first || lineOf(text, first).start > line.start) return statement;
  }
  return null;
}
