// One page of the product alone in a real browser, under a policy stricter than the editor's: no eval, no inline
// script, no style element, no request. The fake host speaks the wire of protocol/channel.ts.

import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { CellOutput, ViewState } from '../../../src/protocol/messages.ts';
import { findChromium, launchChromium } from '../../../tools/chromium.ts';
import { SHEETS, type SheetName } from './tokens.ts';

const ORIGIN = 'http://view.test';
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const SHOTS = process.env['NORMLAB_SHOTS'] ?? path.join(tmpdir(), 'normlab-views');

export interface Setup {
  readonly theme: SheetName;
  readonly width: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
}

export interface Opened {
  readonly page: Page;
  /** Errors of the page, its console and its policy; a test ends with none. */
  readonly problems: string[];
  /** Calls the page made of the host: names and arguments. */
  calls(): Promise<readonly { readonly name: string; readonly argument: unknown }[]>;
  /** Sends the page an event of the host. */
  send(name: string, event: unknown): Promise<void>;
  shot(name: string): Promise<string>;
  close(): Promise<void>;
}

export class Views {
  readonly #browser: Browser;
  readonly #scripts: Readonly<Record<string, string>>;

  private constructor(browser: Browser, scripts: Readonly<Record<string, string>>) {
    this.#browser = browser;
    this.#scripts = scripts;
  }

  static async start(): Promise<Views> {
    const program = findChromium();
    if (!program) throw new Error('The browser tests need Chromium; install it, or name it in CHROMIUM.');
    await mkdir(SHOTS, { recursive: true });
    const scripts = { panel: await bundled('panel'), renderer: await bundled('renderer') };
    return new Views(await launchChromium(program), scripts);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }

  /** The panel, answered with `state` when it says that it is ready. */
  async panel(state: ViewState, setup: Setup, saved: unknown = null): Promise<Opened> {
    return this.#open('<div id="root"></div><script type="module" nonce="n" src="/panel.js"></script>', setup, {
      state: JSON.stringify(state),
      saved: JSON.stringify(saved),
    });
  }

  /** The notebook's renderer with one output. */
  async renderer(output: CellOutput, setup: Setup): Promise<Opened> {
    const script = `import { activate } from '/renderer.js';
      const renderer = activate({});
      window.show = (text, id = 'one') => renderer.renderOutputItem(
        { id, mime: 'application/vnd.norm-lab.v1+json', text: () => text, json: () => JSON.parse(text) },
        document.getElementById('output'));
      window.disposeOutput = (id) => renderer.disposeOutputItem(id);
      window.show(window.first);`;
    const body = `<main><h1 class="only">A notebook</h1><div id="output"></div></main><script type="module" nonce="n">${script}</script>`;
    return this.#open(body, setup, { first: JSON.stringify(output) });
  }

  async #open(body: string, setup: Setup, values: Readonly<Record<string, string>>): Promise<Opened> {
    const page = await this.#browser.newPage({
      viewport: { width: setup.width, height: setup.height ?? 900 },
      reducedMotion: setup.reducedMotion ? 'reduce' : 'no-preference',
    });
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
    });
    await page.route('**/*', (route) => {
      const name = /^\/(\w+)\.js$/.exec(new URL(route.request().url()).pathname)?.[1];
      const script = name === undefined ? undefined : this.#scripts[name];
      if (script !== undefined) return route.fulfill({ contentType: 'text/javascript', body: script });
      if (route.request().url() === `${ORIGIN}/`) {
        return route.fulfill({ contentType: 'text/html', body: document(body, SHEETS[setup.theme].bodyClass) });
      }
      return route.fulfill({ status: 204 });
    });
    // tsx names functions through a helper that does not cross into the page.
    await page.addInitScript({ content: 'globalThis.__name = (named) => named;' });
    await page.addInitScript(fakeHost, { ...values, sheet: JSON.stringify(SHEETS[setup.theme].tokens) });
    await page.goto(`${ORIGIN}/`);
    return {
      page,
      problems,
      calls: () => page.evaluate(() => (window as unknown as Fake).calls),
      send: (name, event) =>
        page.evaluate((message) => window.postMessage(message, '*'), { type: 'event', name, event } as unknown),
      shot: async (name) => {
        const file = path.join(SHOTS, `${name}.png`);
        await page.screenshot({ path: file, fullPage: true });
        return file;
      },
      close: () => page.close(),
    };
  }
}

interface Fake {
  calls: { name: string; argument: unknown }[];
}

function document(body: string, bodyClass: string): string {
  const policy =
    "default-src 'none'; script-src 'nonce-n'; style-src 'none'; img-src data:; base-uri 'none'; form-action 'none'";
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Norm Lab</title>
    <meta http-equiv="Content-Security-Policy" content="${policy}"></head>
    <body class="${bodyClass}">${body}</body></html>`;
}

/** Runs in the page before anything else: tokens as the editor sets them, its handle, and its answers. */
function fakeHost(values: Readonly<Record<string, string>>): void {
  const tokens: Record<string, string> = JSON.parse(values['sheet'] ?? '{}');
  const dress = () => {
    const { style } = window.document.documentElement;
    for (const [name, value] of Object.entries(tokens)) if (value) style.setProperty(`--vscode-${name}`, value);
    const { body } = window.document;
    if (body) Object.assign(body.style, { background: tokens['editor-background'], color: tokens['foreground'] });
  };
  window.document.addEventListener('DOMContentLoaded', dress);
  if (window.document.documentElement) dress();
  // Reading a message is the browser's work; whoever reads it first waits for it, and here it is this listener.
  window.addEventListener('message', ({ data }) => {
    if (data) Object.assign(window, { readAt: performance.now() });
  });
  const calls: { name: string; argument: unknown }[] = [];
  let saved: unknown = JSON.parse(values['saved'] ?? 'null');
  const answer = (name: string) => (name === 'view/ready' ? JSON.parse(values['state'] ?? 'null') : null);
  Object.assign(window, {
    calls,
    first: values['first'],
    dress: (others: Record<string, string>) => {
      Object.assign(tokens, others);
      dress();
    },
    savedState: () => saved,
    acquireVsCodeApi: () => ({
      postMessage: (message: { type: string; id: number; name: string; argument: unknown }) => {
        if (message.type !== 'call') return;
        calls.push({ name: message.name, argument: message.argument });
        const result = { type: 'result', id: message.id, result: answer(message.name) };
        setTimeout(() => window.postMessage(result, '*'), 0);
      },
      getState: () => saved ?? undefined,
      setState: (state: unknown) => {
        saved = state;
      },
    }),
  });
}

/** The script as it ships. */
async function bundled(name: 'panel' | 'renderer'): Promise<string> {
  const outfile = path.join(SHOTS, `${name}.js`);
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [`webview-ui/${name}/main.tsx`],
    outfile,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'chrome120',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.css': 'text' },
    logLevel: 'warning',
  });
  return readFileSync(outfile, 'utf8');
}
