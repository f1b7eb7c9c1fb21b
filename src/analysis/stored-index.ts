// How long what was found out about a file holds: as long as its text, the texts of all files that it reaches, and the
// files that the names on the way may mean are the same. A state is a digest of all of that, so one comparison tells;
// a file that appears where an import looked for it before changes the state like one that is edited.

import { digest } from '../base/digest.ts';
import { type KnownFile, moduleFiles } from '../facts/project.ts';

export interface StoredFile extends KnownFile {
  readonly state: string;
}

export interface FileStates {
  has(path: string): boolean;
  /** Of a file's contents; null where it cannot be read. */
  digestOf(path: string): string | null;
}

export class States {
  readonly #files: FileStates;
  readonly #modulesOf: (path: string) => readonly string[] | undefined;
  readonly #own = new Map<string, Own>();

  /** `modulesOf`: the modules that were followed from a file; undefined where nothing is known of it. */
  constructor(files: FileStates, modulesOf: (path: string) => readonly string[] | undefined) {
    this.#files = files;
    this.#modulesOf = modulesOf;
  }

  /** null where the file cannot be read. */
  of(path: string): string | null {
    if (this.#files.digestOf(path) === null) return null;
    const reached = new Set([path]);
    // A set that grows while it is gone through goes through what is added, too.
    for (const one of reached) for (const next of this.#ownOf(one).reaches) reached.add(next);
    const all = [...reached].sort().map((one) => this.#ownOf(one).state);
    return digest(`${path}\n${all.join('\n')}`);
  }

  #ownOf(path: string): Own {
    const known = this.#own.get(path);
    if (known) return known;
    const modules = [...(this.#modulesOf(path) ?? [])].sort();
    const files = modules.map((module) => moduleFiles(path, module, (one) => this.#files.has(one)));
    const lines = modules.map((module, i) => `${module}: ${files[i]?.join(' ')}`);
    const state = digest([path, this.#files.digestOf(path), ...lines].join('\n'));
    const own = { state, reaches: [...new Set(files.flat())] };
    this.#own.set(path, own);
    return own;
  }
}

interface Own {
  readonly state: string;
  readonly reaches: readonly string[];
}
