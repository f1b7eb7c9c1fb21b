import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, write } from '../support/host.ts';

const UNUSED = '  # normlab: ignore[NL301] nothing';

suite('fix all', () => {
  let uri: vscode.Uri;
  let clean: string;

  setup(async () => {
    await extension().activate();
    const example = readFileSync(inFolder('simple_net_fixed.py').fsPath, 'utf8');
    const filler = 'def f(x):\n    y = x + 1\n    return [y, y * 2, "text"]\n\n\n'.repeat(390);
    clean = `${example}\n\n${filler}`;
    uri = await write('long.py', clean.replace(/^import torch$/m, `import torch${UNUSED}`));
    await edit(uri);
    await eventually(() => assert.equal(vscode.languages.getDiagnostics(uri).length, 1));
  });

  teardown(closeAll);

  test('puts right what changes no result, and nothing else', async () => {
    await vscode.commands.executeCommand('normLab.fixFile');
    const { document } = await edit(uri);
    assert.equal(document.getText(), clean);
  });

  test('on save answers without a wait that is felt at 2,000 lines', async () => {
    const { document } = await edit(uri);
    assert.ok(document.lineCount >= 1950);
    const times: number[] = [];
    for (let i = 0; i < 40; i++) {
      const started = performance.now();
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        new vscode.Range(0, 0, document.lineCount, 0),
        'source.fixAll.normLab',
      );
      times.push(performance.now() - started);
      assert.equal(actions.length, 1);
    }
    times.sort((a, b) => a - b);
    const p95 = times[Math.floor(0.95 * times.length)] ?? Number.NaN;
    // Far above what it takes, so that a busy machine does not fail it; the benchmark has the figure.
    assert.ok(p95 <= 400, `It took ${p95.toFixed(0)} ms.`);
  });

  test('is done by saving, where that is asked for', async () => {
    const editor = vscode.workspace.getConfiguration('editor', uri);
    await editor.update(
      'codeActionsOnSave',
      { 'source.fixAll.normLab': 'explicit' },
      vscode.ConfigurationTarget.Workspace,
    );
    const { document } = await edit(uri);
    await eventually(async () => {
      const change = new vscode.WorkspaceEdit();
      change.insert(uri, new vscode.Position(document.lineCount, 0), '\n');
      assert.ok(await vscode.workspace.applyEdit(change));
      assert.ok(await document.save());
      assert.ok(!document.getText().includes(UNUSED));
    });
    await editor.update('codeActionsOnSave', undefined, vscode.ConfigurationTarget.Workspace);
  });
});
