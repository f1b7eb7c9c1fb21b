// Notebooks that are open: the Python cells of each are checked as one module, a pause after the last change, and
// what is found stands in the cells. A cell that goes away, becomes text or another language takes its findings
// with it at once.

import * as vscode from 'vscode';
import type { Checked as CheckedText } from '../analysis/check-text.ts';
import type { NotebookText } from '../analysis/notebook-text.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { LineMap } from '../base/text.ts';
import { CellBoard } from './cell-board.ts';
import type { Configs } from './configs.ts';
import type { Cores } from './cores.ts';
import { SOURCE, toDiagnostic } from './diagnostics.ts';
import type { Failures } from './failures.ts';
import { toRange } from './ranges.ts';
import { lintSettings } from './settings.ts';
import type { Shown } from './shown.ts';

const TYPING_PAUSE = 250;

interface Record {
  readonly source: NotebookText;
  /** Cells by their place in the notebook, with the versions that were checked. */
  readonly cells: ReadonlyMap<number, { readonly uri: vscode.Uri; readonly version: number }>;
  readonly text: CheckedText;
}

export class Notebooks implements Disposable {
  readonly #cores: Cores;
  readonly #configs: Configs;
  readonly #store = new DisposableStore();
  readonly #collection = this.#store.add(vscode.languages.createDiagnosticCollection(`${SOURCE} notebooks`));
  readonly #board = new CellBoard<vscode.Diagnostic>({
    set: (cell, items) => this.#collection.set(vscode.Uri.parse(cell), items),
    delete: (cell) => this.#collection.delete(vscode.Uri.parse(cell)),
  });
  readonly #records = new Map<string, Record>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #checkQuietly: (notebook: vscode.NotebookDocument) => Promise<void>;

  constructor(cores: Cores, configs: Configs, failures: Failures) {
    this.#cores = cores;
    this.#configs = configs;
    this.#checkQuietly = failures.guardQuietly('check a notebook', (notebook) => this.#check(notebook));
    const on = <T>(event: vscode.Event<T>, listener: (value: T) => void) => this.#store.add(event(listener));
    on(vscode.workspace.onDidOpenNotebookDocument, (notebook) => this.#changed(notebook, 0));
    on(vscode.workspace.onDidCloseNotebookDocument, (notebook) => this.#forget(notebook));
    on(vscode.workspace.onDidChangeNotebookDocument, ({ notebook, contentChanges, cellChanges }) => {
      const isContent = contentChanges.length > 0 || cellChanges.some(({ document }) => document !== undefined);
      if (isContent) this.#changed(notebook, TYPING_PAUSE);
    });
    // A cell's language changes by closing its document and opening it again.
    for (const event of [vscode.workspace.onDidOpenTextDocument, vscode.workspace.onDidCloseTextDocument])
      on(event, (document) => {
        if (document.uri.scheme === 'vscode-notebook-cell') this.#cellChanged(document);
      });
    on(configs.onDidChange, () => this.start());
    on(vscode.workspace.onDidChangeConfiguration, (change) => {
      if (change.affectsConfiguration('normLab.lint')) this.start();
    });
  }

  /** Checks what is open. */
  start(): void {
    for (const notebook of vscode.workspace.notebookDocuments) this.#changed(notebook, 0);
  }

  /** What was found in all Python cells taken together, as they are now; null where there are none. */
  async check(notebook: vscode.NotebookDocument): Promise<Pick<Record, 'source' | 'text'> | null> {
    const key = notebook.uri.toString();
    const known = this.#records.get(key);
    if (known && isCurrent(known, notebook)) return known;
    await this.#check(notebook);
    const record = this.#records.get(key);
    return record && record.cells.size > 0 ? record : null;
  }

  /** What was found in a cell, where it is of the cells as they are now. */
  shown(document: vscode.TextDocument): Shown | null {
    const notebook = notebookOf(document);
    const record = notebook && this.#records.get(notebook.uri.toString());
    if (!notebook || !record || !isCurrent(record, notebook)) return null;
    const index = [...record.cells].find(([, { uri }]) => uri.toString() === document.uri.toString())?.[0];
    return index === undefined ? null : this.#shownCell(record, index);
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const { text } of this.#records.values()) text.dispose();
    this.#records.clear();
    this.#store.dispose();
  }

  #changed(notebook: vscode.NotebookDocument, pause: number): void {
    const key = notebook.uri.toString();
    const python = pythonCells(notebook);
    this.#board.keepOnly(key, new Set(python.map(({ document }) => document.uri.toString())));
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
    if (notebook.isClosed || (python.length === 0 && !this.#records.has(key))) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(key);
      void this.#checkQuietly(notebook);
    }, pause);
    this.#waiting.set(key, timer);
  }

  #cellChanged(document: vscode.TextDocument): void {
    const notebook = notebookOf(document);
    if (notebook) this.#changed(notebook, TYPING_PAUSE);
  }

  async #check(notebook: vscode.NotebookDocument): Promise<void> {
    const [parser, { path, settings }] = await Promise.all([this.#cores.parser(), this.#configs.of(notebook.uri)]);
    // From here to the end nothing else runs.
    if (notebook.isClosed || this.#store.disposed) return;
    const { checkText, joinCells } = this.#cores.analyzer;
    const python = pythonCells(notebook);
    const source = joinCells(python.map(({ index, document }) => ({ index, text: document.getText() })));
    const key = notebook.uri.toString();
    const previous = this.#records.get(key);
    const text = checkText(parser, source, path, settings, previous?.text);
    previous?.text.dispose();
    const cells = new Map(python.map(({ index, document: { uri, version } }) => [index, { uri, version }] as const));
    const record: Record = { source, cells, text };
    this.#records.set(key, record);
    const enabled = lintSettings(notebook.uri).enabled;
    const found = python.map(({ index, document }) => {
      const shown = this.#shownCell(record, index);
      const findings = enabled && shown ? shown.findings : [];
      const diagnostics = findings.flatMap((finding) => (shown ? [toDiagnostic(finding, shown)] : []));
      return [document.uri.toString(), diagnostics] as const;
    });
    this.#board.publish(key, new Map(found));
  }

  #shownCell(record: Record, index: number): Shown | null {
    const { spanInCell, editsInCells } = this.#cores.analyzer;
    const { source, cells, text } = record;
    const uriOf = (cell: number) => cells.get(cell)?.uri;
    const linesOf = (cell: number) => new LineMap(source.cells.find((one) => one.index === cell)?.text ?? '');
    const uri = uriOf(index);
    if (!uri) return null;
    return {
      uri,
      text,
      findings: text.findings.filter(({ span }) => spanInCell(source, span)?.cell === index),
      locate: (span) => {
        const place = spanInCell(source, span) ?? { cell: index, span: { start: 0, end: 0 } };
        return new vscode.Location(uriOf(place.cell) ?? uri, toRange(linesOf(place.cell), place.span));
      },
      edits: (edits) =>
        editsInCells(source, edits)?.map(({ cell, span, newText }) => {
          const edit = vscode.TextEdit.replace(toRange(linesOf(cell), span), newText);
          return [uriOf(cell) ?? uri, [edit]] as const;
        }) ?? null,
    };
  }

  #forget(notebook: vscode.NotebookDocument): void {
    const key = notebook.uri.toString();
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
    this.#board.forget(key);
    this.#records.get(key)?.text.dispose();
    this.#records.delete(key);
  }
}

function pythonCells(notebook: vscode.NotebookDocument): readonly vscode.NotebookCell[] {
  return notebook
    .getCells()
    .filter(({ kind, document }) => kind === vscode.NotebookCellKind.Code && document.languageId === 'python');
}

function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | undefined {
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some((cell) => cell.document === document),
  );
}

function isCurrent(record: Record, notebook: vscode.NotebookDocument): boolean {
  const python = pythonCells(notebook);
  return (
    python.length === record.cells.size &&
    python.every(({ index, document }) => {
      const known = record.cells.get(index);
      return known?.version === document.version && known.uri.toString() === document.uri.toString();
    })
  );
}
