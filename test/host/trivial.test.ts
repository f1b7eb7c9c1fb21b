import assert from 'node:assert/strict';
import * as vscode from 'vscode';

suite('trivial', () => {
  test('runs', () => {
    assert.ok(vscode.version.startsWith('1.'));
    console.log(
      'exts',
      vscode.extensions.all
        .filter((e) => !e.id.startsWith('vscode.'))
        .map((e) => e.id)
        .join(' '),
    );
    assert.ok(vscode.extensions.getExtension('normlab.normlab'));
  });
});
