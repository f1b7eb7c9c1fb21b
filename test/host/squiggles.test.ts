import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, edit, eventually, extension, inFolder, pause, write } from '../support/host.ts';

const PLANTED = ['NL101', 'NL201', 'NL504'];

function ours(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'norm lab');
}

function codeOf({ code }: vscode.Diagnostic): string {
  return typeof code === 'object' ? String(code.value) : String(code);
}

function codes(uri: vscode.Uri): string[] {
  return ours(uri).map(codeOf).sort();
}

async function actionsAt(uri: vscode.Uri, code: string): Promise<vscode.CodeAction[]> {
  const diagnostic = ours(uri).find((one) => codeOf(one) === code);
  assert.ok(diagnostic, `${code} is not shown.`);
  const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    uri,
    diagnostic.range,
  );
  return found.filter(({ title }) => title.includes(code));
}

suite('squiggles', () => {
  let uri: vscode.Uri;

  setup(async () => {
    await extension().activate();
    uri = inFolder('simple_net.py');
    await edit(uri);
    await eventually(() => assert.deepEqual(codes(uri), PLANTED));
  });

  teardown(closeAll);

  test('each says what happens, links to its page and points at the lines that explain it', () => {
    for (const diagnostic of ours(uri)) {
      const { code, message, relatedInformation } = diagnostic;
      assert.ok(typeof code === 'object', message);
      assert.match(code.target.toString(true), new RegExp(`^normlab-page:/${code.value} [a-z-]+\\.md$`));
      assert.match(message, /^\S.*\.$/s);
      assert.ok((relatedInformation ?? []).length > 0, `${code.value} has no related line.`);
      for (const { location } of relatedInformation ?? []) assert.equal(location.uri.toString(), uri.toString());
    }
  });

  for (const code of PLANTED) {
    test(`${code}: the fix takes it away, undo brings it back`, async () => {
      const { document } = await edit(uri);
      const before = document.getText();
      const fix = (await actionsAt(uri, code)).find(({ edit }) => edit !== undefined);
      assert.ok(fix?.edit, 'The light bulb offers no fix.');
      assert.doesNotMatch(fix.title, /^Ignore/);
      assert.ok(await vscode.workspace.applyEdit(fix.edit));
      // One fix may put right more: without BatchNorm, its mode does not matter either.
      await eventually(() => assert.ok(!codes(uri).includes(code), `${code} is still there.`));
      assert.deepEqual(
        codes(uri).filter((left) => !PLANTED.includes(left)),
        [],
      );
      await vscode.commands.executeCommand('undo');
      await eventually(() => assert.deepEqual(codes(uri), PLANTED));
      assert.equal(document.getText(), before);
    });
  }

  test('a line can be silenced, and keeps the place for the reason', async () => {
    const ignore = (await actionsAt(uri, 'NL504')).find(({ title }) => title === 'Ignore NL504 on this line');
    assert.ok(ignore?.edit);
    assert.ok(await vscode.workspace.applyEdit(ignore.edit));
    await eventually(() => assert.deepEqual(codes(uri), ['NL101', 'NL201']));
    const { document } = await edit(uri);
    assert.match(document.getText(), / {2}# normlab: ignore\[NL504\] reason$/m);
  });

  test('the link opens the rule’s page', async () => {
    await vscode.commands.executeCommand('normLab.openRulePage', 'NL101');
    await eventually(() => {
      const labels = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
      assert.ok(
        labels.some((label) => label.includes('NL101')),
        labels.join(', '),
      );
    });
  });

  for (const code of PLANTED) {
    test(`${code}: its page can be read`, async () => {
      await vscode.commands.executeCommand('normLab.openRulePage', code);
      const page = await eventually(() => {
        const found = vscode.workspace.textDocuments.find(({ uri }) => uri.path.startsWith(`/${code} `));
        assert.ok(found, 'The page is not open.');
        return found.getText();
      });
      for (const heading of ['Flagged', 'Fixed', 'Not flagged', 'When to allow it'])
        assert.match(page, new RegExp(`^## ${heading}$`, 'm'));
    });
  }

  test('NL906: a verdict’s page can be read, though no rule finds it', async () => {
    await vscode.commands.executeCommand('normLab.openRulePage', 'NL906');
    await eventually(() => {
      const found = vscode.workspace.textDocuments.find(({ uri }) => uri.path.startsWith('/NL906 '));
      assert.match(found?.getText() ?? '', /^# NL906 train-eval-gap/);
    });
  });

  test('typing never shows a moment without squiggles, and a pause brings the new ones', async () => {
    const counts: number[] = [];
    const listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((changed) => changed.toString() === uri.toString())) counts.push(ours(uri).length);
    });
    const editor = await edit(uri);
    const end = editor.document.lineCount;
    let pauses = 1;
    for (const [i, character] of [...'# a remark'].entries()) {
      const started = performance.now();
      await editor.edit((builder) => builder.insert(new vscode.Position(end, i), character));
      await pause(20);
      // On a busy machine a key may take so long that it is a pause.
      if (performance.now() - started > 200) pauses++;
    }
    await pause(600);
    listener.dispose();
    assert.ok(counts.length > 0, 'Nothing was checked again.');
    assert.ok(!counts.includes(0), `The squiggles went away for a moment: ${counts.join(', ')}.`);
    assert.ok(counts.length <= pauses + 1, `Every key was checked by itself: ${counts.length} times.`);
  });

  test('a rule that is switched off is silent, and comes back', async () => {
    const lint = vscode.workspace.getConfiguration('normLab.lint', uri);
    await lint.update('rules', { NL504: 'off' }, vscode.ConfigurationTarget.Workspace);
    await eventually(() => assert.deepEqual(codes(uri), ['NL101', 'NL201']));
    await lint.update('rules', { NL504: 'error' }, vscode.ConfigurationTarget.Workspace);
    await eventually(() => {
      const severity = ours(uri).find((one) => codeOf(one) === 'NL504')?.severity;
      assert.equal(severity, vscode.DiagnosticSeverity.Error);
    });
    await lint.update('rules', undefined, vscode.ConfigurationTarget.Workspace);
    await eventually(() => assert.deepEqual(codes(uri), PLANTED));
  });

  test('a closed file leaves nothing behind', async () => {
    await closeAll();
    await eventually(() => assert.deepEqual(codes(uri), []));
  });
});

suite('files that are not as they should be', () => {
  teardown(closeAll);

  test('broken Python is checked as far as it can be read', async () => {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(inFolder('simple_net.py')));
    const broken = await write('broken.py', `${text}\n\ndef unfinished(:\n    x = (1,\n`);
    await edit(broken);
    await eventually(() => assert.deepEqual(codes(broken), PLANTED));
  });

  test('the fixed example and a file without PyTorch show nothing', async () => {
    const fixed = inFolder('simple_net_fixed.py');
    const plain = await write('plain.py', 'import math\n\nprint(math.pi)\n');
    const planted = inFolder('simple_net.py');
    for (const uri of [fixed, plain, planted]) await edit(uri);
    // The planted one was opened last: when it shows, the others have been checked.
    await eventually(() => assert.deepEqual(codes(planted), PLANTED));
    assert.deepEqual(codes(fixed), []);
    assert.deepEqual(codes(plain), []);
  });
});
