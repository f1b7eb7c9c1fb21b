// The page of a rule or a verdict, as it ships with the extension: rendered by the Markdown preview.
// Nothing is fetched.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Failures } from './failures.ts';

export const RULE_PAGE_COMMAND = 'normLab.openRulePage';
/** package.json associates it with the Markdown preview, so that any link to it opens a rendered page. */
const SCHEME = 'normlab-page';

/** A rule or verdict, and where its page is under dist/. */
export interface Page {
  /** `NL101`. */
  readonly code: string;
  readonly name: string;
  readonly title: string;
  readonly file: string;
}

/** Where a diagnostic's code leads. Not a command: not every place that shows such a link runs commands. */
export function rulePage({ code, name }: Pick<Page, 'code' | 'name'>): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${code} ${name}.md` });
}

export class RulePages implements Disposable {
  readonly #dist: vscode.Uri;
  readonly #pages: () => readonly Page[];
  readonly #store = new DisposableStore();

  constructor(dist: vscode.Uri, pages: () => readonly Page[], failures: Failures) {
    this.#dist = dist;
    this.#pages = pages;
    const provideTextDocumentContent = failures.guardQuietly('read a page', (uri: vscode.Uri) => this.#text(uri));
    this.#store.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent }));
  }

  dispose(): void {
    this.#store.dispose();
  }

  async open(code: string): Promise<void> {
    await vscode.commands.executeCommand('vscode.open', rulePage(this.#find(code)));
  }

  /** Asks which. */
  async pick(): Promise<void> {
    const items = this.#pages().map(({ code, name, title }) => ({ label: code, description: name, detail: title }));
    const picked = await vscode.window.showQuickPick(items, {
      placeHolder: 'Which rule?',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (picked) await this.open(picked.label);
  }

  #find(code: string): Page {
    const page = this.#pages().find((one) => one.code === code);
    if (page) return page;
    const known = this.#pages().map((one) => one.code);
    throw new UserError('rules/unknown', `There is no page for \`${code}\`; there are ${known.join(', ')}.`);
  }

  async #text(uri: vscode.Uri): Promise<string> {
    const { file } = this.#find(codeOf(uri));
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#dist, file));
    return new TextDecoder().decode(bytes);
  }
}

function codeOf(uri: vscode.Uri): string {
  return uri.path.slice(1).split(' ')[0] ?? '';
}
