// Under a cell whose text has changed since its results were made: a word that says so, until it runs again or
// says the same again.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { NOTEBOOK_TYPE } from './serializer.ts';

export class StaleMarks implements Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  /** The text each cell's results were made from. */
  readonly #texts = new WeakMap<vscode.NotebookCell, string>();

  constructor() {
    this.#store.add(
      vscode.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
        onDidChangeCellStatusBarItems: this.#changed.event,
        provideCellStatusBarItems: (cell) => this.#item(cell),
      }),
    );
  }

  /** The cell's results are of its text as it is now. */
  fresh(cell: vscode.NotebookCell): void {
    this.#texts.set(cell, cell.document.getText());
    this.#changed.fire();
  }

  dispose(): void {
    this.#store.dispose();
  }

  #item(cell: vscode.NotebookCell): vscode.NotebookCellStatusBarItem | undefined {
    const text = this.#texts.get(cell);
    if (text === undefined || text === cell.document.getText() || cell.outputs.length === 0) return undefined;
    const item = new vscode.NotebookCellStatusBarItem('$(history) stale', vscode.NotebookCellStatusBarAlignment.Right);
    item.tooltip = 'The cell has changed since these results were made; run it again.';
    return item;
  }
}
