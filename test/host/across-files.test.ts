import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, write } from '../support/host.ts';

const NET = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(x)
`;
const TRAIN = `import torch
from net import Net

model = Net()
with torch.no_grad():
    for x in loader:
        print(model(x))
`;

function shown(uri: vscode.Uri): string[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ source }) => source === 'norm lab')
    .map(({ code }) => (typeof code === 'object' ? String(code.value) : String(code)));
}

suite('across files', () => {
  suiteSetup(() => extension().activate());
  teardown(closeAll);

  test('a model of another file is known, and followed when that file changes, goes and comes back', async () => {
    await write('apart/net.py', NET);
    const uri = await write('apart/evaluate.py', TRAIN);
    await edit(uri);
    await eventually(() => assert.deepEqual(shown(uri), ['NL101']));
    await write('apart/net.py', NET.replace('nn.BatchNorm1d', 'nn.LayerNorm'));
    await eventually(() => assert.deepEqual(shown(uri), []));
    await write('apart/net.py', NET);
    await eventually(() => assert.deepEqual(shown(uri), ['NL101']));
    await vscode.workspace.fs.delete(inFolder('apart/net.py'));
    await eventually(() => assert.deepEqual(shown(uri), []));
    await write('apart/net.py', NET);
    await eventually(() => assert.deepEqual(shown(uri), ['NL101']));
    await vscode.workspace.fs.delete(inFolder('apart'), { recursive: true });
  });
});
