// The lab file and VS Code's notebook. What it takes to print a cell back byte for byte travels in the cell's
// metadata. A file that cannot be read is refused by throwing: an empty notebook could be saved over it.

import * as vscode from 'vscode';
import type { Cell, Layout } from '../../lab/notebook.ts';
import type { Cores } from '../cores.ts';

export const NOTEBOOK_TYPE = 'norm-lab';
export const SPEC_LANGUAGE = 'norm-lab';

/** Results live beside the file, never in it: running a cell changes nothing that is saved. */
export const SERIALIZER_OPTIONS: vscode.NotebookDocumentContentOptions = { transientOutputs: true };

export class LabSerializer implements vscode.NotebookSerializer {
  readonly #cores: Cores;

  constructor(cores: Cores) {
    this.#cores = cores;
  }

  deserializeNotebook(content: Uint8Array): vscode.NotebookData {
    const { decodeNotebook, parseNotebook } = this.#cores.lab;
    const { head, eol, cells } = parseNotebook(decodeNotebook(content));
    const data = new vscode.NotebookData(cells.map(toCellData));
    data.metadata = { head, eol };
    return data;
  }

  serializeNotebook(data: vscode.NotebookData): Uint8Array {
    const { freshId, printNotebook } = this.#cores.lab;
    const cells: Cell[] = [];
    for (const cell of data.cells) cells.push(toCell(cell.kind, cell.value, cell.metadata, cells, freshId));
    const head = typeof data.metadata?.['head'] === 'string' ? data.metadata['head'] : '';
    const eol = data.metadata?.['eol'] === '\r\n' ? '\r\n' : '\n';
    return new TextEncoder().encode(printNotebook({ head, eol, cells }));
  }
}

/** The name a spec cell is known by: its own, the one it would be saved with, or its place among the cells. */
export function cellId(cell: vscode.NotebookCell, freshId: FreshId): string {
  const { notebook } = cell;
  const cells: Cell[] = [];
  for (const each of notebook.getCells().slice(0, cell.index + 1))
    cells.push(toCell(each.kind, each.document.getText(), each.metadata, cells, freshId));
  const specs = cells.filter(({ kind }) => kind === 'spec');
  return cells.at(-1)?.id ?? `cell-${specs.length}`;
}

type FreshId = (cells: readonly Cell[]) => string;

export function toCellData({ kind, text, id, layout }: Cell): vscode.NotebookCellData {
  const data =
    kind === 'prose'
      ? new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, text, 'markdown')
      : new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, SPEC_LANGUAGE);
  data.metadata = { id, layout };
  return data;
}

type Metadata = Readonly<Record<string, unknown>> | undefined;

function toCell(
  kind: vscode.NotebookCellKind,
  value: string,
  metadata: Metadata,
  before: readonly Cell[],
  freshId: FreshId,
): Cell {
  const text = value.replace(/\r\n?/g, '\n');
  const layout = isLayout(metadata?.['layout']) ? metadata['layout'] : null;
  if (kind === vscode.NotebookCellKind.Markup) return { kind: 'prose', text, id: null, layout };
  const known = typeof metadata?.['id'] === 'string' ? metadata['id'] : null;
  // A cell made in the editor gets a name with its first save; one that stood in the file without keeps none.
  return { kind: 'spec', text, id: known ?? (layout ? null : freshId(before)), layout };
}

function isLayout(value: unknown): value is Layout {
  const layout = value as Partial<Layout> | null | undefined;
  const parts = [layout?.before, layout?.open, layout?.raw, layout?.close, layout?.after, layout?.shown];
  return parts.every((part) => typeof part === 'string');
}
