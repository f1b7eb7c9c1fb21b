// One record for each open Python document: its version, its tree, what was found. Checked 250 ms after the
// last key or on saving, incrementally; a result whose version has passed is dropped, and what is shown stays
// until its successor is there, so nothing flickers.

import * as vscode from 'vscode';
import type { Checked as CheckedText } from '../analysis/check-text.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { TrainingHints } from '../base/hints.ts';
import type { Configs, HeldConfig } from './configs.ts';
import type { Cores } from './cores.ts';
import type { Failures } from './failures.ts';
import type { Neighborhood } from './neighborhood.ts';
import { lintSettings } from './settings.ts';

const TYPING_PAUSE = 250;
/** Larger files are data more often than programs. */
const MAX_LENGTH = 1 << 20;
/** Copies of a document that other views show: a diff's left side, a notebook's cell, an output. */
const FOREIGN_SCHEMES = new Set(['git', 'output', 'vscode-notebook-cell', 'vscode-scm', 'comment', 'search-editor']);

export interface Checked {
  readonly uri: vscode.Uri;
  readonly version: number;
  readonly text: CheckedText;
  readonly held: HeldConfig;
}

export class Documents implements Disposable {
  readonly #cores: Cores;
  readonly #configs: Configs;
  readonly #neighborhood: Neighborhood;
  readonly #store = new DisposableStore();
  readonly #records = new Map<string, Checked>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #checked = this.#store.add(new vscode.EventEmitter<Checked>());
  readonly #forgotten = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #checkQuietly: (document: vscode.TextDocument) => Promise<Checked | undefined>;

  readonly onDidCheck = this.#checked.event;
  readonly onDidForget = this.#forgotten.event;

  constructor(cores: Cores, configs: Configs, neighborhood: Neighborhood, failures: Failures) {
    this.#cores = cores;
    this.#configs = configs;
    this.#neighborhood = neighborhood;
    this.#checkQuietly = failures.guardQuietly('check a Python file', (document) => this.check(document));
    const on = <T>(event: vscode.Event<T>, listener: (value: T) => void) => this.#store.add(event(listener));
    on(vscode.workspace.onDidOpenTextDocument, (document) => this.#opened(document));
    on(vscode.workspace.onDidChangeTextDocument, ({ document, contentChanges }) => {
      if (contentChanges.length > 0) this.#changed(document);
    });
    on(vscode.workspace.onDidSaveTextDocument, (document) => this.#saved(document));
    on(vscode.workspace.onDidCloseTextDocument, (document) => this.#closed(document));
    on(vscode.workspace.onDidChangeConfiguration, (change) => {
      if (change.affectsConfiguration('normLab.lint')) this.#settingsChanged();
    });
    on(configs.onDidChange, () => this.#settingsChanged());
    on(neighborhood.onDidChange, () => this.#neighborsChanged());
  }

  /** Checks what was open before this began to listen. */
  start(): void {
    for (const document of vscode.workspace.textDocuments) this.#opened(document);
  }

  /** The result for the document as it is now; undefined where it is not known yet. */
  current(document: vscode.TextDocument): Checked | undefined {
    const record = this.#records.get(document.uri.toString());
    return record?.version === document.version ? record : undefined;
  }

  /** The last result, also while a newer one is being waited for. */
  latest(document: vscode.TextDocument): Checked | undefined {
    return this.#records.get(document.uri.toString());
  }

  /** Now, without waiting for a pause; the known result where it is of this version. */
  async check(document: vscode.TextDocument): Promise<Checked | undefined> {
    const known = this.current(document);
    if (known) return known;
    if (!isCheckable(document)) return undefined;
    const [parser, held] = await Promise.all([this.#cores.parser(), this.#configs.of(document.uri)]);
    // Loading may have taken a while; from here to the end nothing else runs.
    if (document.isClosed || this.#store.disposed) return undefined;
    const key = document.uri.toString();
    this.#stopWaiting(key);
    const again = this.current(document);
    if (again) return again;
    const previous = this.#records.get(key);
    const { uri, version } = document;
    const { checkText } = this.#cores.analyzer;
    const neighbors = held.root ? this.#neighborhood.of(parser, held.root, held.path) : undefined;
    const text = checkText(parser, document.getText(), held.path, held.settings, previous?.text, neighbors);
    const checked: Checked = { uri, version, text, held };
    this.#records.set(key, checked);
    previous?.text.dispose();
    this.#checked.fire(checked);
    if (text.facts.usesTorch) void this.#follow(document, checked);
    return checked;
  }

  /** What a file, which need not be open, says about training. */
  async hintsOf(uri: vscode.Uri): Promise<TrainingHints> {
    const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
    const text = open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    const [parser, held] = await Promise.all([this.#cores.parser(), this.#configs.of(uri)]);
    const checked = this.#cores.analyzer.checkText(parser, text, held.path, held.settings);
    checked.dispose();
    return checked.hints;
  }

  /** Checks again once what the file imports is known, where something of it was not. */
  async #follow(document: vscode.TextDocument, { held, text }: Checked): Promise<void> {
    if (!held.root) return;
    const more = await this.#neighborhood.follow(held.root, held.path, text.facts.names.imports);
    if (more) this.#recheck(document);
  }

  #recheck(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    const record = this.#records.get(key);
    if (!record || document.isClosed) return;
    // Of no version: what is shown stays until its successor is there.
    this.#records.set(key, { ...record, version: -1 });
    void this.#checkQuietly(document);
  }

  #neighborsChanged(): void {
    for (const document of vscode.workspace.textDocuments) this.#recheck(document);
  }

  dispose(): void {
    for (const key of [...this.#waiting.keys()]) this.#stopWaiting(key);
    for (const { text } of this.#records.values()) text.dispose();
    this.#records.clear();
    this.#store.dispose();
  }

  #opened(document: vscode.TextDocument): void {
    if (isCheckable(document)) void this.#checkQuietly(document);
  }

  #changed(document: vscode.TextDocument): void {
    if (!isCheckable(document) || lintSettings(document.uri).run === 'onSave') return;
    const key = document.uri.toString();
    this.#stopWaiting(key);
    const timer = setTimeout(() => {
      this.#waiting.delete(key);
      void this.#checkQuietly(document);
    }, TYPING_PAUSE);
    this.#waiting.set(key, timer);
  }

  #saved(document: vscode.TextDocument): void {
    if (isCheckable(document)) void this.#checkQuietly(document);
  }

  #closed(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    this.#stopWaiting(key);
    const record = this.#records.get(key);
    if (!record) return;
    this.#records.delete(key);
    record.text.dispose();
    this.#forgotten.fire(document.uri);
  }

  #settingsChanged(): void {
    for (const document of vscode.workspace.textDocuments) {
      this.#closed(document);
      this.#opened(document);
    }
  }

  #stopWaiting(key: string): void {
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
  }
}

export function isCheckable(document: vscode.TextDocument): boolean {
  return (
    document.languageId === 'python' &&
    !FOREIGN_SCHEMES.has(document.uri.scheme) &&
    document.getText().length <= MAX_LENGTH
  );
}
