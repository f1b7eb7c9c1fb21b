// What was found in one text editor: a document of its own, or a cell of a notebook, whose findings come of all cells.

import * as vscode from 'vscode';
import type { Checked as CheckedText } from '../analysis/check-text.ts';
import type { Edit, Finding, Span } from '../base/finding.ts';
import type { Checked } from './documents.ts';
import { toRange, toTextEdits } from './ranges.ts';

export interface Shown {
  readonly uri: vscode.Uri;
  /** Those that begin in this editor. */
  readonly findings: readonly Finding[];
  readonly text: CheckedText;
  locate(span: Span): vscode.Location;
  /** null where the edits cannot be made: they would leave a cell. */
  edits(edits: readonly Edit[]): readonly (readonly [vscode.Uri, readonly vscode.TextEdit[]])[] | null;
}

export function shownDocument({ uri, text }: Checked): Shown {
  const { lines } = text.facts;
  return {
    uri,
    text,
    findings: text.findings,
    locate: (span) => new vscode.Location(uri, toRange(lines, span)),
    edits: (edits) => [[uri, toTextEdits(lines, edits)]],
  };
}
