// The page of a rule or a verdict, as it ships with the extension: rendered where the Markdown preview is
// there, as text otherwise. Nothing is fetched.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Failures } from './failures.ts';

export const RULE_PAGE_COMMAND = 'normLab.openRulePage';
const SCHEME = 'normlab-page';
const PREVIEW = 'markdown.showPreview';

/** A rule or verdict, and where its page is under dist/. */
export interface Page {
  /** `NL101`. */
  readonly code: string;
  readonly name: string;
  readonly title: string;
  readonly file: string;
}

/** A link that a diagnostic's code can carry; works offline. */
export function rulePageLink(code: string): vscode.Uri {
  return vscode.Uri.parse(`command:${RULE_PAGE_COMMAND}?${encodeURIComponent(JSON.stringify([code]))}`);
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
    const page = this.#find(code);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${page.code} ${page.name}.md`, query: page.file });
    const commands = await vscode.commands.getCommands(true);
    if (commands.includes(PREVIEW)) await vscode.commands.executeCommand(PREVIEW, uri);
    else await vscode.window.showTextDocument(uri, { preview: true });
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
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#dist, uri.query));
    return new TextDecoder().decode(bytes);
  }
}
