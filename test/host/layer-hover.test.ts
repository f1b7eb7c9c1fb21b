import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder } from '../support/host.ts';

async function hoverText(uri: vscode.Uri, line: number): Promise<string> {
  const position = new vscode.Position(line, 12);
  const found = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
  return found.flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value))).join('\n');
}

function lineOf(document: vscode.TextDocument, text: string): number {
  return document.positionAt(document.getText().indexOf(text)).line;
}

suite('a hover over a layer', () => {
  teardown(closeAll);

  test('tells its output, parameters and beginning, and follows an edit', async () => {
    await extension().activate();
    const uri = inFolder('simple_net.py');
    const { document } = await edit(uri);
    const line = lineOf(document, 'self.fc1');
    await eventually(async () => {
      const text = await hoverText(uri, line);
      assert.match(text, /\*\*nn\.Linear\*\* `fc1`: output \(\d+, 20\), 220 parameters/);
      assert.match(text, /`weight` \(20, 10\) begins as/);
    });
    const change = new vscode.WorkspaceEdit();
    change.insert(uri, new vscode.Position(0, 0), '# A line above.\n');
    assert.ok(await vscode.workspace.applyEdit(change));
    await eventually(async () => assert.match(await hoverText(uri, line + 1), /`fc1`: output/));
    assert.doesNotMatch(await hoverText(uri, 0), /fc1/);
  });
});
