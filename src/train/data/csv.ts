// Comma-separated values, as spreadsheets write them: quoted fields, doubled quotes, any line end. Numbers
// only, but for the target's column, which may hold class names. Messages carry the line of the file.

import { UserError } from '../../base/errors.ts';
import { type Dataset, sizeOf, type Target } from './dataset.ts';

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** Names a target's column may have, in this order, when none is asked for; else the last column is taken. */
const TARGET_NAMES = ['target', 'label', 'class', 'y'];
/** More distinct whole numbers than this are read as quantities, not as classes. */
const MOST_CLASSES = 50;

export function readCsv(name: string, text: string, target: string | null): Dataset {
  const table = parseCsv(name, text);
  const column = targetColumn(name, table.columns, target);
  const width = table.columns.length - 1;
  if (width < 1) throw new UserError('data/csv', `\`${name}\` has one column; expected features and a target.`);
  const count = table.rows.length;
  const features = new Float32Array(count * width);
  for (const [i, row] of table.rows.entries()) {
    let k = 0;
    for (const [j, field] of row.fields.entries()) {
      if (j !== column) features[i * width + k++] = numberOf(name, field, row.line, table.columns[j] as string);
    }
  }
  const raw = table.rows.map((row) => row.fields[column] as string);
  const { target: values, note } = readTarget(raw, (i) => {
    const row = table.rows[i] as Row;
    return numberOf(name, row.fields[column] as string, row.line, table.columns[column] as string);
  });
  return {
    name,
    count,
    shape: [width],
    features,
    target: values,
    note: `${count} rows of ${sizeOf([width])} features; target \`${table.columns[column]}\`, ${note}`,
  };
}

export function parseCsv(name: string, text: string): Table {
  const rows = splitRows(name, text.startsWith('\ufeff') ? text.slice(1) : text);
  const first = rows[0];
  if (!first) throw new UserError('data/csv', `\`${name}\` is empty; expected rows of numbers.`);
  const hasHeader = first.fields.some((field) => Number.isNaN(parseNumber(field))) && !isDataRow(first, rows[1]);
  const columns = hasHeader ? first.fields.map((field) => field.trim()) : first.fields.map((_, i) => `column ${i + 1}`);
  const body = hasHeader ? rows.slice(1) : rows;
  if (body.length === 0) throw new UserError('data/csv', `\`${name}\` has a header and no rows.`);
  for (const row of body) {
    if (row.fields.length !== columns.length) {
      const message = `\`${name}\`, line ${row.line}: expected ${columns.length} fields, and got ${row.fields.length}.`;
      throw new UserError('data/csv', message);
    }
  }
  return { columns, rows: body };
}

/** Without a header, only class names are not numbers, and they are so in the same columns of the next row. */
function isDataRow(first: Row, second: Row | undefined): boolean {
  if (!second) return false;
  const words = (row: Row) => row.fields.map((field) => Number.isNaN(parseNumber(field)));
  const [a, b] = [words(first), words(second)];
  return a.some((word) => !word) && a.every((word, i) => word === b[i]);
}

function splitRows(name: string, text: string): Row[] {
  const rows: Row[] = [];
  let fields: string[] = [];
  let field = '';
  let line = 1;
  let rowLine = 1;
  let quotedAt = 0;
  const endRow = () => {
    fields.push(field);
    if (fields.length > 1 || field.trim() !== '') rows.push({ line: rowLine, fields });
    fields = [];
    field = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    const newline = char === '\n' || (char === '\r' && text[i + 1] !== '\n');
    if (newline) line++;
    if (quotedAt > 0) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') field += text[++i];
      else quotedAt = 0;
    } else if (char === '"' && field === '') quotedAt = line;
    else if (char === ',') {
      fields.push(field);
      field = '';
    } else if (newline) {
      endRow();
      rowLine = line;
    } else if (char !== '\r') field += char;
  }
  if (quotedAt > 0) throw new UserError('data/csv', `\`${name}\`, line ${quotedAt}: the quote is never closed.`);
  endRow();
  return rows;
}

function parseNumber(field: string): number {
  const text = field.trim();
  return text === '' ? Number.NaN : Number(text);
}

function numberOf(name: string, field: string, line: number, column: string): number {
  const value = parseNumber(field);
  if (!Number.isFinite(value)) {
    const found = field.trim() === '' ? 'an empty field' : `\`${field.trim()}\``;
    throw new UserError('data/csv', `\`${name}\`, line ${line}: expected a number in \`${column}\`, and got ${found}.`);
  }
  return value;
}

function targetColumn(name: string, columns: readonly string[], asked: string | null): number {
  if (asked !== null) {
    const index = columns.indexOf(asked);
    if (index >= 0) return index;
    const list = columns.map((column) => `\`${column}\``).join(', ');
    throw new UserError('data/target', `\`${name}\` has no column \`${asked}\`; its columns are ${list}.`);
  }
  for (const candidate of TARGET_NAMES) {
    const index = columns.findIndex((column) => column.toLowerCase() === candidate);
    if (index >= 0) return index;
  }
  return columns.length - 1;
}

/** Words and few whole numbers are classes, in sorted order; anything else is a quantity. */
export function readTarget(
  raw: readonly string[],
  quantity: (i: number) => number,
): { readonly target: Target; readonly note: string } {
  const distinct = [...new Set(raw.map((field) => field.trim()))];
  const words = distinct.every((field) => Number.isNaN(parseNumber(field)));
  const whole = distinct.every((field) => Number.isInteger(parseNumber(field)));
  if (words || (whole && distinct.length >= 2 && distinct.length <= MOST_CLASSES)) {
    const order = whole ? distinct.sort((a, b) => Number(a) - Number(b)) : distinct.sort();
    const index = new Map(order.map((field, i) => [field, i]));
    const labels = Int32Array.from(raw, (field) => index.get(field.trim()) as number);
    return { target: { kind: 'class', labels, classes: order.length }, note: `${order.length} classes` };
  }
  const values = Float32Array.from(raw, (_, i) => quantity(i));
  return { target: { kind: 'value', values, width: 1 }, note: 'a quantity' };
}
