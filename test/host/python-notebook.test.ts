import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { closeAll, eventually, extension, inFolder } from '../support/host.ts';

function shownIn(cell: vscode.NotebookCell): string[] {
  return vscode.languages
    .getDiagnostics(cell.document.uri)
    .filter(({ source }) => source === 'norm lab')
    .map(({ code }) => (typeof code === 'object' ? String(code.value) : String(code)));
}

function everywhere(): number {
  return vscode.languages
    .getDiagnostics()
    .filter(([uri]) => uri.scheme === 'vscode-notebook-cell')
    .flatMap(([, found]) => found).length;
}

async function change(notebook: vscode.NotebookDocument, ...edits: vscode.NotebookEdit[]): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, edits);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

const code = (text: string, language = 'python') =>
  new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, language);

suite('Python notebooks', () => {
  let notebook: vscode.NotebookDocument;
  let head: string;
  let tail: string;

  suiteSetup(() => extension().activate());

  setup(async () => {
    const text = readFileSync(inFolder('simple_net.py').fsPath, 'utf8');
    const at = text.indexOf('def validate');
    [head, tail] = [`%matplotlib inline\n${text.slice(0, at)}`, text.slice(at)];
    const data = new vscode.NotebookData([code(head), code(tail)]);
    notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
    await vscode.window.showNotebookDocument(notebook);
    await eventually(() => assert.deepEqual(notebook.getCells().map(shownIn), [['NL504'], ['NL101', 'NL201']]));
  });

  teardown(closeAll);

  test('a fix of one cell changes that cell, and undo brings it back', async () => {
    const [, cell] = notebook.getCells();
    assert.ok(cell);
    const [diagnostic] = vscode.languages.getDiagnostics(cell.document.uri);
    assert.ok(diagnostic);
    vscode.window.activeNotebookEditor?.revealRange(new vscode.NotebookRange(1, 2));
    // A cell out of sight has no editor to ask for actions.
    const actions = await eventually(async () =>
      vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        cell.document.uri,
        diagnostic.range,
      ),
    );
    const fix = actions.find(({ title, edit }) => edit !== undefined && title.includes('NL101'));
    assert.ok(fix?.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    await eventually(() => assert.deepEqual(notebook.getCells().map(shownIn), [['NL504'], ['NL201']]));
    assert.equal(notebook.cellAt(0).document.getText(), head);
  });

  test('nothing stays behind a cell that goes, becomes text or another language', async () => {
    await change(notebook, vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(1, 2)));
    await eventually(() => assert.deepEqual(notebook.getCells().map(shownIn), [['NL504']]));
    assert.equal(everywhere(), 1);
    await change(notebook, vscode.NotebookEdit.insertCells(0, [code('x = 1')]));
    await eventually(() => assert.deepEqual(notebook.getCells().map(shownIn), [[], ['NL504']]));
    await vscode.languages.setTextDocumentLanguage(notebook.cellAt(1).document, 'javascript');
    await eventually(() => assert.equal(everywhere(), 0));
    const text = new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, head, 'markdown');
    await change(notebook, vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(1, 2), [text]));
    await eventually(() => assert.equal(everywhere(), 0));
    await change(notebook, vscode.NotebookEdit.insertCells(2, [code(head), code(tail)]));
    await eventually(() => assert.equal(everywhere(), 3));
  });

  test('a closed notebook leaves nothing behind', async () => {
    await closeAll();
    await eventually(() => assert.equal(everywhere(), 0));
  });
});
