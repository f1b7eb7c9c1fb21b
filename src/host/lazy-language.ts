// The analyzer and the lab's cores, loaded with the first Python file or lab notebook, never at activation.

import { createRequire } from 'node:module';
import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import type * as language from './language.ts';
import type { Page } from './rule-page.ts';

export type Language = typeof language;

export class LazyLanguage implements Disposable {
  readonly #dist: vscode.Uri;
  readonly #script: string;
  #parser: Promise<language.PythonParser> | undefined;

  constructor(dist: vscode.Uri) {
    this.#dist = dist;
    this.#script = vscode.Uri.joinPath(dist, 'language.cjs').fsPath;
  }

  get cores(): Language {
    return createRequire(this.#script)(this.#script) as Language;
  }

  /** Every rule's page. */
  get pages(): readonly Page[] {
    return this.cores.rules.map(({ code, name, title }) => ({ code, name, title, file: `pages/${name}.md` }));
  }

  parser(): Promise<language.PythonParser> {
    this.#parser ??= this.#createParser();
    return this.#parser;
  }

  dispose(): void {
    void this.#parser?.then((parser) => parser.dispose());
  }

  async #createParser(): Promise<language.PythonParser> {
    const read = (name: string) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#dist, name));
    const [runtime, grammar] = await Promise.all([read('web-tree-sitter.wasm'), read('tree-sitter-python.wasm')]);
    return this.cores.createParser({ runtime, grammar });
  }
}
