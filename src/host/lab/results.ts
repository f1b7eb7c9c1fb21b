// Results beside the notebook, under `.normlab/`: written when a cell ends, read when the notebook opens again.
// The folder ignores itself, so that results enter a repository only when somebody wants them there.

import * as vscode from 'vscode';
import type { CellOutput } from '../../protocol/messages.ts';
import type { LabCores } from '../cores.ts';

export interface Stored {
  /** null where the file cannot be used; `message` then says why. */
  readonly output: CellOutput | null;
  readonly message: string;
  readonly text: string | null;
}

export class Results {
  readonly #cores: () => LabCores;

  constructor(cores: () => LabCores) {
    this.#cores = cores;
  }

  /** `text`: what was written in the cell, where the hash alone cannot be made again without running anything. */
  async save(notebook: vscode.Uri, output: CellOutput, hash: string, text: string | null): Promise<void> {
    const { printSidecar, sidecarName } = this.#cores();
    const folder = this.#folder(notebook);
    await vscode.workspace.fs.createDirectory(folder);
    await this.#ignoreItself(notebook);
    const file = vscode.Uri.joinPath(folder, sidecarName(output.cell, hash));
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(printSidecar(output)));
    if (text !== null) await vscode.workspace.fs.writeFile(textFile(file), new TextEncoder().encode(text));
    await this.#removeOthers(folder, output.cell, hash);
  }

  /** What was stored for a cell, of this specification or the last one; null without any. */
  async load(notebook: vscode.Uri, cell: string): Promise<Stored | null> {
    const folder = this.#folder(notebook);
    const newest = (await this.#stored(folder, cell))[0];
    if (!newest) return null;
    const beside = await listIfThere(folder);
    const hasText = beside.some(([name]) => textFile(newest).path.endsWith(`/${name}`));
    const text = hasText ? await readText(textFile(newest)) : null;
    return { ...this.#cores().parseSidecar(await readText(newest)), text };
  }

  #folder(notebook: vscode.Uri): vscode.Uri {
    const name = notebook.path.split('/').at(-1) ?? '';
    return vscode.Uri.joinPath(notebook, '..', this.#cores().sidecarFolder(name));
  }

  /** One result a cell: an older specification's is replaced, not collected. */
  async #removeOthers(folder: vscode.Uri, cell: string, hash: string): Promise<void> {
    const { sidecarName } = this.#cores();
    for (const file of await this.#stored(folder, cell))
      if (!file.path.endsWith(`/${sidecarName(cell, hash)}`)) await this.#remove(folder, file);
  }

  async #remove(folder: vscode.Uri, file: vscode.Uri): Promise<void> {
    await vscode.workspace.fs.delete(file);
    for (const [name] of await listIfThere(folder))
      if (textFile(file).path.endsWith(`/${name}`)) await vscode.workspace.fs.delete(textFile(file));
  }

  /** Newest first. */
  async #stored(folder: vscode.Uri, cell: string): Promise<vscode.Uri[]> {
    const { hashOfSidecar } = this.#cores();
    const entries = await listIfThere(folder);
    const files = entries
      .filter(([name]) => hashOfSidecar(name, cell) !== null)
      .map(([name]) => vscode.Uri.joinPath(folder, name));
    const dated = await Promise.all(
      files.map(async (file) => ({ file, changed: (await vscode.workspace.fs.stat(file)).mtime })),
    );
    return dated.sort((a, b) => b.changed - a.changed).map(({ file }) => file);
  }

  async #ignoreItself(notebook: vscode.Uri): Promise<void> {
    const top = vscode.Uri.joinPath(notebook, '..', '.normlab');
    const entries = await listIfThere(top);
    if (entries.some(([name]) => name === '.gitignore')) return;
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(top, '.gitignore'), new TextEncoder().encode('*\n'));
  }
}

async function listIfThere(folder: vscode.Uri): Promise<readonly [string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return [];
    throw error;
  }
}

function textFile(result: vscode.Uri): vscode.Uri {
  return result.with({ path: result.path.replace(/\.json$/, '.txt') });
}

async function readText(file: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
}
