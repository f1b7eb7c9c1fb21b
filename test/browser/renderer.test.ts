import assert from 'node:assert/strict';
import type { CellOutput } from '../../src/protocol/messages.ts';
import { cellOutput } from './fixtures.ts';
import { type Opened, Views } from './support/page.ts';
import { assertAccessible, assertDrawn, assertFits } from './support/seen.ts';
import { SHEET_NAMES } from './support/tokens.ts';

let views: Views;
suiteSetup(async () => {
  views = await Views.start();
});
suiteTeardown(() => views.stop());

async function onCell(output: CellOutput, attempt: (opened: Opened) => Promise<void>, width = 900) {
  const opened = await views.renderer(output, { theme: 'dark', width });
  try {
    await opened.page.waitForSelector('#output > *');
    await attempt(opened);
    assert.deepEqual(opened.problems, []);
  } finally {
    await opened.close();
  }
}

async function show({ page }: Opened, output: unknown): Promise<void> {
  await page.evaluate((text) => (window as unknown as { show(text: string): void }).show(text), JSON.stringify(output));
}

suite('a cell’s output in every theme and width', () => {
  for (const theme of SHEET_NAMES) {
    for (const width of [320, 900]) {
      test(`${theme}, ${width} pixels: drawn, said, reachable, and fits`, async () => {
        const opened = await views.renderer(cellOutput(36), { theme, width });
        await opened.page.waitForSelector('.nl-cell-output');
        await assertDrawn(opened.page, 2);
        await assertFits(opened.page);
        await assertAccessible(opened.page);
        await opened.shot(`renderer-${theme}-${width}`);
        assert.deepEqual(opened.problems, []);
        await opened.close();
      });
    }
  }
});

suite('a cell’s output', () => {
  test('shows every combination, its interval, the best, and what diverged', async () => {
    await onCell(cellOutput(36), async ({ page }) => {
      const rows = await page.locator('.nl-results tbody tr').all();
      assert.equal(rows.length, 4);
      const texts = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
      assert.match(texts[2]?.[0] ?? '', /^★ best of its column, 0\.32 ± 0\.03$/);
      assert.match(texts[3]?.[0] ?? '', /1 of 3 diverged$/);
      assert.match((await page.locator('.nl-expectations').textContent()) ?? '', /3 expectations: 1 of 3 do not hold/);
      assert.match((await page.locator('.nl-provenance').textContent()) ?? '', /specification 3f9a1c0be2d44710/);
    });
  });

  test('the grid is walked with the arrows; Enter takes a cell’s curves in', async () => {
    await onCell(cellOutput(36), async ({ page }) => {
      await page.locator('.nl-results td[tabindex="0"]').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-cell')), '1,1');
      await page.keyboard.press('Enter');
      const legend = page.locator('[data-figure="batch-sweep-curves"] .nl-legend');
      assert.match((await legend.textContent()) ?? '', /layer at batch 8/);
      await page.keyboard.press('Enter');
      assert.doesNotMatch((await legend.textContent()) ?? '', /layer at batch 8/);
    });
  });

  test('another measure is another grid', async () => {
    await onCell(cellOutput(36), async ({ page }) => {
      const before = await page.locator('.nl-results td').first().textContent();
      await page.getByLabel('Measure').selectOption('train_eval_gap');
      assert.notEqual(await page.locator('.nl-results td').first().textContent(), before);
      assert.match(
        (await page.locator('[data-figure="batch-sweep-interaction"] h3').textContent()) ?? '',
        /Train eval gap by batch/,
      );
    });
  });

  test('Control+C copies the table', async () => {
    await onCell(cellOutput(36), async ({ page }) => {
      await page.evaluate(() => {
        document.addEventListener('copy', () => {
          Object.assign(window, { copied: (document.activeElement as HTMLTextAreaElement).value });
        });
      });
      await page.locator('.nl-results td[tabindex="0"]').focus();
      await page.keyboard.press('Control+c');
      await page.getByText('Copied.').waitFor();
      const copied = await page.evaluate(() => (window as unknown as { copied: string }).copied);
      assert.match(copied, /^norm\tbatch 2\t±\tbatch 8\t±\tbatch 32\t±\nbatch\t1\.0\d+\t/);
      assert.equal(copied.split('\n').length, 5);
    });
  });

  test('replaced while it runs, it fills up and one keeps looking at the same thing', async () => {
    await onCell(cellOutput(10), async (opened) => {
      const { page } = opened;
      assert.match((await page.locator('.nl-chip').textContent()) ?? '', /running 10 of 36/);
      assert.match((await page.locator('.nl-results').textContent()) ?? '', /not run/);
      await page.getByLabel('Measure').selectOption('val_accuracy');
      await page.locator('.nl-results td[data-cell="0,2"]').click();
      await show(opened, cellOutput(25));
      assert.match((await page.locator('.nl-chip').textContent()) ?? '', /running 25 of 36/);
      assert.equal(await page.getByLabel('Measure').inputValue(), 'val_accuracy');
      assert.equal(await page.locator('.nl-results td[data-cell="0,2"]').getAttribute('aria-selected'), 'true');
      await opened.shot('renderer-running');
    });
  });

  for (const [state, words] of [
    ['partial', /partial 10 of 36/],
    ['stale', /stale: the specification changed/],
    ['failed', /failed.*The key batch wants numbers, at line 4\./s],
  ] as const) {
    test(`${state}: said, and what there is stays visible`, async () => {
      const message = state === 'failed' ? 'The key `batch` wants numbers, at line 4.' : '';
      await onCell({ ...cellOutput(10, state), message }, async (opened) => {
        assert.match((await opened.page.locator('.nl-cell-head').textContent()) ?? '', words);
        assert.equal(await opened.page.locator('.nl-results tbody tr').count(), 4);
        await assertAccessible(opened.page);
        await opened.shot(`renderer-${state}`);
      });
    });
  }

  test('no combinations, numbers that are none, and results of another version', async () => {
    await onCell({ ...cellOutput(0), axes: { batch: [] }, runs: [], results: [] }, async (opened) => {
      assert.match((await opened.page.locator('.nl-cell-output').textContent()) ?? '', /0 combinations/);
      const diverged = cellOutput(36).results.at(-1);
      const broken = { ...cellOutput(36), results: [{ ...diverged, summary: { val_loss: { number: 'NaN' } } }] };
      await show(opened, broken);
      assert.match((await opened.page.locator('.nl-results').textContent()) ?? '', /not run/);
      await show(opened, { ...cellOutput(36), version: 2 });
      assert.match((await opened.page.locator('#output').textContent()) ?? '', /format 2, by a newer Norm Lab/);
      await show(opened, { something: 'else' });
      assert.match((await opened.page.locator('#output').textContent()) ?? '', /not a result of Norm Lab/);
    });
  });

  test('disposed, it leaves nothing behind', async () => {
    await onCell(cellOutput(36), async ({ page }) => {
      await page.waitForTimeout(300);
      await page.evaluate(() => (window as unknown as { disposeOutput(): void }).disposeOutput());
      assert.equal(await page.locator('#output *').count(), 0);
    });
  });
});
