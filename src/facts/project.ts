// The workspace's files as each other's neighbors: an imported name is followed to the file that defines it, through
// re-exports. Which files there are, and what they say, is asked of the shell; nothing is asked twice. A file that
// is asked for while it is being read (files that import each other) is not known yet, and so not used.

import type { ClassSummary, FileSummary, FunctionSummary, Neighbors } from './summary.ts';

export interface ProjectSource {
  /** Paths are relative to the project, with forward slashes. */
  has(path: string): boolean;
  /** null for a file that cannot be read, or has nothing to say. */
  summary(path: string): FileSummary | null;
}

const MAX_HOPS = 8;

export class Project {
  readonly #source: ProjectSource;
  readonly #places = new Map<string, Place | null>();

  constructor(source: ProjectSource) {
    this.#source = source;
  }

  neighborsOf(path: string): Neighbors {
    const follow = <T>(name: string, pick: (place: Place) => T | null): T | null => {
      const place = this.#placeOf(path, name, 0);
      return place && pick(place);
    };
    return {
      classOf: (name): ClassSummary | null => follow(name, ({ file, name: own }) => file.classes[own] ?? null),
      functionOf: (name): FunctionSummary | null => follow(name, ({ file, name: own }) => file.functions[own] ?? null),
    };
  }

  #placeOf(from: string, name: string, hops: number): Place | null {
    const key = `${from}\n${name}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    // Meanwhile: a name that leads back to itself leads nowhere.
    this.#places.set(key, null);
    const place = hops > MAX_HOPS ? null : this.#search(from, name, hops);
    this.#places.set(key, place);
    return place;
  }

  #search(from: string, name: string, hops: number): Place | null {
    for (const { path, rest } of this.#files(from, name)) {
      const [own, ...deeper] = rest;
      const file = own !== undefined && deeper.length === 0 ? this.#source.summary(path) : null;
      if (!file || own === undefined) continue;
      if (file.classes[own] || file.functions[own]) return { file, name: own };
      const passed = file.passedOn[own];
      const found = passed ? this.#placeOf(path, passed, hops + 1) : this.#throughStars(path, own, file, hops);
      if (found) return found;
    }
    return null;
  }

  #throughStars(path: string, own: string, file: FileSummary, hops: number): Place | null {
    for (const star of file.stars) {
      const found = this.#placeOf(path, star.endsWith('.') ? `${star}${own}` : `${star}.${own}`, hops + 1);
      if (found) return found;
    }
    return null;
  }

  /** Files a dotted name may stand in, with what is left of the name; the longest path first. */
  *#files(from: string, name: string): Generator<{ readonly path: string; readonly rest: readonly string[] }> {
    for (const { folder, parts } of candidates(from, name)) {
      for (let n = parts.length - 1; n >= 0; n--) {
        const base = [folder, ...parts.slice(0, n)].filter(Boolean).join('/');
        const files = n > 0 ? [`${base}.py`, `${base}/__init__.py`] : [[base, '__init__.py'].filter(Boolean).join('/')];
        for (const path of files) if (path !== from && this.#source.has(path)) yield { path, rest: parts.slice(n) };
      }
    }
  }
}

interface Place {
  readonly file: FileSummary;
  readonly name: string;
}

/** Where an import may begin: at the file's folder, at those above it, and at `src/`. */
function candidates(
  from: string,
  name: string,
): readonly { readonly folder: string; readonly parts: readonly string[] }[] {
  const folders = from.split('/').slice(0, -1);
  const above = (levels: number) => folders.slice(0, folders.length - levels).join('/');
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  const parts = name.slice(dots).split('.');
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
