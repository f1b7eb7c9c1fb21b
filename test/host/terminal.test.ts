// The terminal's twin: another process, and where the PATH has one another version of Node, must say what the
// editor says, and compute the same numbers to the bit.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, read, write } from '../support/host.ts';

interface Finding {
  readonly rule: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
}

/** Runs `normlab` in the window's folder, as one types it; 0 and 1 are answers, 2 is none. */
function normlab(...words: string[]): Promise<string> {
  const cli = path.join(extension().extensionPath, 'bin/normlab.mjs');
  return new Promise((resolve, reject) => {
    execFile('node', [cli, ...words], { cwd: inFolder('').fsPath, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error && error.code !== 1) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
}

/** What is stored beside a notebook, by file name. */
async function stored(folder: vscode.Uri): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name] of await vscode.workspace.fs.readDirectory(folder))
    files[name] = await read(vscode.Uri.joinPath(folder, name));
  return files;
}

suite('the terminal and the editor', () => {
  suiteSetup(() => extension().activate());
  teardown(closeAll);

  test('find the same, at the same places, in the same words', async () => {
    const uri = inFolder('simple_net.py');
    await edit(uri);
    const shown = await eventually(() => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'norm lab');
      assert.equal(found.length, 3);
      return found.map(({ code, range, message }) => ({
        rule: typeof code === 'object' ? String(code.value) : String(code),
        line: range.start.line + 1,
        column: range.start.character + 1,
        endLine: range.end.line + 1,
        endColumn: range.end.character + 1,
        message,
      }));
    });
    const { findings }: { findings: readonly Finding[] } = JSON.parse(
      await normlab('check', 'simple_net.py', 'simple_net_fixed.py', '--format', 'json'),
    );
    const said = findings.map(({ rule, line, column, endLine, endColumn, message }) => ({
      rule,
      line,
      column,
      endLine,
      endColumn,
      message,
    }));
    const byRule = (a: { rule: string }, b: { rule: string }) => (a.rule < b.rule ? -1 : 1);
    assert.deepEqual(said.sort(byRule), shown.sort(byRule));
  }).timeout(60_000);

  test('run a lab notebook to the same bytes', async () => {
    const uri = await write(
      'twin.normlab.md',
      '---\nnorm-lab: 1\n---\n\n```yaml norm-lab id=twin\nkind: sweep\nmodel: {family: mlp, depth: 2, width: 8}\n' +
        'norm: [batch, layer]\nbatch: [4]\nseeds: 2\nsamples: 400\nmeasure: [val_loss]\n```\n',
    );
    await vscode.commands.executeCommand('vscode.openWith', uri, 'norm-lab');
    await eventually(() => assert.equal(vscode.window.activeNotebookEditor?.notebook.uri.toString(), uri.toString()));
    await vscode.commands.executeCommand('notebook.execute', uri);
    const folder = vscode.Uri.joinPath(inFolder('.normlab'), 'twin');
    const inEditor = await eventually(() => stored(folder));
    await normlab('run', 'twin.normlab.md', '--out', 'by-terminal');
    const inTerminal = await stored(inFolder('by-terminal'));
    assert.deepEqual(Object.keys(inTerminal), Object.keys(inEditor));
    for (const [name, text] of Object.entries(inEditor)) {
      const same = Object.entries(JSON.parse(text)).map(([key, value]) => [key, JSON.stringify(value)] as const);
      const other = JSON.parse(inTerminal[name] ?? '{}');
      for (const [key, value] of same)
        assert.ok(
          JSON.stringify(other[key]) === value,
          `${key}: ${value.slice(0, 300)} … ${JSON.stringify(other[key])?.slice(0, 300)}`,
        );
      assert.ok(inTerminal[name] === text, 'The bytes differ.');
    }
  }).timeout(120_000);
});
