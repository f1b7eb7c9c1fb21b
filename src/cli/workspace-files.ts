// The files a check may follow imports into: those below the project's folder, read when they are asked for. Which
// there are is read a folder at a time, so that asking for one that is not there costs nothing.

import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FileStates } from '../analysis/stored-index.ts';
import { Summaries, type WorkspaceFiles } from '../analysis/summaries.ts';
import type { PythonParser } from '../python/parser.ts';

const MAX_BYTES = 1 << 20;

export class ProjectFiles implements WorkspaceFiles, FileStates {
  readonly #root: string;
  readonly #after: number;
  /** By folder: names of its files; null where there is no such folder. */
  readonly #folders = new Map<string, ReadonlyMap<string, 'file' | 'folder'> | null>();
  readonly #digests = new Map<string, string | null>();

  /** What was written `after` this time has no digest: it may not be what was checked. */
  constructor(root: string, after = Number.POSITIVE_INFINITY) {
    this.#root = root;
    this.#after = after;
  }

  has(file: string): boolean {
    return this.#entry(file) === 'file';
  }

  text(file: string): string | null {
    return this.#bytes(file)?.toString('utf8') ?? null;
  }

  digestOf(file: string): string | null {
    const known = this.#digests.get(file);
    if (known !== undefined) return known;
    const bytes = this.#bytes(file, this.#after);
    const digest = bytes && digestOfBytes(bytes);
    this.#digests.set(file, digest);
    return digest;
  }

  #bytes(file: string, after = Number.POSITIVE_INFINITY): Buffer | null {
    const full = path.join(this.#root, file);
    try {
      const { size, mtimeMs } = statSync(full);
      return size <= MAX_BYTES && mtimeMs <= after ? readFileSync(full) : null;
    } catch {
      // It is gone since it was listed, or nobody may read it: then it says nothing.
      return null;
    }
  }

  #entry(file: string): 'file' | 'folder' | null {
    const slash = file.lastIndexOf('/');
    const folder = slash === -1 ? '' : file.slice(0, slash);
    return this.#folder(folder)?.get(file.slice(slash + 1)) ?? null;
  }

  #folder(folder: string): ReadonlyMap<string, 'file' | 'folder'> | null {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const exists = folder === '' || folder.startsWith('..') || this.#entry(folder) === 'folder';
    const listed = exists ? listFolder(path.join(this.#root, folder)) : null;
    this.#folders.set(folder, listed);
    return listed;
  }
}

export function digestOfBytes(bytes: Uint8Array | string): string {
  return createHash('sha1').update(bytes).digest('hex');
}

function listFolder(folder: string): ReadonlyMap<string, 'file' | 'folder'> | null {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that may not be looked into holds nothing that can be imported.
    return null;
  }
  const listed = new Map<string, 'file' | 'folder'>();
  for (const entry of entries) {
    const kind = entry.isSymbolicLink() ? statSync(path.join(folder, entry.name), { throwIfNoEntry: false }) : entry;
    if (kind?.isFile()) listed.set(entry.name, 'file');
    else if (kind?.isDirectory()) listed.set(entry.name, 'folder');
  }
  return listed;
}

/** One for each project folder, so that a file is read once however many files import it. */
export class Workspaces {
  readonly #parser: PythonParser;
  readonly #byRoot = new Map<string, Summaries>();

  constructor(parser: PythonParser) {
    this.#parser = parser;
  }

  get all(): ReadonlyMap<string, Summaries> {
    return this.#byRoot;
  }

  of(root: string): Summaries {
    const known = this.#byRoot.get(root);
    if (known) return known;
    const made = new Summaries(this.#parser, new ProjectFiles(root));
    this.#byRoot.set(root, made);
    return made;
  }
}
