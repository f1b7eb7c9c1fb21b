// Choosing a model by keyboard in a real workbench: class, arguments, input; remembered over a reload of the window,
// changed again, and forgotten.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Workbench } from '../support/workbench.ts';

const FILE = 'blocks.py';
const TEXT = `import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x))


class Net(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.Sequential(*[Block(width) for _ in range(depth)])

    def forward(self, x):
        return self.body(self.stem(x))
`;
const CHOOSE = 'Norm Lab: Choose Model, Arguments and Input';

suite('choosing a model', () => {
  let bench: Workbench;

  suiteSetup(async function () {
    this.timeout(300_000);
    bench = await Workbench.open();
    await writeFile(path.join(bench.folder, FILE), TEXT);
    await bench.openFile(FILE);
    await bench.command('Norm Lab: Focus on Model View');
    await row(/^Choose Class/).waitFor({ timeout: 60_000 });
  });

  suiteTeardown(() => bench?.close());

  function row(name: RegExp) {
    return bench.page.getByRole('treeitem', { name });
  }

  async function question(title: string): Promise<void> {
    await bench.page.locator('.quick-input-title', { hasText: title }).waitFor();
  }

  /** Over what is there. */
  async function type(text: string): Promise<void> {
    await bench.press('Control+a');
    await bench.page.keyboard.type(text);
    await bench.press('Enter');
  }

  async function startChoosing(): Promise<void> {
    await bench.openFile(FILE);
    await bench.press('F1');
    await bench.page.locator('.quick-input-widget input[type=text]').waitFor();
    await bench.page.keyboard.type(CHOOSE);
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Choose Model' }).first().waitFor();
    await bench.press('Enter');
  }

  test('asks for class, arguments and input; what does not work is said and may be changed', async () => {
    await startChoosing();
    await question('(1/3)');
    await bench.press('Enter');
    await question('(2/3)');
    await type('Net(16)');
    await bench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: /missing 1 required/ })
      .waitFor({ timeout: 30_000 });
    await question('(2/3)');
    await type('Net(16, depth=2)');
    await question('(3/3)');
    await type('4, 3, 24, 20');
    await row(/^stem, Conv2d gives \(4, 16, 24, 20\)/).waitFor({ timeout: 30_000 });
    await bench.picture('model-outline');
  }).timeout(120_000);

  test('is remembered when the window is loaded again', async () => {
    await bench.page.reload();
    await bench.page.locator('.monaco-workbench').waitFor();
    await row(/^stem, Conv2d gives \(4, 16, 24, 20\)/).waitFor({ timeout: 60_000 });
  }).timeout(120_000);

  test('goes back with the button, out with Escape, and changes nothing then', async () => {
    await startChoosing();
    await question('(1/3)');
    await bench.press('Enter');
    await question('(2/3)');
    await bench.page
      .locator('.quick-input-titlebar a[aria-label="Back"], .quick-input-titlebar .codicon-quick-input-back')
      .first()
      .click();
    await question('(1/3)');
    await bench.press('Escape');
    await row(/^stem, Conv2d gives \(4, 16, 24, 20\)/).waitFor();
  }).timeout(120_000);

  test('another class of the file is another choice', async () => {
    await startChoosing();
    await question('(1/3)');
    await type('Block');
    await question('(2/3)');
    await type('Block(5)');
    await question('(3/3)');
    await bench.press('Enter');
    await row(/^conv, Conv2d gives \(2, 5, 32, 32\)/).waitFor({ timeout: 30_000 });
    assert.equal(await row(/^stem/).count(), 0);
  }).timeout(120_000);
});
