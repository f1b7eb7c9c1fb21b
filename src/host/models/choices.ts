// What a person has said of their models: which class of a file is meant, how it is made, what it is fed with. Kept
// for the workspace, by file and class, until it is changed or forgotten.

import type * as vscode from 'vscode';

export interface Choice {
  /** The class it is about. */
  readonly name: string;
  /** An expression that makes the model; null: as the code says. */
  readonly construct: string | null;
  /** An expression that makes its input; null: as the code says. */
  readonly input: string | null;
}

interface FileChoices {
  /** The class chosen last. */
  readonly name: string;
  readonly classes: Readonly<Record<string, Omit<Choice, 'name'>>>;
}

const KEY = 'normLab.models';

export class Choices {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** For the class of the file that was chosen last, or for the one named. */
  of(uri: vscode.Uri, name?: string): Choice | null {
    const file = this.#all()[uri.toString()];
    const wanted = name ?? file?.name;
    const kept = wanted === undefined ? undefined : file?.classes[wanted];
    return wanted === undefined || kept === undefined ? null : { name: wanted, ...kept };
  }

  async remember(uri: vscode.Uri, { name, construct, input }: Choice): Promise<void> {
    const all = this.#all();
    const classes = { ...all[uri.toString()]?.classes, [name]: { construct, input } };
    await this.#memory.update(KEY, { ...all, [uri.toString()]: { name, classes } });
  }

  async forget(uri: vscode.Uri): Promise<void> {
    const { [uri.toString()]: _, ...rest } = this.#all();
    await this.#memory.update(KEY, rest);
  }

  #all(): Readonly<Record<string, FileChoices>> {
    return this.#memory.get<Readonly<Record<string, FileChoices>>>(KEY, {});
  }
}
