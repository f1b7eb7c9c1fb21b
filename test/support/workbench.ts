// A person at the workbench: a real VS Code with the extension and a copy of examples/, driven by keyboard.

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Browser, Frame, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../../tools/chromium.ts';
import { type HostServer, installHostServer, startHostServer, workbenchUrl } from '../../tools/host-server.ts';
import { smallPng } from './small-png.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const PICTURES = path.join(ROOT, 'docs/screenshots');
const SIZE = { width: 1280, height: 800 };

/** What keeps pictures the same from run to run, and small. */
const SETTINGS = {
  'workbench.colorTheme': 'Default Dark Modern',
  'editor.minimap.enabled': false,
  'editor.fontSize': 13,
  'breadcrumbs.enabled': false,
  'workbench.layoutControl.enabled': false,
  'window.commandCenter': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'problems.decorations.enabled': true,
};

export class Workbench {
  readonly page: Page;
  readonly folder: string;
  readonly #scratch: string;
  readonly #server: HostServer;
  readonly #browser: Browser;

  private constructor(page: Page, scratch: string, folder: string, server: HostServer, browser: Browser) {
    this.page = page;
    this.folder = folder;
    this.#scratch = scratch;
    this.#server = server;
    this.#browser = browser;
  }

  static async open(settings: Readonly<Record<string, unknown>> = {}): Promise<Workbench> {
    const chromium = findChromium();
    if (!chromium) throw new Error('The browser tests need Chromium: install it, or name it in CHROMIUM.');
    const scratch = await mkdtemp(path.join(tmpdir(), 'normlab-workbench-'));
    const folder = path.join(scratch, 'examples');
    if (existsSync(path.join(ROOT, 'examples'))) await cp(path.join(ROOT, 'examples'), folder, { recursive: true });
    else await mkdir(folder);
    const installation = await installHostServer(console.log);
    const server = await startHostServer(installation, { trusted: true, settings: { ...SETTINGS, ...settings } });
    const browser = await launchChromium(chromium);
    const page = await browser.newPage({ viewport: SIZE });
    await page.exposeFunction('codeAutomationLog', () => {});
    await page.exposeFunction('codeAutomationExit', () => {});
    await page.goto(workbenchUrl(server, { folder, extension: ROOT }));
    await page.locator('.monaco-workbench').waitFor();
    await page.locator('.statusbar-item').first().waitFor();
    return new Workbench(page, scratch, folder, server, browser);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    await rm(this.#scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Presses keys one after the other: `press('Control+k', 'l')`. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Quick Open, as with Ctrl+P. */
  async openFile(name: string): Promise<void> {
    await this.press('Control+p');
    await this.#pick(name);
    const tab = this.page.getByRole('tab', { name: new RegExp(`^${name.replaceAll('.', '\\.')}`), selected: true });
    await tab.waitFor();
    // The keyboard follows the tab a moment later.
    await this.page
      .locator('.editor-group-container.active :focus, .notebookOverlay :focus')
      .waitFor({ state: 'attached' });
  }

  /** The Command Palette, as with F1. */
  async command(title: string): Promise<void> {
    await this.press('F1');
    await this.#pick(title);
  }

  /** In the folder's settings, as a person would write them. */
  async setting(id: string, value: unknown): Promise<void> {
    const folder = path.join(this.folder, '.vscode');
    const file = path.join(folder, 'settings.json');
    const known = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
    await mkdir(folder, { recursive: true });
    await writeFile(file, JSON.stringify({ ...known, [id]: value }));
    // The window watches the file; half a second is its own pause.
    await this.page.waitForTimeout(1000);
  }

  async #pick(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type=text]');
    await input.waitFor();
    await this.page.keyboard.type(text);
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: text.split('/').at(-1) ?? text });
    await row.first().waitFor();
    await this.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  /** The page of a webview or of notebook outputs: the frame that has `selector`. */
  async frameWith(selector: string, patience = 30_000): Promise<Frame> {
    const end = Date.now() + patience;
    for (;;) {
      for (const frame of this.page.frames()) {
        const there = await frame
          .locator(selector)
          .count()
          .catch(() => 0);
        if (there > 0) return frame;
      }
      if (Date.now() > end) throw new Error(`No page of the workbench has \`${selector}\`.`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Drags the edge of the side bar to `x`. */
  async widenSideBar(x: number): Promise<void> {
    const bar = await this.page.locator('.part.sidebar').boundingBox();
    if (!bar) throw new Error('The side bar is hidden.');
    await this.page.mouse.move(bar.x + bar.width + 1, 600);
    await this.page.mouse.down();
    await this.page.mouse.move(x, 600, { steps: 4 });
    await this.page.mouse.up();
    // Off the edge, which is highlighted under the pointer.
    await this.page.mouse.move(x + 200, 400);
  }

  /** Into docs/screenshots where UPDATE_SCREENSHOTS asks for it, else to be looked at and forgotten. */
  async picture(name: string, size = SIZE): Promise<string> {
    const folder = process.env['UPDATE_SCREENSHOTS'] ? PICTURES : path.join(tmpdir(), 'normlab-screenshots');
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, `${name}.png`);
    await this.page.setViewportSize(size);
    // Charts draw themselves anew for another size.
    await this.page.waitForTimeout(600);
    await writeFile(file, smallPng(await this.page.screenshot({ animations: 'disabled', caret: 'hide' })));
    await this.page.setViewportSize(SIZE);
    return file;
  }
}
