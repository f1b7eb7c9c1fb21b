// A notebook's Python cells as one module. Cells stand one after the other, a line end between them; what is not
// Python (magics, shell commands, questions) is masked by as many characters, so that every offset of the text is
// an offset of a cell. Both directions are exact, and an edit that leaves its cell is refused.

import type { Edit, Fix, Span } from '../base/finding.ts';
import { applyEdits } from '../base/text.ts';

export interface NotebookCell {
  /** Its place among all cells of the notebook, from 0. */
  readonly index: number;
  readonly text: string;
}

export interface NotebookText {
  /** What is parsed. */
  readonly text: string;
  readonly cells: readonly (NotebookCell & Span)[];
}

export interface CellEdit extends Edit {
  /** As in NotebookCell. */
  readonly cell: number;
}

export function joinCells(cells: readonly NotebookCell[]): NotebookText {
  const joined: (NotebookCell & Span)[] = [];
  let text = '';
  for (const cell of cells) {
    const start = text.length;
    text += masked(cell.text);
    joined.push({ ...cell, start, end: text.length });
    text += '\n';
  }
  return { text, cells: joined };
}

/** The cell that holds an offset; the line end between two belongs to the first. */
export function cellAt({ cells }: NotebookText, offset: number): (NotebookCell & Span) | null {
  let low = 0;
  let high = cells.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((cells[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return cells[low] ?? null;
}

/** The part of a span that lies in the cell it begins in, with offsets of that cell. */
export function spanInCell(notebook: NotebookText, span: Span): { readonly cell: number; readonly span: Span } | null {
  const cell = cellAt(notebook, span.start);
  if (!cell) return null;
  const start = Math.min(span.start, cell.end) - cell.start;
  return { cell: cell.index, span: { start, end: Math.max(start, Math.min(span.end, cell.end) - cell.start) } };
}

/** null where an edit leaves its cell, touches what is masked, or would leave a cell empty. */
export function editsInCells(notebook: NotebookText, edits: readonly Edit[]): readonly CellEdit[] | null {
  const found: CellEdit[] = [];
  for (const { span, newText } of edits) {
    const cell = cellAt(notebook, span.start);
    if (!cell || span.end > cell.end) return null;
    const [start, end] = [span.start - cell.start, span.end - cell.start];
    if (cell.text.slice(start, end) !== notebook.text.slice(span.start, span.end)) return null;
    if (newText.trim() === '' && (cell.text.slice(0, start) + cell.text.slice(end)).trim() === '') return null;
    found.push({ cell: cell.index, span: { start, end }, newText });
  }
  return found;
}

/** The fixes whose every edit stays in a cell, applied; how many they were. */
export function applyInCells(
  notebook: NotebookText,
  fixes: readonly Pick<Fix, 'edits'>[],
): { readonly source: NotebookText; readonly applied: number } {
  const edits = fixes.flatMap((fix) => {
    const inCells = editsInCells(notebook, fix.edits);
    return inCells ? [inCells] : [];
  });
  const cells = notebook.cells.map(({ index, text }) => {
    const mine = edits.flat().filter(({ cell }) => cell === index);
    return { index, text: applyEdits(text, mine) };
  });
  return { source: joinCells(cells), applied: edits.length };
}

/** Cell magics after which the rest of the cell is Python. */
const PYTHON_CELL_MAGIC = /^%%(?:time|timeit|capture|prun|python3?|py)\b/;

function masked(text: string): string {
  const first = text.search(/[^\s]/);
  if (first === -1 || !text.startsWith('%%', first)) return maskedLines(text);
  const newline = text.indexOf('\n', first);
  const end = newline === -1 ? text.length : newline;
  const rest = text.slice(end);
  const isPython = PYTHON_CELL_MAGIC.test(text.slice(first));
  return blank(text.slice(0, end)) + (isPython ? maskedLines(rest) : blank(rest));
}

/** Lines inside brackets or long strings are Python whatever they begin with. */
function maskedLines(text: string): string {
  if (!/[%!?]/.test(text)) return text;
  let result = '';
  let nesting = OUTSIDE;
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const read = nesting.brackets > 0 || nesting.quote ? line : maskedLine(line);
    result += read;
    nesting = afterLine(nesting, read);
  }
  return result;
}

function maskedLine(line: string): string {
  const [, indent = '', code = '', end = ''] = /^([ \t]*)(.*?)(\s*)$/s.exec(line) ?? [];
  const timed = /^%(?:time|timeit)\s+(?=[^\s-])/.exec(code)?.[0];
  // `pass;` keeps the statement behind it where it is.
  if (timed) return `${indent}pass;${' '.repeat(timed.length - 5)}${code.slice(timed.length)}${end}`;
  if (/^[%!?]|^[\w.]+\?{1,2}$/.test(code)) return indent + standIn(code, 'pass') + end;
  const assigned = /^[\w., ]+=\s*(?=[%!])/.exec(code)?.[0];
  if (assigned) return indent + assigned + standIn(code.slice(assigned.length), 'None') + end;
  return line;
}

/** As long as the code, and a statement or value where there is room for one. */
function standIn(code: string, word: string): string {
  return code.length >= word.length ? word + ' '.repeat(code.length - word.length) : ' '.repeat(code.length);
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}

/** Whether a line begins inside brackets or a long string; enough of Python's tokens to know that. */
interface Nesting {
  readonly brackets: number;
  readonly quote: string | null;
}

const OUTSIDE: Nesting = { brackets: 0, quote: null };
const TOKEN = /\\.|"""|'''|["']|#|[([{]|[)\]}]/gs;

function afterLine({ brackets, quote }: Nesting, line: string): Nesting {
  let open = quote;
  let depth = brackets;
  for (const [token] of line.matchAll(TOKEN)) {
    if (open) {
      if (token === open) open = null;
    } else if (token === '#') break;
    else if (/^["']/.test(token)) open = token;
    else if (/[([{]/.test(token)) depth++;
    else if (/[)\]}]/.test(token)) depth = Math.max(0, depth - 1);
  }
  return { brackets: depth, quote: open?.length === 3 ? open : null };
}
