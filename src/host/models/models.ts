// Models of the workspace, read: how each is made and fed by what a person chose, else by what the code says, else by
// asking once. What was read is kept until its text or a choice changes.

import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { Cancelled, UserError } from '../../base/errors.ts';
import type { ReadResult } from '../../protocol/messages.ts';
import { type Documents, isCheckable } from '../documents.ts';
import { type ModelReader, type ReadModel, whole } from '../model-reader.ts';
import type { Notebooks } from '../notebooks.ts';
import { type Choice, Choices } from './choices.ts';
import { Dialog, isUndecided, type Settled } from './dialog.ts';
import { LayerHover } from './layer-hover.ts';
import { type CheckedSource, documentSource, type ModelSource, notebookSource } from './source.ts';

export interface ModelParts {
  readonly documents: Documents;
  readonly notebooks: Notebooks;
  readonly reader: ModelReader;
  readonly memory: vscode.Memento;
}

/** What was read, and by whose word. */
export interface Reading {
  readonly result: ReadResult;
  /** null where the code alone said it all. */
  readonly choice: Choice | null;
}

interface Known {
  readonly version: number;
  readonly reading: Promise<Reading>;
}

export class Models implements Disposable {
  readonly hover: LayerHover;
  readonly #documents: Documents;
  readonly #notebooks: Notebooks;
  readonly #reader: ModelReader;
  readonly #choices: Choices;
  readonly #known = new Map<string, Known>();
  readonly #chosen = new vscode.EventEmitter<ModelSource>();
  readonly #forgets: readonly vscode.Disposable[];
  #last: ModelSource | null = null;
  /** After a choice has changed. */
  readonly onDidChoose = this.#chosen.event;

  constructor({ documents, notebooks, reader, memory }: ModelParts) {
    this.#documents = documents;
    this.#notebooks = notebooks;
    this.#reader = reader;
    this.#choices = new Choices(memory);
    this.hover = new LayerHover(this);
    this.#forgets = [
      documents.onDidForget((uri) => this.#known.delete(uri.toString())),
      vscode.workspace.onDidCloseNotebookDocument(({ uri }) => this.#known.delete(uri.toString())),
    ];
  }

  /** The Python file or notebook in front; null where there is none. */
  inFront(): ModelSource | null {
    const active = vscode.window.activeTextEditor?.document;
    if (active && isCheckable(active)) return documentSource(active, this.#documents);
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    return notebook?.notebookType === 'jupyter-notebook' ? notebookSource(notebook, this.#notebooks) : null;
  }

  ofDocument(document: vscode.TextDocument): ModelSource {
    return documentSource(document, this.#documents);
  }

  /** Asks nobody. The same promise for the same text; null where the text has nothing of PyTorch. */
  async reading(
    source: ModelSource,
    { signal }: { readonly signal: AbortSignal } = new AbortController(),
  ): Promise<Reading | null> {
    const checked = await source.check();
    if (!checked?.text.facts.usesTorch) return null;
    const key = source.uri.toString();
    const known = this.#known.get(key);
    if (known?.version === source.version) return known.reading;
    const reading = this.#readByChoice(source, checked, signal);
    this.#known.set(key, { version: source.version, reading });
    // A thread that was ended is no property of the text.
    reading.catch(() => this.#known.delete(key));
    return reading;
  }

  /** Files may have changed that models import. */
  forget(): void {
    this.#known.clear();
  }

  /** For training: asks what neither the code nor an earlier answer says. */
  async read(source: ModelSource, checked: CheckedSource, signal: AbortSignal): Promise<ReadModel> {
    let { result, choice } = await this.#readByChoice(source, checked, signal);
    const open = choice === null && checked.text.hints.construct === null && severalModels(result);
    if (isUndecided(result) || open) {
      const { classes } = result;
      const made = await this.#ask(source, checked, result, { onlyOpen: true, signal });
      if (made === null) throw new Cancelled();
      choice = made.choice;
      result = { ...made.result, classes };
    }
    const { graph, input } = whole(result);
    return { graph, input: choice?.input === null || choice === null ? input : `${input}, as chosen` };
  }

  /** The command: every question, with what is used now. */
  async choose(): Promise<void> {
    const source = this.inFront() ?? this.#last;
    const checked = source && (await source.check());
    if (!source || !checked) {
      const message = 'There is no Python file or notebook in front; open the one that defines the model, then choose.';
      throw new UserError('choose/no-file', message);
    }
    const { signal } = new AbortController();
    const options = { location: vscode.ProgressLocation.Window, title: `Reading ${source.name}` };
    const { result } = await vscode.window.withProgress(options, () => this.#readByChoice(source, checked, signal));
    if (result.classes.length === 0) whole(result);
    await this.#ask(source, checked, result, { onlyOpen: false, signal });
  }

  dispose(): void {
    this.#chosen.dispose();
    for (const one of this.#forgets) one.dispose();
  }

  async #readByChoice(source: ModelSource, checked: CheckedSource, signal: AbortSignal): Promise<Reading> {
    this.#last = source;
    const choice = this.#choices.of(source.uri);
    const result = await this.#readAs(source, checked, choice, signal);
    const gone = choice !== null && result.classes.every(({ name }) => name !== choice.name);
    if (!gone || result.classes.length === 0) return { result, choice };
    // The class it was about has another name now, or is gone.
    return { result: await this.#readAs(source, checked, null, signal), choice: null };
  }

  async #readAs(
    source: ModelSource,
    checked: CheckedSource,
    choice: Choice | null,
    signal: AbortSignal,
  ): Promise<ReadResult> {
    const construct = choice?.construct ?? checked.text.hints.construct;
    const sources = await source.sources(checked);
    const request = { ...sources, construct, input: choice?.input ?? null };
    return source.placed(await this.#reader.readSources(request, signal), checked);
  }

  /** null where a question was not answered. */
  async #ask(
    source: ModelSource,
    checked: CheckedSource,
    before: ReadResult,
    { onlyOpen, signal }: { readonly onlyOpen: boolean; readonly signal: AbortSignal },
  ): Promise<Settled | null> {
    const settled = await new Dialog({
      about: source.name,
      before,
      onlyOpen,
      byCode: checked.text.hints.construct,
      chosen: (name) => this.#choices.of(source.uri, name),
      read: (choice) => this.#readAs(source, checked, choice, signal),
    }).run();
    if (settled) await this.#remember(source, settled.choice);
    return settled;
  }

  async #remember(source: ModelSource, choice: Choice): Promise<void> {
    const nothing = choice.construct === null && choice.input === null;
    await (nothing ? this.#choices.forget(source.uri) : this.#choices.remember(source.uri, choice));
    this.#known.delete(source.uri.toString());
    this.#chosen.fire(source);
  }
}

function severalModels({ classes }: ReadResult): boolean {
  return classes.filter(({ usedBy }) => usedBy.length === 0).length > 1;
}
