import * as vscode from 'vscode';
import type { Place } from '../base/finding.ts';
import { cellOfPath } from './cell-path.ts';
import { placeRange } from './ranges.ts';

/** Takes a place; what rows of views call. */
export const REVEAL = 'normLab.revealPlace';

/** Shows a place of the user's code beside what asked for it; in the editor that has the file, if one has. */
export async function revealPlace(place: Place): Promise<void> {
  const cell = cellOf(place.path);
  if (cell) {
    await vscode.commands.executeCommand('vscode.open', cell.document.uri, { selection: placeRange(place) });
    return;
  }
  const document = openDocument(place.path) ?? (await vscode.workspace.openTextDocument(uriOf(place.path)));
  const visible = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  await vscode.window.showTextDocument(document, {
    selection: placeRange(place),
    preserveFocus: false,
    ...(visible?.viewColumn ? { viewColumn: visible.viewColumn } : {}),
  });
}

function cellOf(path: string): vscode.NotebookCell | undefined {
  const found = cellOfPath(path);
  const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.path === found?.notebook);
  return found && notebook && found.cell < notebook.cellCount ? notebook.cellAt(found.cell) : undefined;
}

/** Places carry the path alone; the open document knows its scheme. */
function openDocument(path: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.path === path);
}

function uriOf(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => path.startsWith(uri.path));
  return folder ? folder.uri.with({ path }) : vscode.Uri.file(path);
}
