import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, write } from '../support/host.ts';

const PLANTED = ['NL101', 'NL201', 'NL504'];

function codes(uri: vscode.Uri): string[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ source }) => source === 'norm lab')
    .map(({ code }) => (typeof code === 'object' ? String(code.value) : String(code)))
    .sort();
}

suite('configuration', () => {
  let uri: vscode.Uri;

  setup(async () => {
    await extension().activate();
    uri = inFolder('simple_net.py');
    await edit(uri);
    await eventually(() => assert.deepEqual(codes(uri), PLANTED));
  });

  teardown(async () => {
    await vscode.workspace.fs.delete(inFolder('pyproject.toml'));
    await eventually(() => assert.deepEqual(codes(uri), PLANTED));
    await closeAll();
  });

  test('a pyproject.toml counts when it is written, changed and deleted; what is wrong in it is said there', async () => {
    const file = await write('pyproject.toml', '[tool.normlab]\nignore = ["NL504"]\n');
    await eventually(() => assert.deepEqual(codes(uri), ['NL101', 'NL201']));
    await write('pyproject.toml', '[tool.normlab]\nignore = ["NL101", "NL9999"]\n');
    await eventually(() => assert.deepEqual(codes(uri), ['NL201', 'NL504']));
    await eventually(() => assert.deepEqual(codes(file), ['NL001']));
    const [fault] = vscode.languages.getDiagnostics(file);
    assert.deepEqual([fault?.range.start.line, fault?.range.start.character], [1, 20]);
    await write('pyproject.toml', '[tool.normlab]\nexclude = ["simple_*.py"]\n');
    await eventually(() => assert.deepEqual(codes(uri), []));
    assert.deepEqual(codes(file), []);
  });

  test('the settings stand above the file, and the effective configuration says so', async () => {
    await write('pyproject.toml', '[tool.normlab]\nselect = ["NL5"]\n');
    await eventually(() => assert.deepEqual(codes(uri), ['NL504']));
    const lint = vscode.workspace.getConfiguration('normLab.lint', uri);
    await lint.update('select', ['NL1', 'NL5'], vscode.ConfigurationTarget.Workspace);
    await eventually(() => assert.deepEqual(codes(uri), ['NL101', 'NL504']));
    await vscode.commands.executeCommand('normLab.showEffectiveConfig');
    await eventually(() => {
      const text = vscode.window.activeTextEditor?.document.getText() ?? '';
      assert.match(text, /^NL101 .* warning +selected by the settings normLab\.lint$/m);
      assert.match(text, /^NL201 .* off +not selected by the settings normLab\.lint$/m);
    });
    await lint.update('select', undefined, vscode.ConfigurationTarget.Workspace);
    await edit(uri);
    await eventually(() => assert.deepEqual(codes(uri), ['NL504']));
  });
});
