// The result grid as people read and walk it: one cell a combination, arrows move, Enter or Space takes a cell's
// curves in or out.

import { cellText, type GridCell, type GridData } from '../charts/grid.ts';
import { useCells } from '../data-table.tsx';

export interface GridViewProps {
  readonly data: GridData;
  readonly label: string;
  isChosen(row: number, column: number): boolean;
  choose(row: number, column: number): void;
}

export function GridView({ data, label, isChosen, choose }: GridViewProps) {
  const cells = useCells(data.rows.length, data.columns.length);
  const means = data.cells.flat().flatMap((cell) => cell.mean ?? []);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const fill = (mean: number | null) =>
    mean === null || high === low ? '0%' : `${Math.round(8 + (92 * (mean - low)) / (high - low))}%`;
  return (
    <div class="nl-result-scroll">
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its cells are walked and chosen, which is what a grid is. */}
      <table class="nl-results" role="grid" aria-label={label} ref={cells.box} onKeyDown={cells.onKeyDown}>
        <thead>
          <tr>
            <th scope="col">{data.rowLabel}</th>
            {data.columns.map((column) => (
              <th key={column} scope="col">
                {[data.columnLabel, column].filter(Boolean).join(' ')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row, i) => (
            <tr key={row}>
              <th scope="row">{row}</th>
              {data.cells[i]?.map((cell, j) => (
                // biome-ignore lint/a11y/useAriaPropsSupportedByRole: in a grid, a cell is a gridcell, and can be selected.
                <td
                  key={data.columns[j]}
                  {...cells.cell(i, j)}
                  class={stateOf(cell)}
                  aria-selected={isChosen(i, j)}
                  style={{ '--fill': fill(cell.mean) }}
                  onClick={() => choose(i, j)}
                  onKeyDown={(event) => {
                    if (event.key !== 'Enter' && event.key !== ' ') return;
                    event.preventDefault();
                    event.stopPropagation();
                    choose(i, j);
                  }}
                >
                  <span class="nl-cell-value">
                    {cell.best && (
                      <>
                        <span aria-hidden="true">★ </span>
                        <span class="nl-visually-hidden">best of its column, </span>
                      </>
                    )}
                    {cellText(cell)}
                  </span>
                  <span class="nl-cell-note">{note(cell)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function stateOf(cell: GridCell): string {
  if (cell.mean === null) return cell.diverged + cell.failed > 0 ? 'nl-cell nl-cell-bad' : 'nl-cell nl-cell-missing';
  return cell.best ? 'nl-cell nl-cell-best' : 'nl-cell';
}

function note(cell: GridCell): string {
  const parts = [
    cell.mean !== null && cell.diverged > 0 ? `${cell.diverged} of ${cell.planned} diverged` : '',
    cell.mean !== null && cell.failed > 0 ? `${cell.failed} failed` : '',
    cell.missing > 0 && cell.mean !== null ? `${cell.planned - cell.missing} of ${cell.planned} seeds` : '',
  ];
  return parts.filter(Boolean).join(', ');
}
