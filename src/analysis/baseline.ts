// What was there when a project began with us: findings that are kept quiet until somebody touches their line. A
// finding is known by its rule and the text of its line, not by the line's number, so it stays known when lines
// above it come and go; two alike on one file are counted.

import { UserError } from '../base/errors.ts';

export interface Baseline {
  readonly version: 1;
  /** Path → rule and line → how many. Sorted, so that it can be read and merged. */
  readonly files: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A finding with the text of the line it begins on. */
export interface Located {
  readonly path: string;
  readonly rule: string;
  readonly line: string;
}

export function makeBaseline(found: readonly Located[]): Baseline {
  const files: Record<string, Record<string, number>> = {};
  for (const finding of [...found].sort((a, b) => order(a.path, b.path) || order(keyOf(a), keyOf(b)))) {
    const file = files[finding.path] ?? {};
    files[finding.path] = file;
    file[keyOf(finding)] = (file[keyOf(finding)] ?? 0) + 1;
  }
  return { version: 1, files };
}

/** Those the baseline does not know, and how many it knows that are no longer there. */
export function beyond<T extends Located>(
  baseline: Baseline,
  found: readonly T[],
): { readonly fresh: readonly T[]; readonly gone: number } {
  const left = new Map<string, number>(
    Object.entries(baseline.files).flatMap(([path, known]) =>
      Object.entries(known).map(([key, count]) => [`${path}\n${key}`, count] as const),
    ),
  );
  const fresh = found.filter((finding) => {
    const key = `${finding.path}\n${keyOf(finding)}`;
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
  return { fresh, gone: [...left.values()].reduce((sum, count) => sum + Math.max(0, count), 0) };
}

/** `origin` names the file in what is said of it. */
export function readBaseline(text: string, origin: string): Baseline {
  const wrong = (found: string) =>
    new UserError(
      'baseline/unreadable',
      `Expected a baseline in \`${origin}\`, and got ${found}; write it again with \`--write-baseline ${origin}\`.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('baseline/unreadable', wrong('no JSON').message, { cause });
  }
  if (!isObject(value) || value['version'] !== 1 || !isObject(value['files'])) throw wrong('something else');
  const files: Record<string, Record<string, number>> = {};
  for (const [path, known] of Object.entries(value['files'])) {
    if (!isObject(known)) throw wrong(`no table for \`${path}\``);
    files[path] = {};
    for (const [key, count] of Object.entries(known)) {
      if (typeof count !== 'number') throw wrong(`no count for \`${key}\``);
      files[path][key] = count;
    }
  }
  return { version: 1, files };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyOf({ rule, line }: Located): string {
  return `${rule} ${line.trim().replace(/\s+/g, ' ')}`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
