import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CellOutput } from '../../src/protocol/messages.ts';
import { closeAll, eventually, extension, inFolder, pause, read, write } from '../support/host.ts';

const MIME = 'application/vnd.norm-lab.v1+json';

function notebookText({ samples, seeds = 2 }: { samples: number; seeds?: number }): string {
  return [
    '---',
    'norm-lab: 1',
    '---',
    '# A question  ',
    '',
    'Prose with trailing blanks.   ',
    '',
    '```yaml norm-lab id=small',
    'kind: sweep',
    'model: {family: mlp,   depth: 2, width: 8}   # spacing is kept',
    'norm: [batch, none]',
    'batch: [2, 8]',
    `seeds: ${seeds}`,
    `samples: ${samples}`,
    'measure: [val_loss]',
    '```',
    '',
  ].join('\r\n');
}

async function open(uri: vscode.Uri): Promise<vscode.NotebookDocument> {
  // Opened as a person does: a document opened through the API stays alive for minutes after its editor closed.
  await vscode.commands.executeCommand('vscode.openWith', uri, 'norm-lab');
  return eventually(() => {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    assert.equal(notebook?.uri.toString(), uri.toString());
    return notebook;
  });
}

function specCell(notebook: vscode.NotebookDocument): vscode.NotebookCell {
  const cell = notebook.getCells().find(({ kind }) => kind === vscode.NotebookCellKind.Code);
  assert.ok(cell);
  return cell;
}

function outputOf(cell: vscode.NotebookCell): CellOutput {
  const item = cell.outputs[0]?.items.find(({ mime }) => mime === MIME);
  assert.ok(item, cell.outputs[0] ? new TextDecoder().decode(cell.outputs[0].items[0]?.data) : 'There is no output.');
  return JSON.parse(new TextDecoder().decode(item.data));
}

function errorOf(cell: vscode.NotebookCell): string {
  const item = cell.outputs[0]?.items[0];
  assert.equal(item?.mime, 'application/vnd.code.notebook.error');
  return JSON.parse(new TextDecoder().decode(item.data)).message;
}

function run(notebook: vscode.NotebookDocument): Thenable<unknown> {
  return vscode.commands.executeCommand('notebook.execute', notebook.uri);
}

suite('lab notebook', () => {
  suiteSetup(() => extension().activate());
  teardown(closeAll);

  test('runs a cell: plan first, then results as they come, and the file stays as it was', async () => {
    const text = notebookText({ samples: 400 });
    const uri = await write('small.normlab.md', text);
    const notebook = await open(uri);
    const cell = specCell(notebook);
    const counts: number[] = [];
    const states = new Set<string>();
    const listener = vscode.workspace.onDidChangeNotebookDocument(({ notebook: changed, cellChanges }) => {
      if (changed !== notebook || cellChanges.every(({ outputs }) => outputs === undefined)) return;
      if (cell.outputs.length === 0) return;
      counts.push(outputOf(cell).results.length);
      states.add(outputOf(cell).state);
    });
    await run(notebook);
    listener.dispose();
    const output = outputOf(cell);
    assert.equal(output.state, 'finished', output.message);
    assert.equal(output.runs.length, 8);
    assert.equal(output.results.length, 8);
    assert.deepEqual(output.axes['norm'], ['batch', 'none']);
    for (const { status, summary } of output.results) {
      assert.equal(status, 'finished');
      assert.ok(Number.isFinite(summary['val_loss']));
    }
    assert.ok(states.has('running'));
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => a - b),
    );
    const fallback = cell.outputs[0]?.items.find(({ mime }) => mime === 'text/markdown');
    assert.match(new TextDecoder().decode(fallback?.data), /\| norm \| batch \| val_loss \| seeds \|/);
    assert.equal(notebook.isDirty, false);
    assert.equal(await read(uri), text);
  }).timeout(120_000);

  test('reopened, it shows the results again; changed, it shows them as stale', async () => {
    const uri = await write('again.normlab.md', notebookText({ samples: 200 }));
    const first = await open(uri);
    await run(first);
    const before = outputOf(specCell(first));
    await closeAll();
    await eventually(() => assert.ok(first.isClosed));
    const second = await open(uri);
    const after = await eventually(() => outputOf(specCell(second)));
    assert.deepEqual(after, before);
    assert.equal(second.isDirty, false);
    await closeAll();
    await eventually(() => assert.ok(second.isClosed));
    await write('again.normlab.md', notebookText({ samples: 300 }));
    const third = await open(uri);
    const stale = await eventually(() => outputOf(specCell(third)));
    assert.equal(stale.state, 'stale');
    assert.deepEqual(stale.results, before.results);
  }).timeout(120_000);

  test('the same cell gives the same numbers', async () => {
    const notebook = await open(await write('same.normlab.md', notebookText({ samples: 200 })));
    await run(notebook);
    const first = outputOf(specCell(notebook)).results;
    await run(notebook);
    assert.deepEqual(outputOf(specCell(notebook)).results, first);
  }).timeout(120_000);

  test('cancelling takes at most 200 ms and keeps what had finished', async () => {
    const uri = await write('long.normlab.md', notebookText({ samples: 60_000, seeds: 3 }));
    const notebook = await open(uri);
    const cell = specCell(notebook);
    const done = run(notebook);
    await eventually(() => {
      assert.ok(outputOf(cell).results.some(({ status }) => status === 'finished'));
      assert.equal(outputOf(cell).state, 'running');
    }, 60_000);
    const started = performance.now();
    await vscode.commands.executeCommand('notebook.cancelExecution', {
      ranges: [{ start: 0, end: notebook.cellCount }],
      document: uri,
    });
    await eventually(() => assert.equal(outputOf(cell).state, 'partial'));
    const took = performance.now() - started;
    await done;
    assert.ok(took <= 200, `Cancelling took ${took.toFixed(0)} ms.`);
    const { results, message, runs } = outputOf(cell);
    const finished = results.filter(({ status }) => status === 'finished').length;
    assert.ok(finished > 0 && finished < runs.length);
    assert.equal(message, `Stopped: ${finished} of ${runs.length} runs finished and are kept.`);
    assert.equal(notebook.isDirty, false);
    await pause(300);
    assert.equal(outputOf(cell).results.length, results.length);
  }).timeout(120_000);

  test('saving an edit changes that cell’s bytes and no others', async () => {
    const text = notebookText({ samples: 400 });
    const uri = await write('edited.normlab.md', text);
    const notebook = await open(uri);
    const { document } = specCell(notebook);
    const edit = new vscode.WorkspaceEdit();
    const at = document.getText().indexOf('seeds: 2') + 'seeds: '.length;
    edit.replace(document.uri, new vscode.Range(document.positionAt(at), document.positionAt(at + 1)), '5');
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.ok(await notebook.save());
    assert.equal(await read(uri), text.replace('seeds: 2', 'seeds: 5'));
  });

  test('a cell that is not an experiment says where and why', async () => {
    const text = notebookText({ samples: 400 }).replace('norm: [batch, none]', 'norm: [batch, nonsense]');
    const notebook = await open(await write('wrong.normlab.md', text));
    await run(notebook);
    assert.match(errorOf(specCell(notebook)), /^Line 3: .*`nonsense`/);
    assert.equal(notebook.isDirty, false);
  });

  for (const [what, name, bytes] of [
    [
      'an unclosed cell',
      'unclosed.normlab.md',
      new TextEncoder().encode('# Title\n\n```yaml norm-lab id=a\nkind: sweep\n'),
    ],
    ['text that is not UTF-8', 'latin1.normlab.md', new Uint8Array([0x23, 0x20, 0xe9, 0xff, 0xfe, 0x0a])],
    ['a later version', 'later.normlab.md', new TextEncoder().encode('---\nnorm-lab: 99\n---\n# Later\n')],
  ] as const) {
    test(`${what} is refused, and the file stays as it was`, async () => {
      const uri = await write(name, bytes);
      await assert.rejects(async () => vscode.workspace.openNotebookDocument(uri));
      await pause(200);
      assert.deepEqual(new Uint8Array(await vscode.workspace.fs.readFile(uri)), new Uint8Array(bytes));
    });
  }

  test('the example opens, and prints back byte for byte', async () => {
    const uri = inFolder('batch-size.normlab.md');
    const before = await read(uri);
    const notebook = await open(uri);
    assert.equal(notebook.notebookType, 'norm-lab');
    assert.equal(notebook.getCells().filter(({ kind }) => kind === vscode.NotebookCellKind.Code).length, 1);
    const there = new vscode.WorkspaceEdit();
    there.insert(specCell(notebook).document.uri, new vscode.Position(0, 0), '#');
    await vscode.workspace.applyEdit(there);
    const back = new vscode.WorkspaceEdit();
    back.delete(specCell(notebook).document.uri, new vscode.Range(0, 0, 0, 1));
    await vscode.workspace.applyEdit(back);
    assert.ok(notebook.isDirty);
    assert.ok(await notebook.save());
    assert.equal(await read(uri), before);
  });

  test('a cell can name the user’s own model, and is stale when it names another run of it', async () => {
    const cell = (batch: number) =>
      [
        '```yaml norm-lab id=own',
        'kind: sweep',
        'model: {file: simple_net.py}',
        `batch: [${batch}]`,
        'samples: 200',
        '```',
        '',
      ].join('\n');
    const uri = await write('own.normlab.md', cell(4));
    const notebook = await open(uri);
    await run(notebook);
    assert.equal(outputOf(specCell(notebook)).state, 'finished', outputOf(specCell(notebook)).message);
    await closeAll();
    await eventually(() => assert.ok(notebook.isClosed));
    await write('own.normlab.md', cell(8));
    const again = await open(uri);
    assert.equal((await eventually(() => outputOf(specCell(again)))).state, 'stale');
    await write('none.normlab.md', cell(4).replace('simple_net.py', 'missing.py'));
    const wrong = await open(inFolder('none.normlab.md'));
    await run(wrong);
    assert.match(errorOf(specCell(wrong)), /^`missing\.py` could not be read; expected it at .*missing\.py\.$/);
  }).timeout(120_000);

  test('what is wrong in a cell is underlined at its key while it is written', async () => {
    const text = notebookText({ samples: 400 }).replace('batch: [2, 8]', 'batch: [2, eight]');
    const { uri } = specCell(await open(await write('underlined.normlab.md', text))).document;
    const [problem, ...others] = await eventually(() => {
      const found = vscode.languages.getDiagnostics(uri);
      assert.ok(found.length > 0);
      return found;
    });
    assert.deepEqual(others, []);
    assert.equal(problem?.severity, vscode.DiagnosticSeverity.Error);
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.getText(problem?.range), 'eight');
    await closeAll();
  });

  test('a new notebook runs as it is', async () => {
    await vscode.commands.executeCommand('normLab.newNotebook');
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    assert.equal(notebook?.notebookType, 'norm-lab');
    await run(notebook);
    assert.equal(outputOf(specCell(notebook)).state, 'finished');
  }).timeout(180_000);
});
