// What a person would notice on a page: drawings with nothing on them, text that runs out of the window, and
// whatever axe-core calls serious.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Colors on each drawing, by its figure's id; a drawing is looked at where it can be seen. */
export async function inkOfDrawings(page: Page): Promise<ReadonlyMap<string, number>> {
  const ink = new Map<string, number>();
  for (const figure of await page.locator('.nl-figure:has(canvas)').all()) {
    await figure.scrollIntoViewIfNeeded();
    const id = (await figure.getAttribute('data-figure')) ?? '';
    await page.waitForFunction(colorsOn, id, { timeout: 3000 }).catch(() => {});
    ink.set(id, await page.evaluate(colorsOn, id));
  }
  return ink;
}

export async function assertDrawn(page: Page, fewest: number): Promise<void> {
  const ink = await inkOfDrawings(page);
  assert.ok(ink.size >= fewest, `${ink.size} drawings, of ${fewest}`);
  for (const [id, colors] of ink) assert.ok(colors >= 4, `${id} shows ${colors} colors`);
}

export async function assertFits(page: Page): Promise<void> {
  const { content, window: room } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: window.innerWidth,
  }));
  assert.ok(content <= room, `${content} pixels of content in a window of ${room}`);
}

export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  assert.deepEqual(told, []);
}

/** How many different colors a figure's canvas shows; 0 while nothing is drawn. */
function colorsOn(id: string): number {
  const canvas = document.querySelector<HTMLCanvasElement>(`[data-figure="${id}"] canvas`);
  if (!canvas || canvas.width === 0) return 0;
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d', { willReadFrequently: true });
  if (!context) return 0;
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const colors = new Set<number>();
  for (let i = 0; i < data.length; i += 4) {
    if ((data[i + 3] ?? 0) > 0) colors.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
  }
  return colors.size;
}
