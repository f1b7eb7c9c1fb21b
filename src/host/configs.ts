// Which configuration holds for a document: the nearest file's, found by walking up from its folder to the one with
// `.git`, and the editor's settings on top. Files are read once and again when they change; what is wrong in one is
// shown there. Nothing is watched until the first Python file is checked.

import * as vscode from 'vscode';
import type { Config, ConfigLayer } from '../analysis/config.ts';
import type { Settings } from '../analysis/settings.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Finding } from '../base/finding.ts';
import { LineMap } from '../base/text.ts';
import type { Cores } from './cores.ts';
import { toRange } from './ranges.ts';
import { lintLayer } from './settings.ts';

const SOURCE = 'norm lab';

export interface HeldConfig {
  readonly config: Config;
  /** The project's folder; null for what stands in none. */
  readonly root: vscode.Uri | null;
  /** The document's path as patterns and rules see it. */
  readonly path: string;
  /** What holds; where the document is excluded, nothing is reported. */
  readonly settings: Settings;
}

interface Found {
  readonly layer: ConfigLayer | null;
  /** What patterns are relative to. */
  readonly root: vscode.Uri | null;
}

const NOTHING: Found = { layer: null, root: null };

export class Configs implements Disposable {
  readonly #cores: Cores;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #faults = this.#store.add(vscode.languages.createDiagnosticCollection(`${SOURCE} configuration`));
  readonly #found = new Map<string, Promise<Found>>();
  #watching = false;

  readonly onDidChange = this.#changed.event;

  constructor(cores: Cores) {
    this.#cores = cores;
  }

  dispose(): void {
    this.#store.dispose();
  }

  async of(uri: vscode.Uri): Promise<HeldConfig> {
    this.#watch();
    const { layer, root } = uri.scheme === 'untitled' ? NOTHING : await this.#search(vscode.Uri.joinPath(uri, '..'));
    const top = lintLayer(uri);
    const config = layer ? [layer, top] : [top];
    const base = root ?? vscode.workspace.getWorkspaceFolder(uri)?.uri ?? null;
    const path = relativePath(uri, base);
    const { settingsFor } = this.#cores.analyzer;
    return {
      config,
      root: base,
      path,
      settings: settingsFor(config, path) ?? { select: [], ignore: ['ALL'], severities: {} },
    };
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const watcher = this.#store.add(vscode.workspace.createFileSystemWatcher('**/{normlab,pyproject}.toml'));
    const forget = () => {
      this.#found.clear();
      this.#faults.clear();
      this.#changed.fire();
    };
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) this.#store.add(event(forget));
  }

  #search(folder: vscode.Uri): Promise<Found> {
    const key = folder.toString();
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#read(folder);
    this.#found.set(key, found);
    return found;
  }

  async #read(folder: vscode.Uri): Promise<Found> {
    const { CONFIG_FILES, readConfig, rules } = this.#cores.analyzer;
    for (const name of CONFIG_FILES) {
      const file = vscode.Uri.joinPath(folder, name);
      const text = await textOf(file);
      if (text === null) continue;
      const { layer, problems } = readConfig(text, vscode.workspace.asRelativePath(file), rules);
      this.#show(file, text, problems);
      if (layer) return { layer, root: folder };
    }
    if (await exists(vscode.Uri.joinPath(folder, '.git'))) return { layer: null, root: folder };
    const parent = vscode.Uri.joinPath(folder, '..');
    return parent.path === folder.path ? NOTHING : this.#search(parent);
  }

  #show(file: vscode.Uri, text: string, problems: readonly Finding[]): void {
    const lines = new LineMap(text);
    const diagnostics = problems.map(({ span, message, rule }) => {
      const diagnostic = new vscode.Diagnostic(toRange(lines, span), message, vscode.DiagnosticSeverity.Error);
      diagnostic.source = SOURCE;
      diagnostic.code = rule;
      return diagnostic;
    });
    this.#faults.set(file, diagnostics);
  }
}

/** As the command line names it, run in the workspace's folder. */
function relativePath(uri: vscode.Uri, base: vscode.Uri | null): string {
  const prefix = base ? `${base.path.replace(/\/$/, '')}/` : '';
  return base && uri.path.startsWith(prefix) ? uri.path.slice(prefix.length) : uri.path.replace(/^.*\//, '');
}

async function textOf(file: vscode.Uri): Promise<string | null> {
  return (await exists(file)) ? new TextDecoder().decode(await vscode.workspace.fs.readFile(file)) : null;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    // A folder that may not be looked into has no configuration for us either.
    if (error instanceof vscode.FileSystemError) return false;
    throw error;
  }
}
