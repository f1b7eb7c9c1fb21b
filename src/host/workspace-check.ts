// *Check Workspace* and *Check Changed Files*: files that are not open, checked one after the other with progress and
// a way to stop. What is found stands in Problems until the next such check; a file that is opened is its editor's.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Configs } from './configs.ts';
import type { Cores } from './cores.ts';
import { SOURCE, toDiagnostic } from './diagnostics.ts';
import type { Documents } from './documents.ts';
import type { Failures } from './failures.ts';
import { listPython, type Neighborhood, readText } from './neighborhood.ts';
import { shownDocument } from './shown.ts';

/** What of the built-in Git extension is asked. */
interface GitExtension {
  getAPI(version: 1): {
    readonly repositories: readonly {
      readonly state: Readonly<Record<'workingTreeChanges' | 'indexChanges', readonly { readonly uri: vscode.Uri }[]>>;
    }[];
  };
}

export class WorkspaceCheck implements Disposable {
  readonly #cores: Cores;
  readonly #configs: Configs;
  readonly #neighborhood: Neighborhood;
  readonly #failures: Failures;
  readonly #store = new DisposableStore();
  readonly #collection = this.#store.add(vscode.languages.createDiagnosticCollection(`${SOURCE} workspace`));

  constructor(cores: Cores, configs: Configs, neighborhood: Neighborhood, documents: Documents, failures: Failures) {
    this.#cores = cores;
    this.#configs = configs;
    this.#neighborhood = neighborhood;
    this.#failures = failures;
    this.#store.add(documents.onDidCheck(({ uri }) => this.#collection.delete(uri)));
  }

  dispose(): void {
    this.#store.dispose();
  }

  async checkWorkspace(): Promise<void> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.length === 0)
      throw new UserError('check/no-folder', 'There is no folder in this window; open one and check again.');
    const files: vscode.Uri[] = [];
    for (const { uri } of folders) for (const path of await listPython(uri)) files.push(vscode.Uri.joinPath(uri, path));
    await this.#check(files);
  }

  async checkChanged(): Promise<void> {
    const git = vscode.extensions.getExtension<GitExtension>('vscode.git');
    if (!git) throw new UserError('check/no-git', 'Changed files are asked of the Git extension, which is not there.');
    const { repositories } = (await git.activate()).getAPI(1);
    if (repositories.length === 0)
      throw new UserError(
        'check/no-repository',
        'There is no Git repository in this window; *Check Workspace* needs none.',
      );
    const changes = repositories.flatMap(({ state }) => [...state.workingTreeChanges, ...state.indexChanges]);
    const files = new Map(changes.map(({ uri }) => [uri.toString(), uri]));
    await this.#check([...files.values()].filter(({ path }) => path.endsWith('.py')));
  }

  async #check(files: readonly vscode.Uri[]): Promise<void> {
    this.#collection.clear();
    const title = 'Norm Lab: checking';
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    const started = performance.now();
    const { done, found } = await vscode.window.withProgress(options, (progress, cancel) =>
      this.#checkAll(files, progress, cancel),
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const stopped =
      done < files.length ? `stopped at ${done} of ${files.length} files` : `${done} files in ${seconds} s`;
    const pitfalls = found === 0 ? 'No pitfalls' : `${found} pitfall${found === 1 ? '' : 's'}`;
    void vscode.window.showInformationMessage(`${pitfalls}; ${stopped}.`);
    if (found > 0) await vscode.commands.executeCommand('workbench.actions.view.problems');
  }

  async #checkAll(
    files: readonly vscode.Uri[],
    progress: vscode.Progress<{ message?: string; increment?: number }>,
    cancel: vscode.CancellationToken,
  ): Promise<{ readonly done: number; readonly found: number }> {
    const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
    const checkOne = this.#failures.guardQuietly('check a file', (uri: vscode.Uri) => this.#checkOne(uri));
    let done = 0;
    let found = 0;
    for (const uri of files) {
      if (cancel.isCancellationRequested) break;
      // Files that are open have their findings already.
      if (!open.has(uri.toString())) found += (await checkOne(uri)) ?? 0;
      done++;
      progress.report({ message: `${done} of ${files.length} files`, increment: 100 / files.length });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { done, found };
  }

  async #checkOne(uri: vscode.Uri): Promise<number> {
    const source = await readText(uri);
    if (source === null) return 0;
    const [parser, held] = await Promise.all([this.#cores.parser(), this.#configs.of(uri)]);
    const { checkText, importsIn } = this.#cores.analyzer;
    if (held.root) {
      this.#neighborhood.of(parser, held.root, held.path);
      await this.#neighborhood.follow(held.root, held.path, importsIn(source));
    }
    const neighbors = held.root ? this.#neighborhood.of(parser, held.root, held.path) : undefined;
    const text = checkText(parser, source, held.path, held.settings, undefined, neighbors);
    const shown = shownDocument({ uri, version: 0, text, held });
    const diagnostics = shown.findings.map((finding) => toDiagnostic(finding, shown));
    text.dispose();
    if (diagnostics.length > 0) this.#collection.set(uri, diagnostics);
    return diagnostics.length;
  }
}
