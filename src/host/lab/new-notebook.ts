import * as vscode from 'vscode';
import { NOTEBOOK_TYPE, SPEC_LANGUAGE } from './serializer.ts';

const PROSE = `# A question

What do you expect to see, and why? Write it down before running the cell below.`;

const SPEC = `kind: sweep
model: {family: cnn, depth: 2, width: 8}
norm: [batch, layer, group, none]
batch: [2, 32]
seeds: 3
samples: 2000
data: digits
measure: [val_loss, train_eval_gap]`;

/** Opens an untitled lab notebook with one prose cell and one experiment that runs as it is. */
export async function newNotebook(): Promise<void> {
  const cells = [
    new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, PROSE, 'markdown'),
    new vscode.NotebookCellData(vscode.NotebookCellKind.Code, SPEC, SPEC_LANGUAGE),
  ];
  const data = new vscode.NotebookData(cells);
  data.metadata = { head: '---\nnorm-lab: 1\n---\n\n', eol: '\n' };
  const notebook = await vscode.workspace.openNotebookDocument(NOTEBOOK_TYPE, data);
  await vscode.window.showNotebookDocument(notebook);
}
