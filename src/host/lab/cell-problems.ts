// What is wrong with a cell's specification, underlined where it stands, while it is written.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { SOURCE } from '../diagnostics.ts';
import type { Failures } from '../failures.ts';
import type { CellPlanner } from './cell-plan.ts';
import { NOTEBOOK_TYPE } from './serializer.ts';

const TYPING_PAUSE = 250;
const SEVERITIES = { error: vscode.DiagnosticSeverity.Error, warning: vscode.DiagnosticSeverity.Warning } as const;

export class CellProblems implements Disposable {
  readonly #planner: CellPlanner;
  readonly #store = new DisposableStore();
  readonly #collection = this.#store.add(vscode.languages.createDiagnosticCollection(`${SOURCE} cells`));
  readonly #waiting = new Map<vscode.NotebookDocument, NodeJS.Timeout>();
  readonly #checkQuietly: (notebook: vscode.NotebookDocument) => Promise<void>;

  constructor(planner: CellPlanner, failures: Failures) {
    this.#planner = planner;
    this.#checkQuietly = failures.guardQuietly('check the cells', (notebook) => this.#check(notebook));
    this.#store.add(vscode.workspace.onDidOpenNotebookDocument((notebook) => this.#soon(notebook, 0)));
    this.#store.add(
      vscode.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges, contentChanges }) => {
        if (contentChanges.length > 0 || cellChanges.some(({ document }) => document))
          this.#soon(notebook, TYPING_PAUSE);
      }),
    );
    this.#store.add(vscode.workspace.onDidCloseNotebookDocument((notebook) => this.#forget(notebook)));
    for (const notebook of vscode.workspace.notebookDocuments) this.#soon(notebook, 0);
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#store.dispose();
  }

  #soon(notebook: vscode.NotebookDocument, wait: number): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    clearTimeout(this.#waiting.get(notebook));
    const check = () => void this.#checkQuietly(notebook);
    this.#waiting.set(notebook, setTimeout(check, wait));
  }

  #check(notebook: vscode.NotebookDocument): void {
    this.#waiting.delete(notebook);
    const shown = new Set<string>();
    for (const cell of notebook.getCells()) {
      if (cell.kind !== vscode.NotebookCellKind.Code) continue;
      const { uri } = cell.document;
      shown.add(uri.toString());
      this.#collection.set(uri, this.#diagnostics(cell));
    }
    // Cells that were deleted or became prose.
    for (const [uri] of this.#collection)
      if (isCellOf(uri, notebook) && !shown.has(uri.toString())) this.#collection.delete(uri);
  }

  #diagnostics(cell: vscode.NotebookCell): vscode.Diagnostic[] {
    return this.#planner.read(cell).problems.map(({ message, span, severity }) => {
      const range = new vscode.Range(cell.document.positionAt(span.start), cell.document.positionAt(span.end));
      const diagnostic = new vscode.Diagnostic(range, message, SEVERITIES[severity]);
      diagnostic.source = SOURCE;
      return diagnostic;
    });
  }

  #forget(notebook: vscode.NotebookDocument): void {
    clearTimeout(this.#waiting.get(notebook));
    this.#waiting.delete(notebook);
    for (const [uri] of this.#collection) if (isCellOf(uri, notebook)) this.#collection.delete(uri);
  }
}

function isCellOf(cell: vscode.Uri, notebook: vscode.NotebookDocument): boolean {
  return cell.path === notebook.uri.path;
}
