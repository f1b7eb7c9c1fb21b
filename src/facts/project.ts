// The workspace's files as each other's neighbors: an imported name is followed to the file that defines it, through
// re-exports. Which files there are, and what they say, is asked of the shell; nothing is asked twice. What depends on
// itself through other files is cut where it meets itself, and what was found out beside such a cut is used once and
// not kept: so an answer is the same whatever was asked before it, on any thread.

import type { ClassSummary, FileOutline, FunctionSummary, Neighbors } from './summary.ts';

export interface ProjectSource {
  /** Paths are relative to the project, with forward slashes. */
  has(path: string): boolean;
  /** null for a file that cannot be read. */
  outline(path: string): FileOutline | null;
  classOf(path: string, own: string): ClassSummary | null;
  functionOf(path: string, own: string): FunctionSummary | null;
  /** What was kept for the next question about a file is not true of it on its own. */
  drop(path: string): void;
}

const MAX_HOPS = 8;

/** What was found out about one file; plain data, to be kept for another time. */
export interface KnownFile {
  /** Modules that were followed from it. */
  readonly modules: readonly string[];
  readonly classes: Readonly<Record<string, ClassSummary | null>>;
  readonly functions: Readonly<Record<string, FunctionSummary | null>>;
}

export class Project {
  readonly #source: ProjectSource;
  readonly #known = new Map<string, unknown>();
  /** By the file that names the module: the files that may be meant. */
  readonly #modules = new Map<string, Map<string, readonly string[]>>();
  /** What is being found out, the outermost first. */
  readonly #open: string[] = [];
  /** How far out the last cut reached: at an index of `#open`. */
  #cut = Number.POSITIVE_INFINITY;

  constructor(source: ProjectSource) {
    this.#source = source;
  }

  neighborsOf(path: string): Neighbors {
    return {
      classOf: (name) => {
        const place = this.#placeOf(path, name, 0);
        return place?.isClass ? this.classIn(place.path, place.own) : null;
      },
      functionOf: (name) => {
        const place = this.#placeOf(path, name, 0);
        return place?.isFunction ? this.functionIn(place.path, place.own) : null;
      },
    };
  }

  classIn(path: string, own: string): ClassSummary | null {
    return this.#once(classKey(path, own), path, () => this.#source.classOf(path, own));
  }

  functionIn(path: string, own: string): FunctionSummary | null {
    return this.#once(functionKey(path, own), path, () => this.#source.functionOf(path, own));
  }

  /** Everything that was found out so far, by file. */
  known(): ReadonlyMap<string, KnownFile> {
    const classes = new Map<string, [string, ClassSummary | null][]>();
    const functions = new Map<string, [string, FunctionSummary | null][]>();
    for (const [key, value] of this.#known) {
      const [kind, path = '', own = ''] = key.split('\n');
      if (kind === 'class') append(classes, path, [own, value as ClassSummary | null]);
      else if (kind === 'function') append(functions, path, [own, value as FunctionSummary | null]);
    }
    const paths = new Set([...this.#modules.keys(), ...classes.keys(), ...functions.keys()]);
    return new Map(
      [...paths].map((path) => [
        path,
        {
          modules: [...(this.#modules.get(path)?.keys() ?? [])],
          classes: Object.fromEntries(classes.get(path) ?? []),
          functions: Object.fromEntries(functions.get(path) ?? []),
        },
      ]),
    );
  }

  /** What was found out another time, and is still true. */
  adopt(path: string, { modules, classes, functions }: KnownFile): void {
    for (const module of modules) this.#filesOf(path, module);
    for (const [own, summary] of Object.entries(classes)) this.#known.set(classKey(path, own), summary);
    for (const [own, summary] of Object.entries(functions)) this.#known.set(functionKey(path, own), summary);
  }

  #once<T>(key: string, path: string, find: () => T | null): T | null {
    const known = this.#known.get(key);
    // The key says what is kept under it.
    if (known !== undefined) return known as T | null;
    const at = this.#open.indexOf(key);
    if (at !== -1) {
      this.#cut = Math.min(this.#cut, at);
      return null;
    }
    const depth = this.#open.push(key) - 1;
    const outer = this.#cut;
    this.#cut = Number.POSITIVE_INFINITY;
    try {
      const found = find();
      if (this.#cut >= depth) this.#known.set(key, found);
      if (this.#cut !== Number.POSITIVE_INFINITY) this.#source.drop(path);
      return found;
    } finally {
      this.#open.pop();
      this.#cut = this.#cut < depth ? Math.min(this.#cut, outer) : outer;
    }
  }

  #placeOf(from: string, name: string, hops: number): Place | null {
    return this.#once(`place\n${from}\n${name}`, from, () => {
      if (hops <= MAX_HOPS) return this.#search(from, name, hops);
      // From nearer, it might be found.
      this.#cut = -1;
      return null;
    });
  }

  #search(from: string, name: string, hops: number): Place | null {
    const last = name.lastIndexOf('.') + 1;
    const own = name.slice(last);
    // The dot before the name is the separator, or one of those that say where to begin.
    const module = /^\.*$/.test(name.slice(0, last)) ? name.slice(0, last) : name.slice(0, last - 1);
    for (const path of this.#filesOf(from, module)) {
      const file = this.#source.outline(path);
      if (!file) continue;
      const isClass = file.classes.has(own);
      const isFunction = file.functions.has(own);
      if (isClass || isFunction) return { path, own, isClass, isFunction };
      const passed = file.passedOn.get(own);
      const found = passed ? this.#placeOf(path, passed, hops + 1) : this.#throughStars(path, own, file, hops);
      if (found) return found;
    }
    return null;
  }

  #throughStars(path: string, own: string, file: FileOutline, hops: number): Place | null {
    for (const star of file.stars) {
      const found = this.#placeOf(path, star.endsWith('.') ? `${star}${own}` : `${star}.${own}`, hops + 1);
      if (found) return found;
    }
    return null;
  }

  #filesOf(from: string, module: string): readonly string[] {
    const modules = this.#modules.get(from) ?? new Map<string, readonly string[]>();
    this.#modules.set(from, modules);
    const files = modules.get(module) ?? moduleFiles(from, module, (path) => this.#source.has(path));
    modules.set(module, files);
    return files;
  }
}

function classKey(path: string, own: string): string {
  return `class\n${path}\n${own}`;
}

function functionKey(path: string, own: string): string {
  return `function\n${path}\n${own}`;
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** Files that a module may be, as one of them spells it: `models.unet`, `..unet`, `.`; of an empty name, its package. */
export function moduleFiles(from: string, module: string, has: (path: string) => boolean): readonly string[] {
  return candidates(from, module).flatMap(({ folder, parts }) => {
    const base = [folder, ...parts].filter(Boolean).join('/');
    const inside = [base, '__init__.py'].filter(Boolean).join('/');
    const files = parts.length > 0 ? [`${base}.py`, inside] : [inside];
    return files.filter((path) => path !== from && has(path));
  });
}

interface Place {
  readonly path: string;
  readonly own: string;
  readonly isClass: boolean;
  readonly isFunction: boolean;
}

/** Where an import may begin: at the file's folder, at those above it, and at `src/`. */
function candidates(
  from: string,
  name: string,
): readonly { readonly folder: string; readonly parts: readonly string[] }[] {
  const folders = from.split('/').slice(0, -1);
  const above = (levels: number) => folders.slice(0, folders.length - levels).join('/');
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  const parts = name.slice(dots).split('.').filter(Boolean);
  if (dots === 0)
    return [...Array.from({ length: folders.length + 1 }, (_, i) => above(i)), 'src'].map((folder) => ({
      folder,
      parts,
    }));
  // `from . import unet` is written down with two dots, as `from ..unet import Net` is: both are tried.
  return [dots - 1, dots - 2]
    .filter((levels) => levels >= 0 && levels <= folders.length)
    .map((levels) => ({ folder: above(levels), parts }));
}

/** Files a file's imports may name, so that a shell can have them at hand before they are asked for. */
export function importedFiles(
  path: string,
  imports: readonly string[],
  has: (path: string) => boolean,
): readonly string[] {
  const found = new Set<string>();
  for (const name of imports)
    for (const { folder, parts } of candidates(path, name))
      for (let n = parts.length; n > 0; n--) {
        const base = [folder, ...parts.slice(0, n)].filter(Boolean).join('/');
        for (const file of [`${base}.py`, `${base}/__init__.py`]) if (file !== path && has(file)) found.add(file);
      }
  return [...found];
}

/** What a text imports, by the look of its lines; for reading ahead, where a name too many does no harm. */
export function importsIn(text: string): readonly string[] {
  const found: string[] = [];
  for (const [, from, names, modules] of text.matchAll(IMPORT)) {
    if (modules) found.push(...modules.split(',').map((one) => one.trim().split(/\s/)[0] ?? ''));
    if (!from) continue;
    const listed = (names ?? '').replace(/[()\\]/g, ' ').split(',');
    for (const one of listed) {
      const name = one.trim().split(/\s/)[0] ?? '';
      found.push(name === '*' || name === '' ? from : `${from}.${name}`);
    }
  }
  return found.filter(Boolean);
}

const IMPORT = /^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]*)|import[ \t]+([^\n#;]*))/gm;
