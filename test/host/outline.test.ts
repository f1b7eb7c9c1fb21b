import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NormLab } from '../../src/extension.ts';
import { closeAll, edit, eventually, extension, inFolder, write } from '../support/host.ts';

const BLOCKS = `import torch
import torch.nn as nn
from parts import WIDTH


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, WIDTH), nn.ReLU())
        self.idle = nn.Linear(2, 2)

    def forward(self, x):
        return self.body(x)
`;

suite('the outline of the model', () => {
  let outline: NormLab['outline'];

  suiteSetup(async () => {
    outline = (await extension().activate()).outline;
    await vscode.commands.executeCommand('normLab.outline.focus');
  });

  teardown(closeAll);

  function rows(): string[] {
    return outline.rows().map(({ label, description = '' }) => `${String(label)} | ${String(description)}`);
  }

  async function expectRow(wanted: RegExp): Promise<vscode.TreeItem> {
    return eventually(() => {
      const at = rows().findIndex((row) => wanted.test(row));
      assert.ok(at >= 0, `No row is like ${wanted}:\n${rows().join('\n')}`);
      return outline.rows()[at] as vscode.TreeItem;
    }, 60_000);
  }

  async function choose(row: vscode.TreeItem): Promise<void> {
    assert.ok(row.command);
    await vscode.commands.executeCommand(row.command.command, ...(row.command.arguments ?? []));
  }

  test('follows the file in front, and its rows go to their lines', async () => {
    const { document } = await edit(inFolder('simple_net.py'));
    await expectRow(/^SimpleNet\(\) \| 281 parameters · torch\.randn/);
    const row = await expectRow(/^fc1 \| Linear → \(\d+, 20\) · 220 · constant_$/);
    assert.match(String(row.accessibilityInformation?.label), /^fc1, Linear gives .*, 220 parameters, begins with/);
    await choose(row);
    await eventually(() => {
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor?.document, document);
      assert.match(document.lineAt(editor.selection.active.line).text, /self\.fc1 = nn\.Linear/);
    });
  }).timeout(120_000);

  test('is read again when the file, or one it imports, is saved', async () => {
    const parts = await write('parts.py', 'WIDTH = 4\n');
    const uri = await write('blocks.py', BLOCKS);
    await edit(uri);
    await expectRow(/^0 \| Linear → \(\d+, 4\) · 36/);
    await expectRow(/^idle \| Linear · never called · 6/);
    await edit(parts);
    const change = new vscode.WorkspaceEdit();
    change.replace(parts, new vscode.Range(0, 0, 0, 9), 'WIDTH = 6');
    assert.ok(await vscode.workspace.applyEdit(change));
    await vscode.workspace.save(parts);
    await edit(uri);
    await expectRow(/^0 \| Linear → \(\d+, 6\) · 54/);
  }).timeout(120_000);

  test('says what is missing to build a model, and offers the questions', async () => {
    await edit(
      await write(
        'needs.py',
        BLOCKS.replace('(self):\n        super', '(self, width):\n        super')
          .replace(/from parts.*\n/, '')
          .replace('WIDTH', 'width'),
      ),
    );
    const row = await expectRow(/^Line \d+: Net needs width to be built/);
    assert.equal(row.command?.command, 'normLab.revealPlace');
    const next = await expectRow(/^Choose Class, Arguments and Input/);
    assert.equal(next.command?.command, 'normLab.chooseModel');
  }).timeout(120_000);

  test('shows the failing line of a model that cannot be read, and the model once it can', async () => {
    const uri = await write(
      'failing.py',
      BLOCKS.replace(/from parts.*\n/, '')
        .replace('WIDTH', '4')
        .replace('self.body(x)', 'self.missing(x)'),
    );
    const { document } = await edit(uri);
    const row = await expectRow(/^Line \d+: .*missing/);
    await choose(row);
    const at = document.positionAt(document.getText().indexOf('missing'));
    const change = new vscode.WorkspaceEdit();
    change.replace(uri, new vscode.Range(at, at.translate(0, 'missing'.length)), 'body');
    assert.ok(await vscode.workspace.applyEdit(change));
    await document.save();
    await expectRow(/^body \| Sequential · 36$/);
  }).timeout(120_000);

  test('is empty for Python without a model', async () => {
    await edit(await write('plain.py', 'import torch\n\nprint(torch.ones(2))\n'));
    await eventually(() => assert.deepEqual(rows(), []), 60_000);
  }).timeout(120_000);

  test('an endless constructor ends, and the next file is read', async () => {
    await edit(
      await write(
        'endless.py',
        BLOCKS.replace(/from parts.*\n/, '').replace(
          '        self.body',
          '        while True:\n            pass\n        self.body',
        ),
      ),
    );
    await expectRow(/^Line \d+: .*(never end|too long)/);
    await edit(inFolder('simple_net.py'));
    await expectRow(/^fc1 \|/);
  }).timeout(120_000);

  test('reads a class of a notebook, and goes to its cell; the observed model has its places there', async () => {
    const code = (text: string) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python');
    const head = '%matplotlib inline\nimport torch\nimport torch.nn as nn';
    const net = BLOCKS.slice(BLOCKS.indexOf('class Net')).replace('WIDTH', '10');
    const note = new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, '# A net', 'markdown');
    const data = new vscode.NotebookData([code(head), note, code(net)]);
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
    await vscode.window.showNotebookDocument(notebook);
    const row = await expectRow(/^0 \| Linear → \(\d+, 10\) · 90/);
    await choose(row);
    await eventually(() => {
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor?.document, notebook.cellAt(2).document);
      assert.match(editor.document.lineAt(editor.selection.active.line).text, /nn\.Sequential/);
    });
    await vscode.commands.executeCommand('normLab.observeModel');
    const { model, phase, message } = extension().exports.observation.state;
    assert.equal(phase, 'finished', message);
    assert.equal(model?.name, 'Net');
    assert.match(model?.layers[0]?.place?.path ?? '', /#cell2$/);
    assert.equal(model?.layers[0]?.place?.line, 4);
  }).timeout(180_000);
});
