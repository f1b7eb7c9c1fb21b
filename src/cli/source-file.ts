// A file of a check as what is parsed, and back: a Python file is its own text, a notebook its cells joined.

import type { CellText } from '../analysis/check-text.ts';
import { readNotebook, writeNotebook } from '../analysis/notebook-file.ts';
import { applyInCells, editsInCells, joinCells, type NotebookText, spanInCell } from '../analysis/notebook-text.ts';
import { applyToText } from '../analysis/repair.ts';
import type { Edit, Finding, Fix, Span } from '../base/finding.ts';
import { LineMap } from '../base/text.ts';
import { type Located, type ReportedFinding, reportedFinding } from './reporters/report.ts';

export interface SourceFile<T extends CellText = CellText> {
  readonly source: T;
  apply(source: T, fixes: readonly Pick<Fix, 'edits'>[]): { readonly source: T; readonly applied: number };
  /** The file's content for a source that came of this one; null where it cannot be written. */
  content(source: T): string | null;
  report(source: T, finding: Finding, fixes: readonly Fix[]): ReportedFinding;
}

export function pythonFile(path: string, text: string): SourceFile {
  return {
    source: { text, cells: [] },
    apply: applyToText,
    content: (source) => source.text,
    report: (source, finding, fixes) => {
      const lines = new LineMap(source.text);
      return reportedFinding(finding, fixes, path, (span) => located(lines, span));
    },
  };
}

export function notebookFile(path: string, json: string): SourceFile<NotebookText> | { readonly reason: string } {
  const read = readNotebook(json);
  if ('reason' in read) return read;
  const first = joinCells(read.cells);
  return {
    source: first,
    apply: applyInCells,
    content: (source) => {
      const edits = first.cells.flatMap(({ index, text }, i) => {
        const newText = source.cells[i]?.text ?? text;
        return newText === text ? [] : [{ cell: index, span: { start: 0, end: text.length }, newText }];
      });
      return edits.length === 0 ? json : writeNotebook(json, edits);
    },
    report: (source, finding, fixes) => reportedFinding(finding, within(source, fixes), path, locatorOf(source)),
  };
}

/** A fix that does not stay in a cell is not offered. */
function within(source: NotebookText, fixes: readonly Fix[]): readonly Fix[] {
  return fixes.filter(({ edits }: { readonly edits: readonly Edit[] }) => editsInCells(source, edits) !== null);
}

function locatorOf(source: NotebookText): (span: Span) => Located {
  return (span) => {
    const place = spanInCell(source, span);
    const cell = source.cells.find(({ index }) => index === place?.cell);
    if (!place || !cell) return located(new LineMap(source.text), span);
    return { cell: cell.index + 1, ...located(new LineMap(cell.text), place.span) };
  };
}

function located(lines: LineMap, { start, end }: Span): Located {
  const from = lines.position(start);
  const to = lines.position(end);
  return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}
