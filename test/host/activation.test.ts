import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { measureActivation } from '../../tools/activation-probe.ts';
import { extension } from '../support/host.ts';

/** Commands that only links and light bulbs call. */
const INTERNAL = ['normLab.openRulePage', 'normLab.revealPlace'];

suite('activation', () => {
  test('waits until something needs it, then takes at most 50 ms', async () => {
    const took = await measureActivation(extension());
    assert.ok(took <= 50, `Activation took ${took} ms.`);
  });

  test('the commands are those of package.json', async () => {
    const registered = await vscode.commands.getCommands(true);
    // Views bring commands of their own: focus, open, toggle visibility.
    const ours = registered.filter((id) => /^normLab\.\w+$/.test(id)).sort();
    const declared: { command: string }[] = extension().packageJSON.contributes.commands;
    assert.deepEqual(ours, [...declared.map(({ command }) => command), ...INTERNAL].sort());
  });

  test('every title, setting and view has its words', () => {
    const missing = JSON.stringify(extension().packageJSON).match(/%[\w.]+%/g);
    assert.equal(missing, null);
  });
});
