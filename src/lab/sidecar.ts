// Results beside the notebook: `.normlab/<notebook>/<id>-<hash>.json`. Complete, so that a reopened notebook
// draws every chart without a worker; named by what they were made from, so that stale ones are known.

import type { CellOutput } from './output.ts';

export const SIDECAR_VERSION = 1;
export const SIDECAR_FOLDER = '.normlab';

/** Relative to the notebook's folder; `notebook` is its file name. */
export function sidecarFolder(notebook: string): string {
  return `${SIDECAR_FOLDER}/${plain(notebook.replace(/\.normlab\.md$/, ''))}`;
}

export function sidecarName(cell: string, hash: string): string {
  return `${plain(cell)}-${hash}.json`;
}

/** The hash in a sidecar's name, when it is `cell`'s; null for another cell's. */
export function hashOfSidecar(file: string, cell: string): string | null {
  const match = /^(.*)-([0-9a-f]{16})\.json$/.exec(file);
  return match && match[1] === plain(cell) ? (match[2] as string) : null;
}

/** Letters, digits, `-`, `_` and `.` only, and no leading dot: safe as a file's name anywhere. */
function plain(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '_') || '_';
}

export function printSidecar(output: CellOutput): string {
  return `${JSON.stringify(output, replaceNonFinite)}\n`;
}

/** JSON has no NaN and no infinity; a diverged run has both. */
function replaceNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}

function reviveNonFinite(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('number' in value)) return value;
  return typeof value.number === 'string' ? Number(value.number) : value;
}

/** `output` is null where the file cannot be used, and `message` then says why and what to do. */
export function parseSidecar(text: string): { readonly output: CellOutput | null; readonly message: string } {
  let data: unknown;
  try {
    data = JSON.parse(text, reviveNonFinite);
  } catch {
    return { output: null, message: 'The stored results are damaged; run the cell again.' };
  }
  const version = (data as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > SIDECAR_VERSION) {
    const message = `The stored results were written by a newer Norm Lab (version ${version}); they are left alone. Update to read them.`;
    return { output: null, message };
  }
  if (version !== SIDECAR_VERSION || !isOutput(data))
    return { output: null, message: 'The stored results are not of this kind; run the cell again.' };
  return { output: data, message: '' };
}

function isOutput(data: unknown): data is CellOutput {
  const output = data as Partial<CellOutput> | null;
  const lists = [output?.measures, output?.runs, output?.results, output?.expectations];
  return typeof output?.cell === 'string' && lists.every(Array.isArray) && typeof output.axes === 'object';
}
