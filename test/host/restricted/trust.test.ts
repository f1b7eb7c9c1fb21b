import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, pause } from '../../support/host.ts';

suite('in Restricted Mode', () => {
  suiteSetup(() => extension().activate());
  teardown(closeAll);

  test('nothing is trusted here', () => assert.equal(vscode.workspace.isTrusted, false));

  test('pitfalls are shown', async () => {
    const uri = inFolder('simple_net.py');
    await edit(uri);
    await eventually(() => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'norm lab');
      assert.equal(found.length, 3);
    });
  });

  test('a model is not read, and why is said', async () => {
    await edit(inFolder('simple_net.py'));
    await vscode.commands.executeCommand('normLab.observeModel');
    const { phase, message } = extension().exports.observation.state;
    assert.equal(phase, 'failed');
    assert.match(message, /needs a trusted workspace; trust this one/);
  });

  test('the outline stays empty, as nothing is run', async () => {
    await edit(inFolder('simple_net.py'));
    await vscode.commands.executeCommand('normLab.outline.focus');
    await vscode.commands.executeCommand('normLab.refreshOutline');
    await pause(500);
    assert.deepEqual(extension().exports.outline.rows(), []);
  });
});
