// The Python files a model may import, as the reader wants them: those of the folder its package lies in, found by
// walking up while there is an `__init__.py`, and of the workspace folder. Both are importable. Editor buffers win
// over the disk.

import * as vscode from 'vscode';
import type { ReadRequest } from '../../protocol/messages.ts';

export type Sources = Pick<ReadRequest, 'files' | 'entry' | 'roots' | 'environments'>;

const SKIPPED = new Set(['node_modules', '__pycache__', 'site-packages', 'dist', 'build']);
const MAX_FILES = 2000;
const MAX_BYTES = 1 << 20;

/** `text` stands for the entry where that is no file. */
export async function readSources(entry: vscode.Uri, text?: string): Promise<Sources> {
  const files: Record<string, string> = {};
  const roots: string[] = [];
  if (entry.scheme !== 'untitled') {
    const root = await importRoot(vscode.Uri.joinPath(entry, '..'));
    const around = vscode.workspace.getWorkspaceFolder(entry)?.uri ?? root;
    for (const folder of around.path === root.path ? [root] : [root, around]) {
      roots.push(folder.path);
      await collect(folder, files);
    }
  }
  // Read, not opened: an opened document would be checked and shown as if the user had asked for it.
  for (const open of vscode.workspace.textDocuments) {
    const { uri } = open;
    const known = files[uri.path] !== undefined || uri.path === entry.path;
    if (known && uri.scheme === entry.scheme) files[uri.path] = open.getText();
  }
  if (text !== undefined) files[entry.path] = text;
  files[entry.path] ??= await readText(entry);
  const sources = { files, entry: entry.path, roots };
  return { ...sources, environments: environmentsFor(sources) };
}

/** The interpreter that Python's own extension has for the file, one the settings name, an environment in the folder. */
function environmentsFor({ entry, roots }: Sources): readonly string[] {
  const scope = vscode.Uri.file(entry);
  if (!vscode.workspace.getConfiguration('normLab.reader', scope).get('installedPackages', true)) return [];
  const python = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
  const active = python?.isActive ? python.exports.environments?.getActiveEnvironmentPath(scope).path : undefined;
  const named = vscode.workspace.getConfiguration('python', scope).get('defaultInterpreterPath', '');
  return [active ?? '', named.includes('/') || named.includes('\\') ? named : '', ...roots].filter(Boolean);
}

/** What is asked of https://github.com/microsoft/vscode-python, as its API names it. */
interface PythonExtension {
  readonly environments?: { getActiveEnvironmentPath(resource: vscode.Uri): { readonly path: string } };
}

async function importRoot(folder: vscode.Uri): Promise<vscode.Uri> {
  let root = folder;
  while (root.path !== '/' && (await exists(vscode.Uri.joinPath(root, '__init__.py'))))
    root = vscode.Uri.joinPath(root, '..');
  return root;
}

/** Breadth first, so that the nearest files win where a tree is larger than the limit. */
async function collect(root: vscode.Uri, files: Record<string, string>): Promise<void> {
  let folders = [root];
  let room = MAX_FILES - Object.keys(files).length;
  while (folders.length > 0 && room > 0) {
    const listed = await Promise.all(folders.map(async (folder) => ({ folder, entries: await list(folder) })));
    const listedFiles = listed.flatMap(({ folder, entries }) => pythonFiles(folder, entries));
    const found = listedFiles.filter(({ path }) => files[path] === undefined).slice(0, room);
    room -= found.length;
    await Promise.all(found.map((uri) => readInto(uri, files)));
    folders = listed.flatMap(({ folder, entries }) => subfolders(folder, entries));
  }
}

type Entries = readonly [name: string, type: vscode.FileType][];

function pythonFiles(folder: vscode.Uri, entries: Entries): vscode.Uri[] {
  const files = entries.filter(([name, type]) => (type & vscode.FileType.File) !== 0 && name.endsWith('.py'));
  return files.map(([name]) => vscode.Uri.joinPath(folder, name));
}

function subfolders(folder: vscode.Uri, entries: Entries): vscode.Uri[] {
  const folders = entries.filter(
    ([name, type]) => type === vscode.FileType.Directory && !name.startsWith('.') && !SKIPPED.has(name),
  );
  return folders.map(([name]) => vscode.Uri.joinPath(folder, name));
}

async function readInto(uri: vscode.Uri, files: Record<string, string>): Promise<void> {
  const bytes = await vscode.workspace.fs.readFile(uri);
  if (bytes.length <= MAX_BYTES) files[uri.path] = new TextDecoder().decode(bytes);
}

async function readText(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

async function list(folder: vscode.Uri): Promise<Entries> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    // The one answer that means "no"; anything else is a failure to look.
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return false;
    throw error;
  }
}
