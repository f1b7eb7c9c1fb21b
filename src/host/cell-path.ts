// A cell of a notebook in a place's path: the notebook's, and which of its cells, from 0.

export function cellPath(notebook: string, cell: number): string {
  return `${notebook}#cell${cell}`;
}

export function cellOfPath(path: string): { readonly notebook: string; readonly cell: number } | null {
  const [, notebook, cell] = /^(.*\.ipynb)#cell(\d+)$/.exec(path) ?? [];
  return notebook === undefined ? null : { notebook, cell: Number(cell) };
}

/** `Line 4`, `Cell 3, line 4`. */
export function whereOf({ path, line }: { readonly path: string; readonly line: number }): string {
  const found = cellOfPath(path);
  return found ? `Cell ${found.cell + 1}, line ${line}` : `Line ${line}`;
}
