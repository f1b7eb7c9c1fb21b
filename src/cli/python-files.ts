// The Python files a check looks at: those named, and those below the folders named. A file that cannot be
// read as Python is not passed over in silence but listed with the reason.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../base/errors.ts';

const SKIPPED_FOLDERS = new Set([
  '.git',
  '.hg',
  'node_modules',
  '__pycache__',
  '.venv',
  'venv',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.ruff_cache',
  '.normlab_cache',
  '.pytest_cache',
  '.ipynb_checkpoints',
  'site-packages',
  '.eggs',
]);
const MAX_BYTES = 1 << 20;
const MAX_NOTEBOOK_BYTES = 32 << 20;

export interface PythonFile {
  /** As given, or below a folder as given; absolute paths stay absolute. */
  readonly file: string;
  /** Relative to the working directory, with forward slashes. */
  readonly path: string;
}

export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** In order, each file once. A path that does not exist is a UserError. */
export function findPythonFiles(
  paths: readonly string[],
  cwd: string,
): { files: readonly PythonFile[]; skipped: readonly Skipped[] } {
  const files = new Map<string, PythonFile>();
  const skipped: Skipped[] = [];
  const add = (file: string) => {
    const full = realpathSync(file);
    if (!files.has(full)) files.set(full, { file, path: shown(file, cwd) });
  };
  for (const given of paths) {
    const full = path.resolve(cwd, given);
    if (!existsSync(full))
      throw new UserError(
        'check/no-path',
        `Expected a file or folder, and \`${given}\` does not exist; check the path.`,
      );
    if (statSync(full).isDirectory()) walk(full, add, cwd, skipped, new Set());
    else add(full);
  }
  return { files: [...files.values()], skipped };
}

function walk(folder: string, add: (file: string) => void, cwd: string, skipped: Skipped[], seen: Set<string>): void {
  const real = realpathSync(folder);
  if (seen.has(real)) return;
  seen.add(real);
  let entries: string[];
  try {
    entries = readdirSync(folder).sort();
  } catch (cause) {
    skipped.push({ path: shown(folder, cwd), reason: reasonOf(cause) });
    return;
  }
  for (const name of entries) {
    const full = path.join(folder, name);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(name)) walk(full, add, cwd, skipped, seen);
    } else if (/\.(?:pyi?|ipynb)$/.test(name)) {
      if (stat?.isFile()) add(full);
      else skipped.push({ path: shown(full, cwd), reason: 'it is not a file that can be read' });
    }
  }
}

/** The text, or why there is none. A notebook is larger by its pictures. */
export function readPythonFile({ file }: PythonFile): { text: string } | { reason: string } {
  let bytes: Buffer;
  const limit = file.endsWith('.ipynb') ? MAX_NOTEBOOK_BYTES : MAX_BYTES;
  try {
    const { size } = statSync(file);
    if (size > limit)
      return { reason: `it is larger than ${limit / MAX_BYTES} MB (${(size / MAX_BYTES).toFixed(1)} MB)` };
    bytes = readFileSync(file);
  } catch (cause) {
    return { reason: reasonOf(cause) };
  }
  if (bytes.includes(0)) return { reason: 'it is a binary file' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { reason: 'it is not UTF-8 text' };
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'EACCES' || code === 'EPERM') return 'there is no permission to read it';
  return `it cannot be read (${code || String(cause)})`;
}

function shown(file: string, cwd: string): string {
  return path.relative(cwd, file).split(path.sep).join('/') || '.';
}
