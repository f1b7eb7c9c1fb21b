// What a model is read from: a Python file, or the Python cells of a notebook taken together. A notebook's places
// name a cell and lines of that cell.

import * as vscode from 'vscode';
import type { Checked as CheckedText } from '../../analysis/check-text.ts';
import type { NotebookText } from '../../analysis/notebook-text.ts';
import type { Place, Span } from '../../base/finding.ts';
import type { ReadResult } from '../../protocol/messages.ts';
import { cellPath } from '../cell-path.ts';
import type { Documents } from '../documents.ts';
import type { Notebooks } from '../notebooks.ts';
import { readSources, type Sources } from './sources.ts';

/** Its text, checked, as it is now. */
export interface CheckedSource {
  readonly text: CheckedText;
  place(span: Span): Place;
}

export interface ModelSource {
  readonly uri: vscode.Uri;
  /** For people. */
  readonly name: string;
  /** Another one for another text. */
  readonly version: number;
  check(): Promise<CheckedSource | null>;
  sources(checked: CheckedSource): Promise<Sources>;
  /** A result with places as people know them. */
  placed(result: ReadResult, checked: CheckedSource): ReadResult;
}

export function documentSource(document: vscode.TextDocument, documents: Documents): ModelSource {
  const { uri } = document;
  return {
    uri,
    name: nameOf(uri),
    get version() {
      return document.version;
    },
    check: async () => {
      const checked = await documents.check(document);
      return checked ? { text: checked.text, place: (span) => placeOf(checked.text, uri.path, span) } : null;
    },
    sources: () => readSources(uri),
    placed: (result) => result,
  };
}

interface CheckedNotebook extends CheckedSource {
  readonly source: NotebookText;
}

export function notebookSource(notebook: vscode.NotebookDocument, notebooks: Notebooks): ModelSource {
  const { uri } = notebook;
  // As a file beside it: what the notebook imports is then found, and its name is one that Python can import.
  const stem = nameOf(uri)
    .replace(/\.ipynb$/, '')
    .replace(/\W/g, '_');
  const entry = vscode.Uri.joinPath(uri, '..', `${stem}_ipynb.py`);
  const inCell = (source: NotebookText) => (place: Place) =>
    place.path === entry.path ? placeInCell(source, uri.path, place) : place;
  return {
    uri,
    name: nameOf(uri),
    get version() {
      return notebook.version;
    },
    check: async () => {
      const checked = await notebooks.check(notebook);
      if (!checked) return null;
      const { source, text } = checked;
      const place = (span: Span) => placeInCell(source, uri.path, placeOf(text, uri.path, span));
      const whole: CheckedNotebook = { source, text, place };
      return whole;
    },
    sources: (checked) => readSources(entry, (checked as CheckedNotebook).source.text),
    placed: (result, checked) => {
      const mapped = mapPlaces(result, inCell((checked as CheckedNotebook).source));
      return mapped.graph ? { ...mapped, graph: { ...mapped.graph, path: uri.path } } : mapped;
    },
  };
}

function nameOf({ path }: vscode.Uri): string {
  return path.split('/').at(-1) ?? path;
}

function placeOf({ facts }: CheckedText, path: string, span: Span): Place {
  const start = facts.lines.position(span.start);
  const end = facts.lines.position(span.end);
  return { path, ...start, endLine: end.line, endColumn: end.column };
}

/** Cells begin on lines of their own, so a line of the whole is a line of one cell. */
function placeInCell({ text, cells }: NotebookText, path: string, place: Place): Place {
  const first = (start: number) => text.slice(0, start).split('\n').length;
  const cell = cells.findLast(({ start }) => first(start) <= place.line) ?? cells[0];
  if (!cell) return place;
  const before = first(cell.start) - 1;
  return {
    ...place,
    path: cellPath(path, cell.index),
    line: place.line - before,
    endLine: place.endLine - before,
  };
}

/** The same value with every place in it changed; what occurs twice stays one. */
function mapPlaces<T>(value: T, change: (place: Place) => Place, done = new Map<unknown, unknown>()): T {
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known as T;
  const mapped = Array.isArray(value)
    ? value.map((item) => mapPlaces(item, change, done))
    : isPlace(value)
      ? change(value)
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapPlaces(item, change, done)]));
  done.set(value, mapped);
  return mapped as T;
}

function isPlace(value: object): value is Place {
  return 'path' in value && 'endLine' in value && 'endColumn' in value;
}
