// The bundles that activation leaves alone: the analyzer, loaded with the first Python file; the lab, loaded with
// the first notebook or observed model; and what reads and shows models, loaded when one is first asked for.

import { createRequire } from 'node:module';
import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import type * as lab from './lab/cores.ts';
import type * as language from './language.ts';
import type * as models from './models/parts.ts';
import type { Page } from './rule-page.ts';

export type LabCores = typeof lab;

export class Cores implements Disposable {
  readonly #dist: vscode.Uri;
  #parser: Promise<language.PythonParser> | undefined;

  constructor(dist: vscode.Uri) {
    this.#dist = dist;
  }

  get analyzer(): typeof language {
    return this.#load('language.cjs') as typeof language;
  }

  get lab(): LabCores {
    return this.#load('lab.cjs') as LabCores;
  }

  get models(): typeof models {
    return this.#load('models.cjs') as typeof models;
  }

  /** Every rule's page, and those of the verdicts that no rule has a page for. */
  get pages(): readonly Page[] {
    const { rules } = this.analyzer;
    const measured = this.lab.verdicts.filter(({ code }) => rules.every((rule) => rule.code !== code));
    return [...rules, ...measured].map(({ code, name, title }) => ({ code, name, title, file: `pages/${name}.md` }));
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
    return this.analyzer.createParser({ runtime, grammar });
  }

  /** Node keeps what it has loaded, so asking again costs a look-up. */
  #load(name: string): unknown {
    const script = vscode.Uri.joinPath(this.#dist, name).fsPath;
    return createRequire(script)(script);
  }
}
