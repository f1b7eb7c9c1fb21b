// The five first minutes of a newcomer, at the keyboard of a real VS Code.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Workbench } from '../support/workbench.ts';

const SQUIGGLES = '.squiggly-warning, .squiggly-error, .squiggly-info';
const FILE = 'simple_net.py';

suite('the workbench', function () {
  this.timeout(180_000);
  let bench: Workbench;

  suiteSetup(async () => {
    bench = await Workbench.open();
  });

  suiteTeardown(() => bench.close());

  teardown(async function () {
    if (this.currentTest?.state === 'failed') console.log(await bench.picture('failed'));
  });

  /** Errors, warnings and the rest, as the status bar counts them. */
  async function problems(): Promise<number> {
    const label = await bench.page.locator('#status\\.problems a').first().getAttribute('aria-label');
    return [...(label ?? '').matchAll(/\d+/g)].reduce((sum, [count]) => sum + Number(count), 0);
  }

  async function expectProblems(count: number): Promise<void> {
    const deadline = Date.now() + 20_000;
    while ((await problems()) !== count) {
      assert.ok(Date.now() < deadline, `Expected ${count} problems, and got ${await problems()}.`);
      await bench.page.waitForTimeout(50);
    }
  }

  /** The cursor on the first squiggle, without the box that F8 opens below it. */
  async function goToFirst(): Promise<void> {
    await bench.press('Control+Home', 'F8');
    await bench.page.locator('.marker-widget').waitFor();
    await bench.press('Escape');
    await bench.page.locator('.marker-widget').waitFor({ state: 'detached' });
  }

  test('opening the example shows three squiggles and the title icon', async () => {
    await bench.openFile(FILE);
    await expectProblems(3);
    await bench.page.locator(SQUIGGLES).first().waitFor();
    await bench.page.locator('.editor-actions a[aria-label*="Observe This Model"]').waitFor();
  });

  test('F8 goes to the first one and says what happens; its code opens the page', async () => {
    await bench.press('Control+Home', 'F8');
    const peek = bench.page.locator('.marker-widget');
    await peek.waitFor();
    assert.match(await peek.innerText(), /norm lab/);
    await bench.picture('squiggles');
    await peek.locator('a.code-link').click();
    await bench.page.getByRole('tab', { name: /NL\d{3}/ }).waitFor();
    const page = await bench.frameWith('body.vscode-body h2');
    await page.locator('h2#flagged').waitFor();
    await bench.picture('rule-page');
    await bench.command('View: Close Editor');
  });

  test('the light bulb fixes, undo brings it back', async () => {
    await bench.openFile(FILE);
    await goToFirst();
    await bench.press('Control+.');
    const menu = bench.page.locator('.action-widget').first();
    await menu.waitFor();
    await menu
      .locator('.action', { hasText: /Ignore NL\d+/ })
      .first()
      .waitFor();
    await bench.picture('light-bulb');
    await bench.press('Enter');
    await expectProblems(2);
    await bench.press('Control+z');
    await expectProblems(3);
  });

  test('Ctrl+K L fills the Observatory, and a verdict leads to its line', async () => {
    await bench.openFile(FILE);
    await bench.press('Control+Home', 'Control+k', 'l');
    const panel = await bench.frameWith('.nl-panel');
    await panel.locator('.nl-phase-finished').waitFor({ timeout: 90_000 });
    assert.ok((await panel.locator('.nl-figure').count()) >= 4);
    assert.ok((await panel.locator('.nl-verdict').count()) >= 3);
    await bench.widenSideBar(560);
    await bench.picture('observatory', { width: 1400, height: 1250 });
    const link = panel.locator('.nl-verdict .nl-link').first();
    const line = /\d+/.exec(await link.innerText())?.[0];
    await link.focus();
    await bench.press('Enter');
    await bench.page.locator('#status\\.editor\\.selection', { hasText: `Ln ${line},` }).waitFor();
  });

  test('Stop ends a long run and keeps what was drawn', async () => {
    await bench.setting('normLab.observatory.steps', 10_000_000);
    await bench.openFile(FILE);
    await bench.press('Control+k', 'l');
    const panel = await bench.frameWith('.nl-phase-running');
    await panel.locator('.nl-figure').first().waitFor();
    await bench.command('Norm Lab: Stop Current Run');
    await panel.locator('.nl-phase-cancelled').waitFor();
    assert.match(await panel.locator('.nl-status').innerText(), /Stopped at step \d+; what was measured is kept/);
    assert.ok((await panel.locator('.nl-figure').count()) >= 4);
    await bench.setting('normLab.observatory.steps', 0);
  });

  test('hidden and shown again, the Observatory is as it was', async () => {
    await bench.command('View: Show Explorer');
    await bench.page.locator('.explorer-viewlet').waitFor();
    await bench.command('Norm Lab: Open Observatory');
    const panel = await bench.frameWith('.nl-phase-cancelled');
    await panel.locator('.nl-figure').first().waitFor();
  });

  test('a lab notebook runs, is not dirty, and shows its results when it is opened again', async () => {
    const name = 'batch-size.normlab.md';
    const before = await readFile(path.join(bench.folder, name), 'utf8');
    await bench.openFile(name);
    await bench.page.locator('.kernel-label', { hasText: 'Norm Lab' }).waitFor();
    await bench.command('Notebook: Run All');
    // Outputs are drawn where they can be seen: on to the cell that runs.
    await bench.press('Control+Home', 'ArrowDown', 'ArrowDown');
    const output = await bench.frameWith('.nl-cell-output');
    await output.locator('.nl-results').waitFor();
    await output.locator('.nl-state-finished').waitFor({ timeout: 120_000 });
    await bench.page.locator('.notebook-toolbar-container', { hasText: 'Run All' }).waitFor();
    await bench.command('View: Close Primary Side Bar');
    await bench.press('Control+Home', 'ArrowDown');
    await bench.picture('notebook', { width: 1100, height: 1500 });
    assert.equal(await bench.page.locator('.tab.dirty').count(), 0);
    assert.equal(await readFile(path.join(bench.folder, name), 'utf8'), before);
    await bench.command('View: Close Editor');
    await bench.openFile(name);
    await bench.press('Control+Home', 'ArrowDown', 'ArrowDown');
    const again = await bench.frameWith('.nl-cell-output');
    await again.locator('.nl-results').waitFor();
  });
});
