// The model in front as a tree of its modules: follows the editor while the view is visible, and is read again when a
// Python file or a choice changes. What was shown stays until its successor is there. A reading that is under way is
// waited for rather than ended, so that the reader keeps what it knows; stopping ends it.

import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { type OutlineItem, outlineLine, outlineOf } from '../../graph/outline.ts';
import { isCancelled, isUserError } from '../failures.ts';
import { located } from '../model-reader.ts';
import type { OutlineView } from '../outline-view.ts';
import { REVEAL } from '../reveal.ts';
import type { Running } from '../running.ts';
import type { Models, Reading } from './models.ts';
import { inputRead } from './questions.ts';
import type { ModelSource } from './source.ts';

/** What a row stands for. */
export type OutlineNode =
  | { readonly kind: 'model'; readonly item: OutlineItem; readonly reading: Reading; readonly source: ModelSource }
  | { readonly kind: 'module'; readonly item: OutlineItem; readonly parent: OutlineNode }
  | { readonly kind: 'problem'; readonly text: string; readonly place: Parameters<typeof located>[0]['place'] }
  | { readonly kind: 'choose' };

const STATE = 'normLab.outlineState';
/** Codes of problems that another choice may put right. */
const CHOOSABLE = /^model\/(arguments|input|construct|several)$/;

export class Outline implements Disposable {
  readonly #models: Models;
  readonly #view: OutlineView;
  readonly #running: Running;
  readonly #listeners: vscode.Disposable[] = [];
  #source: ModelSource | null = null;
  #nodes: readonly OutlineNode[] = [];
  #busy: Promise<void> | null = null;
  #stale = false;

  constructor(models: Models, view: OutlineView, running: Running) {
    this.#models = models;
    this.#view = view;
    this.#running = running;
    const on = <T>(event: vscode.Event<T>, listener: (value: T) => void) => this.#listeners.push(event(listener));
    on(vscode.window.onDidChangeActiveTextEditor, () => this.follow());
    on(vscode.window.onDidChangeActiveNotebookEditor, () => this.follow());
    on(vscode.workspace.onDidSaveTextDocument, ({ languageId }) => {
      if (languageId === 'python') this.refresh();
    });
    on(vscode.workspace.onDidSaveNotebookDocument, () => this.refresh());
    on(vscode.workspace.onDidGrantWorkspaceTrust, () => this.refresh());
    on(models.onDidChoose, () => this.refresh());
    on(view.onDidShow, () => this.follow());
  }

  /** The file in front, where it is another one or has changed; the last one where there is none. */
  follow(): void {
    const front = this.#models.inFront();
    if (front === null || front.uri.toString() === this.#source?.uri.toString()) {
      if (this.#source === null) this.#show([], 'no-file');
      return;
    }
    this.#source = front;
    this.#readSoon();
  }

  /** Reads again; files it imports may have changed too. */
  refresh(): void {
    this.#models.forget();
    this.#readSoon();
  }

  #readSoon(): void {
    if (!this.#view.visible) {
      // Once it is seen.
      this.#source = null;
      return;
    }
    this.#source ??= this.#models.inFront();
    this.#stale = true;
    this.#busy ??= this.#readUntilCurrent().finally(() => {
      this.#busy = null;
    });
  }

  dispose(): void {
    for (const one of this.#listeners) one.dispose();
  }

  async #readUntilCurrent(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      const source = this.#source;
      if (source === null || !vscode.workspace.isTrusted) this.#show([], 'no-file');
      else await this.#read(source);
    }
  }

  async #read(source: ModelSource): Promise<void> {
    const abort = new AbortController();
    const running = this.#running.begin(() => abort.abort());
    if (this.#nodes.length === 0) this.#view.say(`Reading ${source.name} …`);
    try {
      const stopped = new Promise<'stopped'>((resolve) => {
        abort.signal.addEventListener('abort', () => resolve('stopped'));
      });
      const work = this.#models.reading(source, abort);
      const reading = await this.#view.busy(() => Promise.race([work, stopped]));
      // Another file has come to the front meanwhile: it is next.
      if (this.#source?.uri.toString() !== source.uri.toString()) return;
      if (reading === 'stopped') this.#show([], 'stopped');
      else if (reading === null || hasNoModel(reading)) this.#show([], 'no-model', source);
      else this.#show(nodesOf(reading, source), 'model', source);
    } catch (error) {
      if (isCancelled(error)) this.#show([], 'stopped');
      else if (isUserError(error)) this.#show([{ kind: 'problem', text: error.message, place: null }], 'model', source);
      else throw error;
    } finally {
      running.dispose();
    }
  }

  #show(nodes: readonly OutlineNode[], state: string, source?: ModelSource): void {
    this.#nodes = nodes;
    void vscode.commands.executeCommand('setContext', STATE, state);
    this.#view.say('');
    this.#view.show(source?.name ?? '');
  }

  // Rows.

  childrenOf(node: OutlineNode | undefined): readonly OutlineNode[] {
    if (node === undefined) return this.#nodes;
    if (node.kind !== 'model' && node.kind !== 'module') return [];
    return node.item.children.map((item) => ({ kind: 'module', item, parent: node }));
  }

  rows(nodes: readonly OutlineNode[] = this.#nodes): readonly vscode.TreeItem[] {
    return nodes.flatMap((node) => [this.rowOf(node), ...this.rows(this.childrenOf(node))]);
  }

  rowOf(node: OutlineNode): vscode.TreeItem {
    switch (node.kind) {
      case 'model':
        return modelRow(node);
      case 'module':
        return moduleRow(node.item);
      case 'problem':
        return problemRow(node);
      case 'choose': {
        const row = new vscode.TreeItem('Choose Class, Arguments and Input…');
        row.iconPath = new vscode.ThemeIcon('settings-gear');
        row.command = { command: 'normLab.chooseModel', title: 'Choose' };
        return row;
      }
      default:
        return node satisfies never;
    }
  }
}

function hasNoModel({ result: { graph, problems } }: Reading): boolean {
  return graph === null && problems.every(({ code }) => code === 'model/none');
}

function nodesOf(reading: Reading, source: ModelSource): readonly OutlineNode[] {
  const { graph, problems } = reading.result;
  const item = graph && outlineOf(graph);
  const told = problems.map((problem): OutlineNode => {
    return { kind: 'problem', text: located(problem), place: problem.place };
  });
  const choose: OutlineNode[] = problems.some(({ code }) => CHOOSABLE.test(code)) ? [{ kind: 'choose' }] : [];
  return item ? [{ kind: 'model', item, reading, source }, ...told] : [...told, ...choose];
}

function modelRow({ item, reading: { result, choice } }: OutlineNode & { kind: 'model' }): vscode.TreeItem {
  const row = new vscode.TreeItem(result.graph?.construct ?? item.class, vscode.TreeItemCollapsibleState.Expanded);
  const input = inputRead(result);
  const parameters = item.parameters.toLocaleString('en');
  row.id = 'model';
  row.description = `${parameters} parameters · ${input}`;
  row.iconPath = new vscode.ThemeIcon('symbol-class');
  row.contextValue = 'normLab.model';
  const byWhom = choice === null ? 'As the code says.' : 'As chosen; *Norm Lab: Choose Model…* changes it.';
  row.tooltip = new vscode.MarkdownString(
    [
      `**${item.class}**, ${parameters} parameters`,
      `made as \`${result.graph?.construct ?? ''}\``,
      `input ${result.input}`,
      byWhom,
    ].join('\n\n'),
  );
  row.accessibilityInformation = { label: `Model ${item.class}, ${parameters} parameters, input ${input}` };
  return withPlace(row, item.place);
}

function moduleRow(item: OutlineItem): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const deep = item.path.includes('.');
  const row = new vscode.TreeItem(item.name, item.children.length === 0 ? None : deep ? Collapsed : Expanded);
  row.id = item.path;
  row.description = outlineLine(item);
  row.iconPath = new vscode.ThemeIcon(icon(item));
  row.tooltip = new vscode.MarkdownString(
    item.detail || `**${item.class}** \`${item.path}\`: ${item.parameters.toLocaleString('en')} parameters`,
  );
  row.accessibilityInformation = { label: `${item.path}, ${outlineLine(item, { spoken: true })}` };
  return withPlace(row, item.place);
}

function icon({ layer, calls }: OutlineItem): string {
  if (!layer) return 'symbol-namespace';
  return calls === 0 ? 'circle-slash' : 'symbol-field';
}

function problemRow({ text, place }: OutlineNode & { kind: 'problem' }): vscode.TreeItem {
  const row = new vscode.TreeItem(text.replaceAll('`', ''));
  row.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  row.tooltip = new vscode.MarkdownString(text);
  return withPlace(row, place);
}

function withPlace(row: vscode.TreeItem, place: OutlineItem['place']): vscode.TreeItem {
  if (place) row.command = { command: REVEAL, title: 'Go to Line', arguments: [place] };
  return row;
}
