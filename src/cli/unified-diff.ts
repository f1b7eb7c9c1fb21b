// A change as `diff -u` writes it, so that `git apply` and `patch` take it.

import { diffLines, type LineChange, linesOf } from '../base/line-diff.ts';

const CONTEXT = 3;

/** Empty where nothing differs. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const a = linesOf(before);
  const b = linesOf(after);
  const hunks = grouped(diffLines(a, b)).map((changes) => hunk(a, b, changes));
  return hunks.length === 0 ? '' : `--- a/${path}\n+++ b/${path}\n${hunks.join('')}`;
}

/** Changes whose context would overlap stand in one hunk. */
function grouped(changes: readonly LineChange[]): readonly (readonly LineChange[])[] {
  const groups: LineChange[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    const end = last?.at(-1)?.aEnd;
    if (last && end !== undefined && change.aStart - end <= 2 * CONTEXT) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

function hunk(a: readonly string[], b: readonly string[], changes: readonly LineChange[]): string {
  const [first, last] = [changes[0], changes.at(-1)];
  if (!first || !last) return '';
  const before = Math.min(CONTEXT, first.aStart);
  const after = Math.min(CONTEXT, a.length - last.aEnd);
  const [aStart, aEnd] = [first.aStart - before, last.aEnd + after];
  const [bStart, bEnd] = [first.bStart - before, last.bEnd + after];
  let body = '';
  let at = aStart;
  for (const change of changes) {
    body += a
      .slice(at, change.aStart)
      .map((line) => marked(' ', line))
      .join('');
    body += a
      .slice(change.aStart, change.aEnd)
      .map((line) => marked('-', line))
      .join('');
    body += b
      .slice(change.bStart, change.bEnd)
      .map((line) => marked('+', line))
      .join('');
    at = change.aEnd;
  }
  body += a
    .slice(at, aEnd)
    .map((line) => marked(' ', line))
    .join('');
  return `@@ -${range(aStart, aEnd)} +${range(bStart, bEnd)} @@\n${body}`;
}

function marked(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
}

/** Lines count from 1; an empty range names the line before it. */
function range(start: number, end: number): string {
  const length = end - start;
  return length === 1 ? String(start + 1) : `${length === 0 ? start : start + 1},${length}`;
}
