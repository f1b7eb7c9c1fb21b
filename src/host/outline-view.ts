// The view of the model's outline: there from the beginning, while what fills it is loaded when it is first seen.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Outline, OutlineNode } from './models/outline.ts';

export const OUTLINE = 'normLab.outline';

export class OutlineView implements Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<undefined>());
  readonly #shown = this.#store.add(new vscode.EventEmitter<undefined>());
  readonly #tree: vscode.TreeView<OutlineNode>;
  readonly #outline: (view: OutlineView) => Outline;
  #started: Outline | undefined;
  readonly onDidShow = this.#shown.event;

  constructor(outline: (view: OutlineView) => Outline) {
    this.#outline = outline;
    this.#tree = this.#store.add(
      vscode.window.createTreeView<OutlineNode>(OUTLINE, {
        showCollapseAll: true,
        treeDataProvider: {
          onDidChangeTreeData: this.#changed.event,
          getChildren: (node) => [...this.#filled().childrenOf(node)],
          getTreeItem: (node) => this.#filled().rowOf(node),
        },
      }),
    );
    const seen = () => {
      if (!this.#tree.visible) return;
      this.#filled();
      this.#shown.fire(undefined);
    };
    this.#store.add(this.#tree.onDidChangeVisibility(seen));
    seen();
  }

  get visible(): boolean {
    return this.#tree.visible;
  }

  /** Every row, those that are folded too. */
  rows(): readonly vscode.TreeItem[] {
    return this.#started?.rows() ?? [];
  }

  /** Reads the model again. */
  refresh(): void {
    this.#filled().refresh();
  }

  /** The rows have changed; `name` is the file they are of. */
  show(name: string): void {
    this.#tree.description = name;
    this.#changed.fire(undefined);
  }

  say(message: string): void {
    this.#tree.message = message;
  }

  busy<T>(work: () => Promise<T>): Thenable<T> {
    return vscode.window.withProgress({ location: { viewId: OUTLINE } }, work);
  }

  #filled(): Outline {
    this.#started ??= this.#outline(this);
    return this.#started;
  }

  dispose(): void {
    this.#store.dispose();
  }
}
