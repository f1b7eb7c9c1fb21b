// What is known from the last check: findings and the index, by what they depend on. One file in `.normlab_cache`, read
// whole and replaced whole, so two checks at once disturb each other by losing one's news at most. Whatever is wrong
// with it, or was written by another version, is as if it were not there.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { States, type StoredFile } from '../analysis/stored-index.ts';
import { digest } from '../base/digest.ts';
import type { KnownFile } from '../facts/project.ts';
import type { CheckedFile, Index, Job } from './checker.ts';
import { packageVersion } from './version.ts';
import { digestOfBytes, ProjectFiles } from './workspace-files.ts';

export const CACHE_FOLDER = '.normlab_cache';

interface Entry extends StoredFile {
  /** By what was asked of the file: settings, and whether fixes are shown. */
  readonly checks: Readonly<Record<string, CheckedFile>>;
}

/** By the project's folder, then by path. */
type Stored = Record<string, Record<string, Entry>>;

/** Ways of asking that are kept for one file. */
const MAX_CHECKS = 4;
/** Days after which another version's file is in nobody's use. */
const MAX_AGE = 14;

export class CheckCache {
  readonly #file: string;
  readonly #stored: Stored;
  readonly #files = new Map<string, ProjectFiles>();
  readonly #states = new Map<string, States>();
  readonly #started = Date.now();
  #isChanged = false;

  constructor(folder: string) {
    this.#file = path.join(folder, `check-${buildOf()}.json`);
    this.#stored = read(this.#file) ?? {};
  }

  find({ file, root, inside, settings }: Job, showsFixes: boolean): CheckedFile | null {
    const entry = this.#stored[root]?.[inside];
    const known = entry?.checks[keyOf(file.path, settings, showsFixes)];
    return known && entry.state === this.#statesOf(root).of(inside) ? known : null;
  }

  /** What of the index is still true. */
  index(): Index {
    return new Map(
      Object.entries(this.#stored).map(([root, files]) => {
        const states = this.#statesOf(root);
        return [root, new Map(Object.entries(files).filter(([file, { state }]) => state === states.of(file)))];
      }),
    );
  }

  /** Before the files are read: what changes from now on is not what was checked. */
  begin(jobs: readonly Job[]): void {
    for (const { root, inside } of jobs) this.#filesOf(root).digestOf(inside);
  }

  /** What checkers found out; several may have followed different names from one file. */
  learn(indexes: readonly Index[]): void {
    for (const [root, files] of Object.entries(this.#stored)) {
      const states = this.#statesOf(root);
      const holds = Object.entries(files).filter(([file, { state }]) => state === states.of(file));
      this.#stored[root] = Object.fromEntries(holds);
    }
    for (const index of indexes)
      for (const [root, files] of index) {
        const known = this.#stored[root] ?? {};
        this.#stored[root] = known;
        for (const [file, news] of files) {
          const before = known[file];
          known[file] = { ...(before ? merged(before, news) : news), state: '', checks: before?.checks ?? {} };
        }
      }
    this.#states.clear();
    this.#isChanged = true;
  }

  /** After `learn`. */
  keep({ file, root, inside, settings }: Job, showsFixes: boolean, checked: CheckedFile): void {
    const files = this.#stored[root] ?? {};
    this.#stored[root] = files;
    const entry = files[inside] ?? { modules: [], classes: {}, functions: {}, state: '', checks: {} };
    const others = Object.entries(entry.checks).slice(1 - MAX_CHECKS);
    const checks = { ...Object.fromEntries(others), [keyOf(file.path, settings, showsFixes)]: checked };
    files[inside] = { ...entry, checks };
    this.#isChanged = true;
  }

  /** Where it cannot be written, the next check takes as long as this one. */
  save(): void {
    if (!this.#isChanged) return;
    for (const [root, files] of Object.entries(this.#stored)) {
      const states = this.#statesOf(root);
      for (const [file, entry] of Object.entries(files)) {
        // Names may lead further than they did when this was last written.
        const state = states.of(file);
        if (state === null) delete files[file];
        else files[file] = { ...entry, state };
      }
    }
    try {
      write(this.#file, this.#stored);
    } catch {
      // A folder of somebody else's, or a full disk.
    }
  }

  #statesOf(root: string): States {
    const known = this.#states.get(root);
    if (known) return known;
    const states = new States(this.#filesOf(root), (file) => this.#stored[root]?.[file]?.modules);
    this.#states.set(root, states);
    return states;
  }

  #filesOf(root: string): ProjectFiles {
    const files = this.#files.get(root) ?? new ProjectFiles(root, this.#started);
    this.#files.set(root, files);
    return files;
  }
}

function merged(a: KnownFile, b: KnownFile): KnownFile {
  return {
    modules: [...new Set([...a.modules, ...b.modules])],
    classes: { ...a.classes, ...b.classes },
    functions: { ...a.functions, ...b.functions },
  };
}

function keyOf(shown: string, settings: Job['settings'], showsFixes: boolean): string {
  return digest(JSON.stringify([shown, settings, showsFixes]));
}

/** The version, and the bundle itself: a build in between is another program. */
function buildOf(): string {
  const bundle = readFileSync(fileURLToPath(import.meta.url));
  return `${packageVersion()}-${digestOfBytes(bundle).slice(0, 12)}`;
}

function read(file: string): Stored | null {
  try {
    const text = readFileSync(file, 'utf8');
    const newline = text.indexOf('\n');
    const content = text.slice(newline + 1);
    return digestOfBytes(content) === text.slice(0, newline) ? JSON.parse(content) : null;
  } catch {
    return null;
  }
}

function write(file: string, stored: Stored): void {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true });
  // `wx`: what somebody changed there stays.
  for (const [name, content] of MARKS) {
    try {
      writeFileSync(path.join(folder, name), content, { flag: 'wx' });
    } catch {
      // It is there.
    }
  }
  const content = JSON.stringify(stored);
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${digestOfBytes(content)}\n${content}`);
  renameSync(temporary, file);
  forgetOthers(folder, path.basename(file));
}

const MARKS = [
  ['.gitignore', '# Made by normlab.\n*\n'],
  ['CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55\n# This is a cache of normlab; it can be deleted.\n'],
] as const;

/** Of versions that are gone, and of checks that were ended while they wrote. */
function forgetOthers(folder: string, own: string): void {
  for (const name of readdirSync(folder)) {
    if (name === own || !/^check-.*\.(?:json|tmp)$/.test(name)) continue;
    const full = path.join(folder, name);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat && Date.now() - stat.mtimeMs > MAX_AGE * 86_400_000) rmSync(full, { force: true });
  }
}
