// A table's cells as text: rounded for reading, whole for copying.

import type { Table } from './charts/chart.ts';
import { formatNumber } from './format.ts';

export function cellString(value: string | number | null, kind: Table['columns'][number]['kind']): string {
  if (typeof value === 'string') return value;
  return formatNumber(value, kind === 'text' ? 'number' : kind);
}

/** Tab-separated, at full precision, as a spreadsheet wants it. */
export function asText(table: Table): string {
  const rows = [table.columns.map((column) => column.label), ...table.rows];
  return rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))).join('\t')).join('\n');
}
