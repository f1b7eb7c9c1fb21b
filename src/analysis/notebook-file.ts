// An `.ipynb` file: its Python cells, and the file again with cells changed and every other byte kept.

import { applyEdits } from '../base/text.ts';
import type { CellEdit, NotebookCell } from './notebook-text.ts';

export type ReadNotebook = { readonly cells: readonly NotebookCell[] } | { readonly reason: string };

/** The reason says why there is nothing to check. */
export function readNotebook(json: string): ReadNotebook {
  const document = parsed(json);
  if (!isObject(document) || !Array.isArray(document['cells'])) return { reason: 'it is no notebook of format 4' };
  const language = languageOf(document['metadata']);
  if (language !== null && !/^i?python\d*$/i.test(language)) return { reason: `its cells are ${language}, not Python` };
  const cells = document['cells'].flatMap((cell: unknown, index): NotebookCell[] => {
    const text = isObject(cell) && cell['cell_type'] === 'code' ? sourceOf(cell['source']) : null;
    return text === null ? [] : [{ index, text }];
  });
  return { cells };
}

/** null where the file is written in another way than notebooks are, so that not every other byte could be kept. */
export function writeNotebook(json: string, edits: readonly CellEdit[]): string | null {
  const document = parsed(json);
  if (!isObject(document) || !Array.isArray(document['cells'])) return null;
  const indent = /^\{\r?\n([ \t]+)/.exec(json)?.[1] ?? '';
  const end = /\s*$/.exec(json)?.[0] ?? '';
  if (JSON.stringify(document, null, indent) + end !== json) return null;
  document['cells'].forEach((cell: unknown, index) => {
    const mine = edits.filter((edit) => edit.cell === index);
    if (mine.length === 0 || !isObject(cell)) return;
    const text = applyEdits(sourceOf(cell['source']) ?? '', mine);
    cell['source'] = Array.isArray(cell['source']) ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : text;
  });
  return JSON.stringify(document, null, indent) + end;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // What it is instead is told by whoever asked.
    return null;
  }
}

function languageOf(metadata: unknown): string | null {
  if (!isObject(metadata)) return null;
  for (const [key, field] of [
    ['kernelspec', 'language'],
    ['language_info', 'name'],
  ] as const) {
    const info = metadata[key];
    const name = isObject(info) ? info[field] : undefined;
    if (typeof name === 'string') return name;
  }
  return null;
}

function sourceOf(source: unknown): string | null {
  if (typeof source === 'string') return source;
  if (!Array.isArray(source)) return null;
  return source.filter((line) => typeof line === 'string').join('');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
