// Which installed packages a model's files need: those they import that nobody else has, that are Python only, and
// that are about PyTorch. Others (plots, loggers, compiled arrays) stay inert: they are no part of a model. Which
// files there are, and what they say, is asked of the shell.

import type { ReadRequest } from './request.ts';

/** The files below `site-packages`; paths have forward slashes. */
export interface Disk {
  /** A package's Python files by path; null where there is none of that name, or more than `limit`, or compiled ones. */
  package(folder: string, name: string, limit: number): Readonly<Record<string, string>> | null;
}

const OWN = new Set(['torch', 'torchvision', 'numpy', 'scipy', 'einops', '__future__']);
const MOST_FILES = 800;
const MOST_CHARACTERS = 16 << 20;
const USES_TORCH = /^[ \t]*(?:from|import)[ \t]+torch\b/m;

/** The request with the files of the packages its entry needs. */
export function withPackages(request: ReadRequest, folder: string, disk: Disk): ReadRequest {
  const files: Record<string, string> = {};
  const seen = new Set([...OWN, ...namesIn(Object.keys(request.files))]);
  let characters = 0;
  let wanted = reachedImports(request);
  while (wanted.size > 0 && characters < MOST_CHARACTERS) {
    const fresh = [...wanted].filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    const found = fresh.map((name) => aboutTorch(disk.package(folder, name, MOST_FILES)));
    Object.assign(files, ...found);
    const texts = found.flatMap((one) => Object.values(one));
    characters += texts.reduce((sum, text) => sum + text.length, 0);
    wanted = new Set(texts.flatMap(packagesIn));
  }
  return { ...request, packages: [folder], files: { ...files, ...request.files } };
}

function aboutTorch(found: Readonly<Record<string, string>> | null): Readonly<Record<string, string>> {
  return found !== null && Object.values(found).some((text) => USES_TORCH.test(text)) ? found : {};
}

function packagesIn(text: string): string[] {
  return [...importsIn(text)].flatMap(({ parts, relative }) => (relative ? [] : parts.slice(0, 1)));
}

/** Names a path may be imported by: its folders and its file. */
function namesIn(paths: readonly string[]): ReadonlySet<string> {
  return new Set(paths.flatMap((path) => path.replace(/\.py$/, '').split('/')).filter((part) => part !== '__init__'));
}

/** Top-level names that the entry imports, and the workspace's files that it reaches by their names. */
function reachedImports({ files, entry }: ReadRequest): Set<string> {
  const byName = new Map<string, string[]>();
  for (const path of Object.keys(files)) {
    const parts = path
      .replace(/\.py$/, '')
      .replace(/\/__init__$/, '')
      .split('/');
    const name = parts.at(-1) ?? '';
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  const names = new Set<string>();
  const reached = new Set([entry]);
  for (const path of reached) {
    for (const { parts, relative, imported } of importsIn(files[path] ?? '')) {
      if (!relative && parts[0] !== undefined) names.add(parts[0]);
      for (const part of [...parts, ...imported]) for (const other of byName.get(part) ?? []) reached.add(other);
    }
  }
  return names;
}

interface Import {
  /** `a.b` of `from a.b import c`. */
  readonly parts: readonly string[];
  readonly relative: boolean;
  readonly imported: readonly string[];
}

const IMPORT =
  /^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]*)|import[ \t]+([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[^\n#;]*)?))/gm;

function* importsIn(text: string): Generator<Import> {
  for (const [, dots = '', module = '', names = '', plain] of text.matchAll(IMPORT)) {
    if (plain === undefined) {
      yield { parts: module.split('.').filter(Boolean), relative: dots !== '', imported: names.match(/\w+/g) ?? [] };
    } else {
      for (const one of plain.split(',')) {
        const parts = (one.trim().split(/\s/)[0] ?? '').split('.').filter(Boolean);
        yield { parts, relative: false, imported: [] };
      }
    }
  }
}
