// The Python files a model may import, as the reader wants them: those of the folder its package lies in, found by
// walking up while there is an `__init__.py`, and of the project around it. Both folders are importable.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { UserError } from '../base/errors.ts';

const SKIPPED = new Set(['node_modules', '__pycache__', 'site-packages', 'dist', 'build']);
const MAX_FILES = 2000;
const MAX_BYTES = 1 << 20;
/** What marks the folder that a project's scripts are run in. */
const MARKS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt', 'environment.yml'];

export interface Sources {
  readonly files: Readonly<Record<string, string>>;
  readonly entry: string;
  readonly roots: readonly string[];
}

/** Paths in the answer are absolute, with forward slashes. */
export function readSources(file: string): Sources {
  const entry = path.resolve(file);
  if (!existsSync(entry) || !statSync(entry).isFile())
    throw new UserError('cli/no-file', `Expected a Python file, and \`${file}\` is not one; check the path.`);
  const root = importRoot(path.dirname(entry));
  const files: Record<string, string> = { [slashes(entry)]: readFileSync(entry, 'utf8') };
  const project = projectRoot(root);
  for (const folder of new Set([root, project])) collect(folder, files);
  return { files, entry: slashes(entry), roots: [...new Set([root, project])].map(slashes) };
}

/** Where the model's packages may be installed: what is asked for, the active environment, one in the project. */
export function environmentsFor({ roots }: Sources, python?: string): readonly string[] {
  if (python !== undefined) {
    if (existsSync(python)) return [path.resolve(python)];
    throw new UserError('cli/no-python', `Expected an interpreter or an environment, and \`${python}\` is not there.`);
  }
  const active = [process.env['VIRTUAL_ENV'], process.env['CONDA_PREFIX']].filter((one) => one !== undefined);
  return [...active, ...roots];
}

function importRoot(folder: string): string {
  let root = folder;
  while (existsSync(path.join(root, '__init__.py')) && path.dirname(root) !== root) root = path.dirname(root);
  return root;
}

/** `folder` itself where nothing around it says that it is a project. */
function projectRoot(folder: string): string {
  for (let root = folder; path.dirname(root) !== root && root !== homedir(); root = path.dirname(root))
    if (MARKS.some((name) => existsSync(path.join(root, name)))) return root;
  return folder;
}

/** Breadth first, so that the nearest files win where a tree is larger than the limit. */
function collect(root: string, files: Record<string, string>): void {
  const queue = [root];
  let count = Object.keys(files).length;
  for (let folder = queue.shift(); folder !== undefined && count < MAX_FILES; folder = queue.shift()) {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) queue.push(full);
      } else if (entry.isFile() && entry.name.endsWith('.py') && statSync(full).size <= MAX_BYTES) {
        if (files[slashes(full)] !== undefined) continue;
        files[slashes(full)] = readFileSync(full, 'utf8');
        count++;
      }
    }
  }
}

function slashes(file: string): string {
  return file.split(path.sep).join('/');
}
