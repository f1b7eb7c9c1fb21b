// Which cells of which notebook show something. Whatever happens to a notebook, what is shown belongs to a cell that
// is there: publishing replaces all of a notebook at once, and what is no longer named is taken down.

export interface Board<T> {
  set(cell: string, items: readonly T[]): void;
  delete(cell: string): void;
}

export class CellBoard<T> {
  readonly #board: Board<T>;
  readonly #shown = new Map<string, Set<string>>();

  constructor(board: Board<T>) {
    this.#board = board;
  }

  /** One entry for each cell that was checked, also where nothing was found. */
  publish(notebook: string, found: ReadonlyMap<string, readonly T[]>): void {
    this.keepOnly(notebook, new Set(found.keys()));
    for (const [cell, items] of found) {
      this.#takeFromOthers(notebook, cell);
      this.#board.set(cell, items);
    }
    if (found.size > 0) this.#shown.set(notebook, new Set(found.keys()));
  }

  /** Cells that went away, or are Python no more, show nothing from now on. */
  keepOnly(notebook: string, cells: ReadonlySet<string>): void {
    const shown = this.#shown.get(notebook);
    if (!shown) return;
    for (const cell of shown)
      if (!cells.has(cell)) {
        shown.delete(cell);
        this.#board.delete(cell);
      }
    if (shown.size === 0) this.#shown.delete(notebook);
  }

  forget(notebook: string): void {
    this.keepOnly(notebook, new Set());
  }

  /** A cell that was moved to another notebook is that one's. */
  #takeFromOthers(notebook: string, cell: string): void {
    for (const [other, cells] of this.#shown) if (other !== notebook) cells.delete(cell);
  }
}
