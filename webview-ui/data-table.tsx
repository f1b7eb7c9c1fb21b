// The table behind a chart: the same numbers, reachable cell by cell with the arrow keys.

import { useRef, useState } from 'preact/hooks';
import type { Table } from './charts/chart.ts';
import { cellString } from './table-text.ts';

/** The focused cell of a grid of `rows` × `columns`, moved by the arrow keys, Home, End and their Control forms. */
export function useCells(rows: number, columns: number) {
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const box = useRef<HTMLTableElement>(null);
  const row = Math.min(at[0], Math.max(0, rows - 1));
  const column = Math.min(at[1], Math.max(0, columns - 1));
  const go = (to: readonly [number, number]) => {
    setAt(to);
    box.current?.querySelector<HTMLElement>(`[data-cell="${to[0]},${to[1]}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(event, row, column, rows, columns);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    go(next);
  };
  const cell = (r: number, c: number) => ({
    'data-cell': `${r},${c}`,
    tabIndex: r === row && c === column ? 0 : -1,
    onFocus: () => setAt([r, c]),
  });
  return { box, onKeyDown, cell };
}

export function DataTable({ table }: { readonly table: Table }) {
  const cells = useCells(table.rows.length, table.columns.length);
  return (
    <div class="nl-table-scroll">
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the cells take the arrow keys, which is what a grid is. */}
      <table class="nl-table" role="grid" ref={cells.box} onKeyDown={cells.onKeyDown}>
        <caption>{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map((column, i) => (
              <th key={i} scope="col" class={column.kind === 'text' ? 'nl-text' : ''}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, r) => (
            <tr key={r}>
              {row.map((value, c) => {
                const kind = table.columns[c]?.kind ?? 'number';
                return (
                  <td key={c} class={kind === 'text' ? 'nl-text' : ''} {...cells.cell(r, c)}>
                    {cellString(value, kind)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function moved(
  event: KeyboardEvent,
  row: number,
  column: number,
  rows: number,
  columns: number,
): readonly [number, number] | null {
  switch (event.key) {
    case 'ArrowUp':
      return [Math.max(0, row - 1), column];
    case 'ArrowDown':
      return [Math.min(rows - 1, row + 1), column];
    case 'ArrowLeft':
      return [row, Math.max(0, column - 1)];
    case 'ArrowRight':
      return [row, Math.min(columns - 1, column + 1)];
    case 'Home':
      return [event.ctrlKey ? 0 : row, 0];
    case 'End':
      return [event.ctrlKey ? rows - 1 : row, columns - 1];
    default:
      return null;
  }
}
