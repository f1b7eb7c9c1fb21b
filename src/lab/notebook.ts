// The lab file: Markdown prose and fenced `yaml norm-lab` cells, text ↔ cells, byte for byte. Every character
// of the file is in exactly one part, so printing what was parsed gives the file back, and printing after an
// edit leaves all other cells' bytes alone. What cannot be read is refused, never emptied.
//
//   head      byte order mark, front matter, blank lines before the first cell
//   prose     before + text + after                   blank lines are before and after
//   spec      before + open + text + close + after    open and close are the fence's lines

import { UserError } from '../base/errors.ts';

export const NOTEBOOK_VERSION = 1;

/** What it takes to print a cell back exactly; plain data, kept in a cell's metadata. */
export interface Layout {
  readonly before: string;
  /** The fence's opening line with its line end; empty for prose. */
  readonly open: string;
  /** The text as the file has it. */
  readonly raw: string;
  readonly close: string;
  readonly after: string;
  /** The text as it was shown; a cell whose text still equals it is printed from `raw`. */
  readonly shown: string;
}

export interface Cell {
  readonly kind: 'prose' | 'spec';
  /** With `\n` as line end, without the last one. */
  readonly text: string;
  /** `id=` of the fence; names the cell in expectations, results and on the command line. */
  readonly id: string | null;
  /** null for a cell that was added and not yet printed. */
  readonly layout: Layout | null;
}

export interface Notebook {
  readonly head: string;
  readonly eol: '\n' | '\r\n';
  readonly cells: readonly Cell[];
}

const BOM = '\ufeff';
const FENCE = /^( {0,3})(`{3,}|~{3,})([^\r\n]*)/;

/** UTF-8 bytes to text; the byte order mark is kept. Anything else is refused. */
export function decodeNotebook(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const message = 'The lab notebook is not UTF-8 text; open it with another encoding and save it as UTF-8.';
    throw new UserError('notebook/encoding', message, { cause });
  }
}

/** Throws a UserError where the file cannot be read as a lab notebook. */
export function parseNotebook(text: string): Notebook {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = splitLines(text);
  let head = lines[0]?.startsWith(BOM) ? BOM : '';
  if (head) lines[0] = (lines[0] as string).slice(1);
  const skipped = frontMatterLines(lines);
  head += lines.slice(0, skipped).join('');
  const cells: Cell[] = [];
  let prose: string[] = [];
  const endProse = () => {
    const raw = prose.join('');
    const blank = prose.every(isBlank);
    const last = cells.at(-1);
    if (!blank) cells.push(proseCell(prose));
    else if (last?.layout) cells[cells.length - 1] = { ...last, layout: { ...last.layout, after: raw } };
    else head += raw;
    prose = [];
  };
  for (let i = skipped; i < lines.length; ) {
    const line = lines[i] as string;
    const end = FENCE.test(line) ? fenceEnd(lines, i) : i + 1;
    if (isSpecFence(line)) {
      if (end === null) throw unclosed(i + 1);
      endProse();
      cells.push(specCell(lines.slice(i, end)));
    } else prose.push(...lines.slice(i, end ?? lines.length));
    i = end ?? lines.length;
  }
  endProse();
  return { head, eol, cells };
}

export function printNotebook({ head, eol, cells }: Notebook): string {
  let out = head;
  let previous: Cell | null = null;
  for (const cell of cells) {
    const piece = printCell(cell, eol);
    if (out !== '' && out !== BOM) {
      if (!/[\r\n]$/.test(out)) out += eol;
      const meets = previous?.kind === 'prose' && cell.kind === 'prose';
      const added = cell.layout === null || (previous !== null && previous.layout === null);
      const apart = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)$/.test(out) || /^[\r\n]/.test(piece);
      if ((meets || added) && !apart) out += eol;
    }
    out += piece;
    previous = cell;
  }
  return out;
}

/** An id no cell has yet: `cell-1`, `cell-2`, … */
export function freshId(cells: readonly Pick<Cell, 'id'>[]): string {
  const taken = new Set(cells.map((cell) => cell.id));
  for (let n = 1; ; n++) if (!taken.has(`cell-${n}`)) return `cell-${n}`;
}

/** The spec cells with the id each is known by; one without `id=` is known by its place, `cell-2`. */
export function specCells(notebook: Notebook): readonly { readonly id: string; readonly cell: Cell }[] {
  const specs = notebook.cells.filter((cell) => cell.kind === 'spec');
  return specs.map((cell, i) => ({ id: cell.id ?? `cell-${i + 1}`, cell }));
}

function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}

function isBlank(line: string): boolean {
  return /^[ \t]*[\r\n]*$/.test(line);
}

function isSpecFence(line: string): boolean {
  const match = FENCE.exec(line);
  if (!match || isInlineCode(match)) return false;
  const words = (match[3] as string).trim().split(/\s+/);
  return words[0] === 'yaml' && words[1] === 'norm-lab';
}

/** A backtick fence's info string has no backticks: ```` ```a``` ```` is a line of prose. */
function isInlineCode(match: RegExpExecArray): boolean {
  return (match[2] as string).startsWith('`') && (match[3] as string).includes('`');
}

/** The line after the fence that opens at `start`; null where it is never closed, `start + 1` where none opens. */
function fenceEnd(lines: readonly string[], start: number): number | null {
  const open = FENCE.exec(lines[start] as string);
  if (!open || isInlineCode(open)) return start + 1;
  const fence = open[2] as string;
  for (let i = start + 1; i < lines.length; i++) {
    const close = FENCE.exec(lines[i] as string);
    if (!close || (close[3] as string).trim() !== '') continue;
    const same = close[2]?.[0] === fence[0];
    if (same && (close[2] as string).length >= fence.length) return i + 1;
  }
  return null;
}

function unclosed(line: number): UserError {
  const message = `The lab cell that opens in line ${line} is never closed; end it with a line of three backticks.`;
  return new UserError('notebook/unclosed-fence', message);
}

/** Lines of the front matter, its fences included; 0 where there is none. */
function frontMatterLines(lines: readonly string[]): number {
  if (!/^---[ \t]*[\r\n]*$/.test(lines[0] ?? '')) return 0;
  const end = lines.findIndex((line, i) => i > 0 && /^(---|\.\.\.)[ \t]*[\r\n]*$/.test(line));
  const body = lines.slice(1, end < 0 ? 20 : end);
  const version = body.map((line) => /^norm-lab\s*:\s*(\S*)/.exec(line)?.[1]).find((found) => found !== undefined);
  if (end < 0 && version !== undefined) {
    const message = 'The front matter of the lab notebook is never closed; end it with a line `---`.';
    throw new UserError('notebook/front-matter', message);
  }
  if (version !== undefined && !(Number(version) <= NOTEBOOK_VERSION)) {
    const message = `The lab notebook has version \`${version}\`; this Norm Lab reads version ${NOTEBOOK_VERSION}. Install a newer one.`;
    throw new UserError('notebook/version', message);
  }
  return end < 0 ? 0 : end + 1;
}

function toShown(raw: string): string {
  return raw.replace(/\r\n|\r/g, '\n');
}

function proseCell(lines: readonly string[]): Cell {
  const first = lines.findIndex((line) => !isBlank(line));
  let last = lines.length - 1;
  while (isBlank(lines[last] as string)) last--;
  const [, body = '', end = ''] = /^(.*?)([\r\n]*)$/s.exec(lines.slice(first, last + 1).join('')) ?? [];
  const shown = toShown(body);
  const layout: Layout = {
    before: lines.slice(0, first).join(''),
    open: '',
    raw: body,
    close: '',
    after: end + lines.slice(last + 1).join(''),
    shown,
  };
  return { kind: 'prose', text: shown, id: null, layout };
}

function specCell(lines: readonly string[]): Cell {
  const open = lines[0] as string;
  const raw = lines.slice(1, -1).join('');
  const shown = toShown(raw).replace(/\n$/, '');
  const id = /\sid=(\S+)/.exec(open)?.[1] ?? null;
  const layout: Layout = { before: '', open, raw, close: lines.at(-1) as string, after: '', shown };
  return { kind: 'spec', text: shown, id, layout };
}

function printCell(cell: Cell, eol: string): string {
  const { layout, kind, text } = cell;
  const changed = layout === null || toShown(text) !== layout.shown;
  if (layout && !changed && (kind === 'prose' || cell.id === idOf(layout))) {
    return layout.before + layout.open + layout.raw + layout.close + layout.after;
  }
  const body = toShown(text).replaceAll('\n', eol);
  if (kind === 'prose') return layout ? layout.before + body + layout.after : body + eol;
  const { open, close } = fences(cell, eol);
  return (layout?.before ?? '') + open + (body === '' ? '' : body + eol) + close + (layout?.after ?? '');
}

function idOf(layout: Layout): string | null {
  return /\sid=(\S+)/.exec(layout.open)?.[1] ?? null;
}

/** The fence's two lines, longer than any in the text that would close it. */
function fences({ layout, text, id }: Cell, eol: string): { open: string; close: string } {
  const info = `yaml norm-lab${id === null ? '' : ` id=${id}`}`;
  const match = layout && FENCE.exec(layout.open);
  const mark = match?.[2]?.[0] ?? '`';
  const runs = text.split('\n').map((line) => FENCE.exec(line)?.[2] ?? '');
  const longest = runs.filter((run) => run.startsWith(mark)).reduce((most, run) => Math.max(most, run.length), 0);
  const length = Math.max(match?.[2]?.length ?? 3, longest + 1, 3);
  const kept = match && length === match[2]?.length && idOf(layout) === id;
  if (kept) return { open: layout.open, close: layout.close };
  const fence = (match?.[1] ?? '') + mark.repeat(length);
  const closeEnd = layout ? (/[\r\n]*$/.exec(layout.close)?.[0] ?? '') : eol;
  return { open: fence + info + eol, close: fence + closeEnd };
}
