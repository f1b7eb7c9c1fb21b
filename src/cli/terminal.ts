// What a terminal can show: a bar that is redrawn, curves and histograms of block characters, a grid. Text
// in, text out; only the bar writes, and only to a terminal.

import type { Histogram } from '../lab/observation.ts';

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One character a value, `width` at most; `·` where a value is no number. */
export function sparkline(values: readonly number[], width = 48): string {
  const points = Math.min(values.length, width);
  const shown = Array.from({ length: points }, (_, i) => {
    const last = Math.max(points - 1, 1);
    return values[Math.round((i * (values.length - 1)) / last)] as number;
  });
  const finite = shown.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return shown
    .map((value) => {
      if (!Number.isFinite(value)) return '·';
      const level = range > 0 ? Math.round(((value - low) / range) * (BLOCKS.length - 1)) : 0;
      return BLOCKS[level] ?? '·';
    })
    .join('');
}

/** The histogram's occupied bins, as heights; empty bins are blank. */
export function blocks({ bins }: Pick<Histogram, 'bins'>, width = 40): string {
  const first = bins.findIndex((count) => count > 0);
  if (first < 0) return '';
  const last = bins.findLastIndex((count) => count > 0);
  const size = Math.ceil((last - first + 1) / width);
  const sums: number[] = [];
  for (let i = first; i <= last; i += size) {
    sums.push(bins.slice(i, Math.min(i + size, last + 1)).reduce((sum, count) => sum + count, 0));
  }
  const most = Math.max(...sums);
  return sums.map((sum) => (sum === 0 ? ' ' : (BLOCKS[Math.ceil((sum / most) * BLOCKS.length) - 1] ?? '█'))).join('');
}

/** Columns padded to their widest cell; the first is left, the others right. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  return aligned(rows, indent, (cell, width, j) => (j === 0 ? cell.padEnd(width) : cell.padStart(width)));
}

/** As `table`, every column left. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  return aligned(rows, indent, (cell, width) => cell.padEnd(width));
}

type Pad = (cell: string, width: number, column: number) => string;

/** Every character counts as one; block characters are one UTF-16 unit. */
function aligned(rows: readonly (readonly string[])[], indent: string, pad: Pad): string {
  const widths: number[] = [];
  for (const row of rows) for (const [j, cell] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, cell.length);
  const line = (row: readonly string[]) => row.map((cell, j) => pad(cell, widths[j] ?? 0, j)).join('  ');
  return rows.map((row) => (indent + line(row)).trimEnd()).join('\n');
}

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line that is redrawn, at most ten times a second; nothing where the output is not a terminal. */
export class ProgressBar {
  readonly #screen: Screen;
  #drawn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  update(share: number, text: string, now = performance.now()): void {
    if (!this.#screen.isTTY || now - this.#drawn < 100) return;
    this.#drawn = now;
    const width = 24;
    const full = Math.round(Math.min(Math.max(share, 0), 1) * width);
    const line = `${'█'.repeat(full)}${'░'.repeat(width - full)} ${text}`;
    this.#screen.write(`\r\u001b[K${[...line].slice(0, (this.#screen.columns ?? 80) - 1).join('')}`);
  }

  end(): void {
    if (this.#screen.isTTY) this.#screen.write('\r\u001b[K');
  }
}
