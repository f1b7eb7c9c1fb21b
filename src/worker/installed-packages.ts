// The disk for `src/reader/packages.ts`: where an environment keeps its packages, and their Python files. Read once
// in the life of the thread, as packages seldom change while somebody edits a model.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Disk, withPackages } from '../reader/packages.ts';
import type { ReadRequest } from '../reader/request.ts';

const COMPILED = /\.(so|pyd|dylib)$/;
const SKIPPED = new Set(['__pycache__', 'tests', 'test', 'docs', 'node_modules']);
const MOST_BYTES = 1 << 20;

export class InstalledPackages implements Disk {
  readonly #known = new Map<string, Readonly<Record<string, string>> | null>();

  /** The request with what its environments have of the packages it needs. */
  addTo(request: ReadRequest): ReadRequest {
    const folder = sitePackages(request.environments ?? []);
    return folder === null ? request : withPackages(request, folder, this);
  }

  package(folder: string, name: string, limit: number): Readonly<Record<string, string>> | null {
    const at = `${folder}/${name}`;
    const known = this.#known.get(at);
    if (known !== undefined) return known;
    const found = existsSync(`${at}.py`) ? { [`${at}.py`]: readFileSync(`${at}.py`, 'utf8') } : pythonFiles(at, limit);
    this.#known.set(at, found);
    return found;
  }
}

function pythonFiles(root: string, limit: number): Readonly<Record<string, string>> | null {
  if (!existsSync(`${root}/__init__.py`)) return null;
  const paths: string[] = [];
  const folders = [root];
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (COMPILED.test(entry.name)) return null;
      const full = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(full);
      if (entry.isFile() && entry.name.endsWith('.py') && statSync(full).size <= MOST_BYTES) paths.push(full);
      if (paths.length > limit) return null;
    }
  }
  return Object.fromEntries(paths.map((file) => [file, readFileSync(file, 'utf8')]));
}

/** Of the first that has any; each is an interpreter, an environment's folder, or a folder that holds one. */
export function sitePackages(environments: readonly string[]): string | null {
  for (const given of environments) {
    for (const prefix of prefixes(slashes(given))) {
      const found = packagesOf(prefix);
      if (found !== null) return found;
    }
  }
  return null;
}

function prefixes(given: string): readonly string[] {
  const above = path.posix.dirname(given);
  if (/\/(bin|Scripts)\/[^/]+$/.test(given)) return [path.posix.dirname(above)];
  // On Windows an interpreter may lie in the environment's folder itself.
  return given.endsWith('.exe') ? [above] : [given, `${given}/.venv`, `${given}/venv`];
}

function packagesOf(prefix: string): string | null {
  const isEnvironment = existsSync(`${prefix}/pyvenv.cfg`) || existsSync(`${prefix}/conda-meta`);
  if (!isEnvironment && !existsSync(`${prefix}/bin/python3`)) return null;
  const library = `${prefix}/lib`;
  const versions = existsSync(library) ? readdirSync(library).filter((name) => /^python3\.\d+$/.test(name)) : [];
  const folders = [...versions.map((name) => `${library}/${name}/site-packages`), `${prefix}/Lib/site-packages`];
  return folders.find((folder) => existsSync(folder)) ?? null;
}

function slashes(file: string): string {
  return file.split(path.sep).join('/');
}
