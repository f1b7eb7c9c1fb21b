// The workspace's Python files as neighbors of those that are open. A file that is checked names what it imports;
// those files, and what they import in turn, are read in the background, one at a time, and the open file is checked
// again when they are known. File events keep what was read current. Nothing is read that nobody imports.

import * as vscode from 'vscode';
import type { Summaries } from '../analysis/summaries.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Neighbors } from '../facts/summary.ts';
import type { Cores } from './cores.ts';
import type { Failures } from './failures.ts';
import type { PythonParser } from './language.ts';

const SKIPPED = new Set(['node_modules', '__pycache__', 'site-packages', 'dist', 'build']);
const MAX_LISTED = 20_000;
/** Files read for one open file; a program that imports more is known in part. */
const MAX_READ = 300;
const MAX_BYTES = 1 << 20;
/** A burst of file events is one change. */
const SETTLING = 300;

/** One project folder. */
interface Root {
  readonly uri: vscode.Uri;
  /** Every Python file below; null until it was listed. */
  files: Set<string> | null;
  readonly texts: Map<string, string | null>;
  readonly summaries: Summaries;
}

export class Neighborhood implements Disposable {
  readonly #cores: Cores;
  readonly #store = new DisposableStore();
  readonly #roots = new Map<string, Root>();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #load: (root: Root, path: string, imports: readonly string[]) => Promise<boolean | undefined>;
  readonly #touchQuietly: (uri: vscode.Uri, exists: boolean) => Promise<void>;
  #watching = false;
  #settling: NodeJS.Timeout | undefined;

  /** What is known of files that open ones import is no longer what it was. */
  readonly onDidChange = this.#changed.event;

  constructor(cores: Cores, failures: Failures) {
    this.#cores = cores;
    this.#load = failures.guardQuietly('read what a file imports', (root, path, imports) =>
      this.#loadAll(root, path, imports),
    );
    this.#touchQuietly = failures.guardQuietly('follow a file event', (uri, exists) => this.#touch(uri, exists));
  }

  dispose(): void {
    clearTimeout(this.#settling);
    this.#store.dispose();
  }

  /** As far as they are known now. */
  of(parser: PythonParser, root: vscode.Uri, path: string): Neighbors {
    return this.#rootOf(parser, root).summaries.neighborsOf(path);
  }

  /** Reads what a file imports; true where more is known than before. */
  async follow(root: vscode.Uri, path: string, imports: readonly string[]): Promise<boolean> {
    const known = this.#roots.get(root.toString());
    return known ? ((await this.#load(known, path, imports)) ?? false) : false;
  }

  #rootOf(parser: PythonParser, uri: vscode.Uri): Root {
    const key = uri.toString();
    const known = this.#roots.get(key);
    if (known) return known;
    this.#watch();
    const texts = new Map<string, string | null>();
    const summaries = new this.#cores.analyzer.Summaries(parser, {
      // What was not read yet is not there yet: nothing is read while somebody types.
      has: (path) => texts.has(path),
      text: (path) => texts.get(path) ?? null,
    });
    const root: Root = { uri, files: null, texts, summaries };
    this.#roots.set(key, root);
    return root;
  }

  async #loadAll(root: Root, path: string, imports: readonly string[]): Promise<boolean> {
    const { importedFiles, importsIn } = this.#cores.analyzer;
    root.files ??= await listPython(root.uri);
    const { files } = root;
    const fresh: string[] = [];
    let wanted = importedFiles(path, imports, (one) => files.has(one));
    while (wanted.length > 0 && fresh.length < MAX_READ) {
      const next: string[] = [];
      for (const one of wanted) {
        if (root.texts.has(one) || fresh.length >= MAX_READ) continue;
        const text = await readText(vscode.Uri.joinPath(root.uri, one));
        root.texts.set(one, text);
        fresh.push(one);
        if (text !== null) next.push(...importedFiles(one, importsIn(text), (other) => files.has(other)));
      }
      wanted = next;
    }
    if (fresh.length === 0 || this.#store.disposed) return false;
    // What was not there before may have been asked for.
    root.summaries.forget();
    // The deepest first: what a file needs of others is known when its turn comes.
    for (const one of fresh.reverse()) {
      for (const _ of root.summaries.prepare(one)) {
        await breath();
        if (this.#store.disposed) return false;
      }
    }
    return true;
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const watcher = this.#store.add(vscode.workspace.createFileSystemWatcher('**/*.py'));
    this.#store.add(watcher.onDidChange((uri) => void this.#touchQuietly(uri, true)));
    this.#store.add(watcher.onDidCreate((uri) => void this.#touchQuietly(uri, true)));
    this.#store.add(watcher.onDidDelete((uri) => void this.#touchQuietly(uri, false)));
  }

  /** What was read is kept until the new text is there, so that nothing flickers. */
  async #touch(uri: vscode.Uri, exists: boolean): Promise<void> {
    for (const root of this.#roots.values()) {
      const prefix = `${root.uri.path.replace(/\/$/, '')}/`;
      if (uri.scheme !== root.uri.scheme || !uri.path.startsWith(prefix)) continue;
      const path = uri.path.slice(prefix.length);
      const isNew = exists && root.files !== null && !root.files.has(path);
      if (exists) root.files?.add(path);
      else root.files?.delete(path);
      if (!isNew && !root.texts.has(path)) continue;
      if (!exists) root.texts.delete(path);
      else if (root.texts.has(path)) root.texts.set(path, await readText(uri));
      root.summaries.forget();
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#changed.fire(), SETTLING);
    }
  }
}

/** Lets whatever waits have its turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Breadth first, so that the nearest count where a tree is larger than the limit. */
export async function listPython(root: vscode.Uri): Promise<Set<string>> {
  const files = new Set<string>();
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined && files.size < MAX_LISTED; folder = folders.shift())
    for (const [name, type] of await list(vscode.Uri.joinPath(root, folder))) {
      const path = folder ? `${folder}/${name}` : name;
      const isFolder = type === vscode.FileType.Directory && !name.startsWith('.') && !SKIPPED.has(name);
      if (isFolder) folders.push(path);
      else if ((type & vscode.FileType.File) !== 0 && name.endsWith('.py')) files.add(path);
    }
  return files;
}

async function list(folder: vscode.Uri): Promise<readonly [string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch (error) {
    // A folder that may not be looked into holds nothing that can be imported.
    if (error instanceof vscode.FileSystemError) return [];
    throw error;
  }
}

/** null where it is larger than code is, or gone since it was listed. */
export async function readText(uri: vscode.Uri): Promise<string | null> {
  try {
    const bytes = await vscode.workspace.fs.readFile(uri);
    return bytes.length <= MAX_BYTES ? new TextDecoder().decode(bytes) : null;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return null;
    throw error;
  }
}
