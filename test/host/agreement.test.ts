import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, write } from '../support/host.ts';

interface Reported {
  readonly path: string;
  readonly rule: string;
  readonly line: number;
  readonly column: number;
  readonly severity: string;
  readonly message: string;
}

const SEVERITIES = ['error', 'warning', 'information', 'hint'];

/** What the terminal says of a folder of the workspace. */
async function inTerminal(folder: string): Promise<readonly Reported[]> {
  const cli = path.join(extension().extensionPath, 'bin/normlab.mjs');
  const cwd = inFolder('.').fsPath;
  const args = [cli, 'check', folder, '--format', 'json', '--exit-zero'];
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env, maxBuffer: 1 << 26 });
  return (JSON.parse(stdout) as { findings: readonly Reported[] }).findings;
}

function inEditor(uri: vscode.Uri): readonly string[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ source }) => source === 'norm lab')
    .map(({ code, range, severity, message }) => {
      const rule = typeof code === 'object' ? code.value : code;
      return `${rule} ${range.start.line + 1}:${range.start.character + 1} ${SEVERITIES[severity]} ${message}`;
    })
    .sort();
}

suite('the editor and the terminal', () => {
  suiteSetup(() => extension().activate());
  teardown(closeAll);

  test('find the same in the same files, with configuration and across files', async () => {
    const faulty = readFileSync(inFolder('simple_net.py').fsPath, 'utf8');
    const at = faulty.indexOf('def make_data');
    const files: Readonly<Record<string, string>> = {
      'normlab.toml':
        'extend-select = ["NL302"]\n[severity]\nNL201 = "hint"\n[per-file-ignores]\n"quiet.py" = ["NL504"]\n',
      'whole.py': faulty,
      'quiet.py': faulty.replace('model(x), y).item()', 'model(x), y).item()  # normlab: tta'),
      'model.py': faulty.slice(0, at),
      'train.py': `import torch\nimport torch.nn as nn\nfrom torch.utils.data import DataLoader, TensorDataset\nfrom model import SimpleNet\n\n${faulty.slice(at)}`,
      'tests/test_net.py': faulty,
      'broken.py': `${faulty}\ndef f(:\n`,
    };
    for (const [name, text] of Object.entries(files)) await write(`agreement/${name}`, text);
    const reported = await inTerminal('agreement');
    assert.ok(reported.length >= 10, String(reported.length));
    for (const name of Object.keys(files).filter((one) => one.endsWith('.py'))) {
      const uri = inFolder(`agreement/${name}`);
      await edit(uri);
      const expected = reported
        .filter((one) => one.path === `agreement/${name}`)
        .map(({ rule, line, column, severity, message }) => `${rule} ${line}:${column} ${severity} ${message}`)
        .sort();
      await eventually(() => assert.deepEqual(inEditor(uri), expected));
    }
    assert.ok(inEditor(inFolder('agreement/train.py')).some((one) => one.startsWith('NL101')));
    await vscode.workspace.fs.delete(inFolder('agreement'), { recursive: true });
  });

  test('checking the workspace shows files that are not open, and clears what is no longer so', async () => {
    const uri = await write('apart/never_opened.py', readFileSync(inFolder('simple_net.py').fsPath, 'utf8'));
    await vscode.commands.executeCommand('normLab.checkWorkspace');
    await eventually(() => assert.equal(inEditor(uri).length, 3));
    await vscode.workspace.fs.delete(inFolder('apart'), { recursive: true });
    await vscode.commands.executeCommand('normLab.checkWorkspace');
    await eventually(() => assert.deepEqual(inEditor(uri), []));
  });
});
