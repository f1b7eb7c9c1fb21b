// What the editor says about the file in front: the title icon where it defines a model, and the language
// status where it uses PyTorch. Other Python files show nothing at all.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Checked, Documents } from './documents.ts';

export class Status implements Disposable {
  readonly #documents: Documents;
  readonly #store = new DisposableStore();
  #item: vscode.LanguageStatusItem | null = null;

  constructor(documents: Documents) {
    this.#documents = documents;
    this.#store.add(documents.onDidCheck(() => this.#update()));
    this.#store.add(vscode.window.onDidChangeActiveTextEditor(() => this.#update()));
  }

  dispose(): void {
    this.#item?.dispose();
    this.#store.dispose();
  }

  #update(): void {
    const document = vscode.window.activeTextEditor?.document;
    const checked = document && this.#documents.latest(document);
    const facts = checked?.text.facts;
    const hasModule = facts?.classes.all.some(({ isModule }) => isModule) ?? false;
    void vscode.commands.executeCommand('setContext', 'normLab.fileHasModule', hasModule);
    if (checked && facts?.usesTorch) this.#show(checked);
    else this.#hide();
  }

  #show({ text }: Checked): void {
    this.#item ??= createItem();
    const count = text.findings.length;
    this.#item.text = count === 0 ? '$(check) Norm Lab' : `$(beaker) ${count} pitfall${count === 1 ? '' : 's'}`;
    this.#item.detail = count === 0 ? 'No pitfalls in this file' : 'Norm Lab';
  }

  #hide(): void {
    this.#item?.dispose();
    this.#item = null;
  }
}

function createItem(): vscode.LanguageStatusItem {
  const item = vscode.languages.createLanguageStatusItem('normLab.status', { language: 'python' });
  item.name = 'Norm Lab';
  item.command = { command: 'normLab.showMenu', title: 'Commands' };
  return item;
}
